/* SPDX-License-Identifier: MIT */
#include "shim/audit/calls.h"

#include <stdbool.h>

#include "shim/audit/log.h"
#include "shim/audit/shared_table.h"
#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/decode/decode.h"
#include "shim/threads/thread.h"
#include "shim/base/table.h"

#define ROOM_FOR_ONE 128 /* `"name":count,` */
#define PROBES	     16
/* Threads count in one of these each, since two that counted in the same would wait for each other.
 */
#define SHARES 8

/* Relaxed: each is a number on its own. */
static struct share {
	uint64_t calls[FX_AUDIT_CALLS];
	uint64_t subs[FX_AUDIT_SUBS]; /* in the places of the shared table's keys */
	uint64_t subs_lost;	      /* for which it had no place */
} __attribute__((aligned(64))) share[SHARES] FX_TABLE;

static struct share *own_share(void)
{
	return &share[fx_block_base(fx_thread_self()) / FX_BLOCK_SIZE % SHARES];
}

static bool get_bit(const uint64_t *words, long bit)
{
	/* Pairs with set_bit: what is told is in the log. */
	return __atomic_load_n(&words[bit / 64], __ATOMIC_ACQUIRE) & 1ULL << bit % 64;
}

/* Whether it was set by this. */
static bool set_bit(uint64_t *words, long bit)
{
	uint64_t mask = 1ULL << bit % 64;

	return !(__atomic_fetch_or(&words[bit / 64], mask, __ATOMIC_ACQ_REL) & mask);
}

static void write_used(const struct fx_call *c, uint64_t sub)
{
	char line[FX_LOG_LINE], part[300];
	struct fx_text x, p;

	fx_log_begin(&x, line, "used");
	fx_json_int(&x, "tid", fx_host(__NR_gettid));
	fx_json_int(&x, "nr", c->nr);
	fx_text_init(&p, part, sizeof(part));
	fx_decode_name(&p, c->nr);
	fx_json_str(&x, "name", part);
	if (sub) {
		fx_json_hex(&x, "sub", fx_sub_argument(sub));
		fx_text_init(&p, part, sizeof(part));
		fx_decode_sub(&p, sub);
		fx_json_str(&x, "what", part);
	}
	fx_text_init(&p, part, sizeof(part));
	fx_log_site(&p, c->site, true);
	fx_json_str(&x, "site", part);
	fx_json_hex(&x, "address", c->site);
	fx_log_end(&x);
}

/* The place of a sub-operation, which is the same in all processes; -1: none is left. */
static int place_of(uint64_t sub, bool *first)
{
	uint64_t *key = fx_shared_table()->sub, hash = sub * 0x9e3779b97f4a7c15ULL >> 32;

	*first = false;
	for (unsigned probe = 0; probe < PROBES; probe++) {
		unsigned i = (unsigned)(hash + probe) % FX_AUDIT_SUBS;
		uint64_t held = __atomic_load_n(&key[i], __ATOMIC_RELAXED);

		/* Nothing hangs on it but which process writes the record. */
		if (!held && __atomic_compare_exchange_n(&key[i], &held, sub, false,
							 __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			*first = true;
			return (int)i;
		}
		if (held == sub)
			return (int)i;
	}
	return -1;
}

static uint64_t *counter_of(uint64_t sub, int *place, bool *first)
{
	*place = place_of(sub, first);
	return *place < 0 ? &own_share()->subs_lost : &own_share()->subs[*place];
}

static void count_sub(const struct fx_call *c)
{
	uint64_t sub = fx_sub_of(c);
	bool first;
	int place;

	if (!sub)
		return;
	__atomic_fetch_add(counter_of(sub, &place, &first), 1, __ATOMIC_RELAXED);
	if (first) {
		write_used(c, sub);
		set_bit(fx_shared_table()->sub_told, place);
	}
}

void fx_calls_count(const struct fx_call *c)
{
	struct fx_audit_table *table = fx_shared_table();

	if (c->nr < 0 || c->nr >= FX_AUDIT_CALLS)
		return;
	__atomic_fetch_add(&own_share()->calls[c->nr], 1, __ATOMIC_RELAXED);
	if (!get_bit(table->used, c->nr) && set_bit(table->used, c->nr)) {
		write_used(c, 0);
		set_bit(table->used_told, c->nr);
	}
	count_sub(c);
}

void fx_calls_uncount(const struct fx_call *c)
{
	uint64_t sub = fx_sub_of(c);
	bool first;
	int place;

	if (c->nr < 0 || c->nr >= FX_AUDIT_CALLS)
		return;
	__atomic_fetch_sub(&own_share()->calls[c->nr], 1, __ATOMIC_RELAXED);
	if (sub)
		__atomic_fetch_sub(counter_of(sub, &place, &first), 1, __ATOMIC_RELAXED);
}

/*
 * The thread that made a call first may still be writing its record, and this
 * is the end of the process: the number would stand in the log without it. Not
 * for ever: that thread may have been killed.
 */
static void await_told(const uint64_t *told, long bit)
{
	const struct {
		int64_t sec, nsec;
	} moment = {0, 100000};

	for (int i = 0; i < 1000 && !get_bit(told, bit); i++)
		fx_host(__NR_nanosleep, &moment, 0);
}

/* A record of numbers by name, and another when it is full. */
struct numbers {
	const char *member;
	bool open;
	struct fx_text x;
	char line[FX_LOG_LINE];
};

static void end_record(struct numbers *n)
{
	if (!n->open)
		return;
	fx_text_char(&n->x, '}');
	fx_log_end(&n->x);
	n->open = false;
}

static void put_number(struct numbers *n, const char *name, int64_t value)
{
	if (!n->open) {
		fx_log_begin(&n->x, n->line, "calls");
		fx_text_put(&n->x, ",\"");
		fx_text_put(&n->x, n->member);
		fx_text_put(&n->x, "\":{");
		n->open = true;
	}
	fx_json_int(&n->x, name, value);
	if (n->x.len + ROOM_FOR_ONE > n->x.size)
		end_record(n);
}

/* Taken, so that the records of all who share this memory add up. */
static int64_t take(size_t counter)
{
	int64_t sum = 0;

	for (int i = 0; i < SHARES; i++)
		sum += (int64_t)__atomic_exchange_n((uint64_t *)((char *)&share[i] + counter), 0,
						    __ATOMIC_RELAXED);
	return sum;
}

static void write_calls(void)
{
	const struct fx_audit_table *table = fx_shared_table();
	struct numbers out = {.member = "calls", .open = false};
	char name[64];
	struct fx_text p;

	for (long nr = 0; nr < FX_AUDIT_CALLS; nr++) {
		int64_t n = take(offsetof(struct share, calls) + (size_t)nr * sizeof(uint64_t));

		if (n <= 0)
			continue;
		await_told(table->used_told, nr);
		fx_text_init(&p, name, sizeof(name));
		fx_decode_name(&p, nr);
		put_number(&out, name, n);
	}
	end_record(&out);
}

static void write_subs(void)
{
	const struct fx_audit_table *table = fx_shared_table();
	struct numbers out = {.member = "subs", .open = false};
	char name[96];
	struct fx_text p;

	for (int place = 0; place < FX_AUDIT_SUBS; place++) {
		int64_t n = take(offsetof(struct share, subs) + (size_t)place * sizeof(uint64_t));

		if (n <= 0)
			continue;
		await_told(table->sub_told, place);
		fx_text_init(&p, name, sizeof(name));
		fx_decode_sub(&p, table->sub[place]);
		put_number(&out, name, n);
	}
	end_record(&out);
}

static void write_lost(void)
{
	int64_t n = take(offsetof(struct share, subs_lost));
	char line[FX_LOG_LINE];
	struct fx_text x;

	if (n <= 0)
		return;
	fx_log_begin(&x, line, "calls");
	fx_json_int(&x, "subs_lost", n);
	fx_log_end(&x);
}

void fx_calls_write(void)
{
	write_calls();
	write_subs();
	write_lost();
}

void fx_calls_reset(void)
{
	memset(share, 0, sizeof(share));
}
