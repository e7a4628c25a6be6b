/* SPDX-License-Identifier: MIT */
#include "shim/hang/call_path.h"

#include "shim/audit/log.h"
#include "shim/base/mem.h"
#include "shim/hang/text_ranges.h"
#include "shim/memory/own_ranges.h"
#include "shim/memory/umem.h"
#include "shim/threads/guest_registers.h"
#include "shim/threads/thread.h"

#define SLICE  16384 /* bytes of the stack */
#define CHUNK  1024  /* read at a time, and aligned: the stack may end behind any page */
#define ROOM   64    /* of a line: for one more word, and the end */
#define TOLD   2048  /* power of two */
#define TRIED  16
#define PAGE   4096UL

#define KNOWN  256 /* power of two */
#define PLACES 124 /* most paths have less; who has more is looked at anew each time */

/*
 * Stacks that were looked at: where in the slice the addresses of code were. They lie there again
 * if the thread has come the same way, and then have the same number: that of what is there now,
 * so that it does not matter if two threads write here at once.
 */
struct known {
	uint64_t number, rip, rsp, rbp;
	uint32_t count;
	uint16_t place[PLACES]; /* in words */
};

/* In memory that is mapped if it is needed: it would count as the program's data. */
static struct tables {
	uint64_t told[TOLD]; /* numbers of paths that were told */
	struct known known[KNOWN];
} * tables;

#define SIZE ((sizeof(struct tables) + PAGE - 1) & ~(PAGE - 1))

bool fx_call_path_init(void)
{
	tables = (struct tables *)fx_own_map(SIZE, PAGE);
	return tables && fx_text_ranges_init();
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

/* A chunk of the slice; how many words, 0 where it ends. */
static size_t read_chunk(uint64_t sp, size_t from, uint64_t word[static CHUNK / 8])
{
	uintptr_t at = (sp & ~7UL) + from;
	size_t n = CHUNK - at % CHUNK;

	return from < SLICE && fx_umem_copy_in(word, at, n) == 0 ? n / 8 : 0;
}

static uint64_t add_place(uint64_t h, uint64_t value, size_t place)
{
	return mix(mix(h, value), place);
}

/* Of all that looks like a return address, with its place. Remembers them in k. */
static uint64_t look(const struct fx_guest_registers *regs, struct known *k)
{
	uint64_t h = mix(0, regs->rip), word[CHUNK / 8];
	const struct fx_text_ranges *texts = fx_text_ranges_now();
	uint32_t count = 0;
	size_t n;

	k->count = 0;
	for (size_t from = 0; (n = read_chunk(regs->rsp, from, word)); from += n * 8) {
		for (size_t i = 0; i < n; i++) {
			if (!fx_text_ranges_have(texts, word[i]))
				continue;
			h = add_place(h, word[i], from / 8 + i);
			if (count < PLACES)
				k->place[count] = (uint16_t)(from / 8 + i);
			count++;
		}
	}
	h = h ? h : 1;
	if (count && count <= PLACES) {
		k->number = h;
		k->rip = regs->rip;
		k->rsp = regs->rsp;
		k->rbp = regs->rbp;
		k->count = count;
	}
	return h;
}

/* The number, or 0. */
static uint64_t again(const struct fx_guest_registers *regs, const struct known *k)
{
	uint64_t h = mix(0, regs->rip), value;
	uint32_t count = __atomic_load_n(&k->count, __ATOMIC_RELAXED);

	if (!count || k->rip != regs->rip || k->rsp != regs->rsp || k->rbp != regs->rbp)
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		if (fx_umem_load64((regs->rsp & ~7UL) + k->place[i] * 8UL, &value) != 0)
			return 0;
		h = add_place(h, value, k->place[i]);
	}
	return h == k->number ? h : 0;
}

static uint64_t number_of(const struct fx_guest_registers *regs)
{
	struct known *k = &tables->known[(mix(regs->rip, regs->rsp) >> 32) % KNOWN];
	uint64_t number = again(regs, k);

	return number ? number : look(regs, k);
}

/* True: it is the caller's to tell. *number becomes 0 where there is no room. */
static bool claim(uint64_t *number)
{
	for (unsigned i = 0; i < TRIED; i++) {
		uint64_t seen = 0, *slot = &tables->told[(*number + i) % TOLD];

		if (__atomic_compare_exchange_n(slot, &seen, *number, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
		if (seen == *number)
			return false;
	}
	*number = 0;
	return false;
}

/* What the way from a frame to its caller may need; all else is the program's own data. */
static bool is_of_path(const struct fx_text_ranges *texts, uint64_t sp, uint64_t value)
{
	return value - sp < SLICE || fx_text_ranges_have(texts, value);
}

static void put_registers(struct fx_text *x, const struct fx_guest_registers *regs)
{
	const struct fx_text_ranges *texts = fx_text_ranges_now();
	const struct {
		const char *name;
		uint64_t value;
	} kept[] = {{"rbp", regs->rbp}, {"rbx", regs->rbx}, {"r12", regs->r12},
		    {"r13", regs->r13}, {"r14", regs->r14}, {"r15", regs->r15}};

	fx_json_hex(x, "rip", regs->rip);
	fx_json_hex(x, "rsp", regs->rsp);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (is_of_path(texts, regs->rsp, kept[i].value))
			fx_json_hex(x, kept[i].name, kept[i].value);
}

static void begin(struct fx_text *x, char *line, const struct fx_thread *t, uint64_t number)
{
	fx_log_begin(x, line, "stack");
	fx_json_int(x, "tid", t->host_tid);
	fx_json_hex(x, "stack", number);
}

static void put_hex(struct fx_text *x, uint64_t value)
{
	int digits = value ? (67 - __builtin_clzll(value)) / 4 : 1;

	while (digits--)
		fx_text_char(x, "0123456789abcdef"[value >> 4 * digits & 15]);
}

/* As many records as its words take. */
static void tell(const struct fx_thread *t, uint64_t number, const struct fx_guest_registers *regs)
{
	const struct fx_text_ranges *texts = fx_text_ranges_now();
	char line[FX_LOG_LINE];
	uint64_t word[CHUNK / 8];
	struct fx_text x;
	size_t n;

	begin(&x, line, t, number);
	put_registers(&x, regs);
	fx_text_put(&x, ",\"words\":\"");
	for (size_t from = 0; (n = read_chunk(regs->rsp, from, word)); from += n * 8) {
		for (size_t i = 0; i < n; i++) {
			if (!is_of_path(texts, regs->rsp, word[i]))
				continue;
			if (x.len + ROOM > x.size) {
				fx_text_char(&x, '"');
				fx_log_end(&x);
				begin(&x, line, t, number);
				fx_text_put(&x, ",\"words\":\"");
			}
			put_hex(&x, from + i * 8);
			fx_text_char(&x, ':');
			put_hex(&x, word[i]);
			fx_text_char(&x, ' ');
		}
	}
	fx_text_char(&x, '"');
	fx_log_end(&x);
}

uint64_t fx_call_path_tell(const struct fx_thread *t, const struct fx_call *c)
{
	struct fx_guest_registers regs;
	uint64_t number;

	fx_text_ranges_look();
	fx_guest_registers_of_call(c, &regs);
	number = number_of(&regs);
	if (claim(&number))
		tell(t, number, &regs);
	return number;
}

void fx_call_path_after_fork(void)
{
	if (!tables)
		return;
	memset(tables->told, 0, sizeof(tables->told));
	fx_text_ranges_after_fork();
}
