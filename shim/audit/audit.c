/* SPDX-License-Identifier: MIT */
/*
 * Two tables: seen, this process's own, keyed by raw address, so that a
 * repeat costs a look-up and an addition; and the shared one (shared_table.c), keyed by
 * module and offset, so that all processes of a tree report a site once.
 */
#include "shim/audit/audit.h"

#include "shim/audit/log.h"
#include "shim/audit/shared_table.h"
#include "shim/base/call.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/base/mem.h"
#include "shim/decode/decode.h"
#include "shim/decode/decode_names.h"
#include "shim/threads/thread.h"
#include "shim/base/table.h"

#define SEEN_SLOTS   512 /* power of two */
#define ARGS_SIZE    700
#define SEEN_THREADS 8 /* told apart at most */

struct seen {
	uintptr_t site;
	uint64_t sub;
	uint64_t count; /* 0: free */
	uint32_t nr;
	int16_t slot; /* in the shared table, or one of those below */
	int32_t tid[SEEN_THREADS];
};

/* In sub: told apart from an unsupported call at the same site. */
#define REFUSED	    (1ULL << 63)
#define DENIED	    (1ULL << 62)

#define SLOT_COMING -1 /* its first record is being written; repeats are counted here */
#define SLOT_NONE   -2 /* the shared table was full */
#define SLOT_OWN    -3 /* a refused call: not for the shared table */

static struct seen seen[SEEN_SLOTS] FX_TABLE;
static uint64_t unseen; /* records without room in seen */
static uint32_t lock;	/* guards seen and unseen */

static uint64_t hash_bytes(uint64_t h, const void *p, size_t n)
{
	const unsigned char *s = p;

	while (n--)
		h = (h ^ *s++) * 0x100000001b3ULL; /* FNV-1a */
	return h;
}

static void count_shared(int slot, uint64_t times)
{
	if (slot >= 0)
		fx_shared_table_count(slot, times);
	else if (slot == SLOT_NONE)
		fx_shared_table_count(-1, times);
}

/* Notes the calling thread; lock held. */
static void count_thread(struct seen *e)
{
	int32_t tid = (int32_t)fx_host(__NR_gettid);

	for (unsigned i = 0; i < SEEN_THREADS; i++) {
		if (!e->tid[i])
			e->tid[i] = tid;
		if (e->tid[i] == tid)
			break;
	}
}

/* The shared slot is known now: what came meanwhile counts there as well. */
static void settle(struct seen *e, int slot)
{
	fx_shim_lock(&lock);
	__atomic_store_n(&e->slot, (int16_t)(slot >= 0 ? slot : SLOT_NONE), __ATOMIC_RELEASE);
	if (e->count > 1)
		count_shared(slot, e->count - 1);
	fx_shim_unlock(&lock);
}

/*
 * Counts one more and says whether it is the first of its site in this
 * process: then *entry, which is never taken away, is the caller's to settle. *entry is NULL
 * where there is no room for it.
 */
static bool count_seen(const struct fx_call *c, uint64_t sub, int16_t slot, struct seen **entry)
{
	uint64_t h = hash_bytes(0xcbf29ce484222325ULL, &c->site, sizeof(c->site));
	bool first = false;

	h = hash_bytes(hash_bytes(h, &sub, sizeof(sub)), &c->nr, sizeof(c->nr));
	*entry = NULL;
	fx_shim_lock(&lock);
	for (unsigned probe = 0; probe < 16; probe++) {
		struct seen *e = &seen[(h + probe) % SEEN_SLOTS];

		if (!e->count) {
			*e = (struct seen){
				.site = c->site, .sub = sub, .nr = (uint32_t)c->nr, .slot = slot};
			first = true;
		}
		if (e->site == c->site && e->sub == sub && e->nr == (uint32_t)c->nr) {
			e->count++;
			count_thread(e);
			if (!first)
				count_shared(e->slot, 1);
			*entry = e;
			break;
		}
	}
	if (!*entry) {
		/* Who would have made a record looks in the shared table each time. */
		unseen++;
	}
	fx_shim_unlock(&lock);
	return first;
}

static void record_text(struct fx_text *x, const struct fx_call *c, const struct fx_unsupported *u,
			const char *site)
{
	fx_text_put(x, "unsupported: ");
	if (u->what)
		fx_text_put(x, u->what);
	else
		fx_decode_name(x, c->nr);
	if (u->where) {
		fx_text_put(x, " in ");
		fx_text_put(x, u->where);
	}
	fx_text_put(x, " at ");
	fx_text_put(x, site);
	if (u->advice) {
		fx_text_put(x, " (");
		fx_text_put(x, u->advice);
		fx_text_char(x, ')');
	}
}

static void log_call_begin(struct fx_text *x, char *line, const char *type, const struct fx_call *c,
			   const char *args)
{
	char part[64];
	struct fx_text p;

	fx_log_begin(x, line, type);
	fx_json_int(x, "tid", fx_thread_self()->host_tid);
	fx_json_int(x, "nr", c->nr);
	fx_text_init(&p, part, sizeof(part));
	fx_decode_name(&p, c->nr);
	fx_json_str(x, "name", part);
	fx_json_str(x, "args", args);
}

static void put_result(struct fx_text *x, long result)
{
	const char *name = result < 0 && result > -4096 ? fx_errno_name((int)-result) : NULL;

	fx_json_int(x, "result", result);
	if (name)
		fx_json_str(x, "errno", name);
}

/* The members type, nr, sub and address join a record with its `count`. */
static void log_call(const char *type, const struct fx_call *c, const struct fx_unsupported *u)
{
	char line[FX_LOG_LINE], part[ARGS_SIZE];
	struct fx_text x, p;

	fx_text_init(&p, part, sizeof(part));
	fx_decode_args(&p, c);
	log_call_begin(&x, line, type, c, part);
	put_result(&x, u->result);
	fx_json_hex(&x, "sub", u->sub);
	if (u->what)
		fx_json_str(&x, "what", u->what);
	if (u->where)
		fx_json_str(&x, u->denied ? "path" : "mapping", u->where);
	if (u->advice)
		fx_json_str(&x, "advice", u->advice);
	if (u->grant)
		fx_json_str(&x, "grant", u->grant);
	fx_text_init(&p, part, sizeof(part));
	fx_log_site(&p, c->site, true);
	fx_json_str(&x, "site", part);
	fx_json_hex(&x, "address", c->site);
	fx_log_end(&x);
}

/*
 * Another thread is about to write the record of this site: it must be out
 * before anybody learns of the refusal, who might end the process for it. Not for
 * ever: a vfork child that was killed over it never ends.
 */
static void await_settled(const struct seen *e)
{
	const struct {
		int64_t sec, nsec;
	} moment = {0, 100000};

	for (int i = 0; i < 1000 && __atomic_load_n(&e->slot, __ATOMIC_ACQUIRE) == SLOT_COMING; i++)
		fx_host(__NR_nanosleep, &moment, 0);
}

void fx_audit_unsupported(struct fx_thread *t, const struct fx_call *c,
			  const struct fx_unsupported *u)
{
	char text[FX_AUDIT_TEXT], site[256];
	struct fx_text x, s;
	struct seen *entry;
	bool first, fresh;
	uint64_t hash;
	int slot;

	(void)t;
	fresh = count_seen(c, u->sub, SLOT_COMING, &entry);
	if (!fresh && entry) {
		if (u->now)
			await_settled(entry);
		return;
	}
	fx_text_init(&s, site, sizeof(site));
	fx_log_site(&s, c->site, false);
	fx_text_init(&x, text, sizeof(text));
	record_text(&x, c, u, site);
	hash = hash_bytes(0xcbf29ce484222325ULL, site, s.len);
	slot = fx_shared_table_slot(hash, (uint32_t)c->nr, u->sub, text, &first);
	if (fx_config.log && fresh)
		log_call("unsupported", c, u);
	if (u->now && first && !fx_config.quiet) {
		char line[FX_AUDIT_TEXT + 16];

		fx_text_init(&x, line, sizeof(line));
		fx_text_put(&x, "fxbox: ");
		fx_text_put(&x, text);
		x.buf[x.len++] = '\n';
		fx_log_write_line(fx_fd(FX_FD_REPORT), line, x.len);
	}
	if (fresh)
		settle(entry, slot);
}

void fx_audit_refused(struct fx_thread *t, const struct fx_call *c, uint64_t sub, const char *why,
		      long result)
{
	const struct fx_unsupported u = {.sub = sub, .what = why, .result = result};
	struct seen *entry;

	(void)t;
	if (count_seen(c, sub | REFUSED, SLOT_OWN, &entry) && fx_config.log)
		log_call("refused", c, &u);
}

static void put_denial(struct fx_text *x, const struct fx_call *c, const struct fx_denial *d,
		       const char *path, const char *advice)
{
	fx_text_put(x, "denied: ");
	fx_decode_name(x, c->nr);
	if (path) {
		fx_text_char(x, ' ');
		fx_text_quoted(x, path);
	}
	fx_text_char(x, ' ');
	fx_text_put(x, d->what);
	fx_text_put(x, " (");
	fx_text_put(x, advice);
	fx_text_char(x, ')');
}

/* Rather no path than half an option. */
static void denied_text(char text[static FX_AUDIT_TEXT], const struct fx_call *c,
			const struct fx_denial *d)
{
	struct fx_text x;

	fx_text_init(&x, text, FX_AUDIT_TEXT);
	put_denial(&x, c, d, d->path, d->advice);
	if (!d->path || !fx_text_full(&x))
		return;
	fx_text_init(&x, text, FX_AUDIT_TEXT);
	put_denial(&x, c, d, NULL, d->advice);
	if (!fx_text_full(&x))
		return;
	fx_text_init(&x, text, FX_AUDIT_TEXT);
	put_denial(&x, c, d, NULL, "the path is long: a --log has it");
}

/* What is alike in the report: paths in one directory, or the same words. */
static uint64_t hash_group(const struct fx_denial *d)
{
	const char *subject = d->path ? d->path : d->what;
	size_t n = fx_strlen(subject);

	while (d->path && n > 1 && subject[n - 1] != '/')
		n--;
	return hash_bytes(0xcbf29ce484222325ULL, subject, n);
}

void fx_audit_denied(struct fx_thread *t, const struct fx_call *c, const struct fx_denial *d)
{
	const char *subject = d->path ? d->path : d->what;
	uint64_t hash = hash_bytes(0xcbf29ce484222325ULL, subject, fx_strlen(subject));
	const struct fx_unsupported u = {.sub = hash & ~(REFUSED | DENIED),
					 .what = d->what,
					 .where = d->path,
					 .advice = d->advice,
					 .grant = d->grant,
					 .result = d->result,
					 .denied = true};
	char text[FX_AUDIT_TEXT];
	struct seen *entry;
	bool first, fresh;
	int slot;

	(void)t;
	fresh = count_seen(c, u.sub | DENIED, SLOT_COMING, &entry);
	if (!fresh && entry)
		return;
	denied_text(text, c, d);
	slot = fx_shared_table_slot(hash_group(d), (uint32_t)c->nr, DENIED, text, &first);
	if (!first)
		fx_shared_table_other(slot, text);
	if (!fresh)
		return;
	settle(entry, slot);
	if (fx_config.log)
		log_call("denied", c, &u);
}

static const char *kind_of(uint64_t sub)
{
	if (sub & DENIED)
		return "denied";
	return sub & REFUSED ? "refused" : "unsupported";
}

/*
 * Leaves the entry as if only the first had been, since a process whose exec
 * fails goes on counting; but not one whose first is still to be settled.
 */
static struct seen take_repeats(struct seen *e)
{
	struct seen copy;

	fx_shim_lock(&lock);
	copy = *e;
	if (e->count > 1 && e->slot != SLOT_COMING)
		e->count = 1;
	fx_shim_unlock(&lock);
	return copy;
}

void fx_audit_write_repeats(void)
{
	char line[FX_LOG_LINE], part[300];
	struct fx_text x, p;

	for (unsigned i = 0; i < SEEN_SLOTS; i++) {
		struct seen e = take_repeats(&seen[i]);
		int threads = 0;

		if (e.count < 2)
			continue;
		while (threads < SEEN_THREADS && e.tid[threads])
			threads++;
		fx_log_begin(&x, line, "count");
		fx_json_int(&x, "nr", e.nr);
		fx_text_init(&p, part, sizeof(part));
		fx_decode_name(&p, e.nr);
		fx_json_str(&x, "name", part);
		fx_json_str(&x, "of", kind_of(e.sub));
		fx_json_hex(&x, "sub", e.sub & ~(REFUSED | DENIED));
		fx_json_hex(&x, "address", e.site);
		fx_json_int(&x, "count", (int64_t)e.count);
		fx_json_int(&x, "threads", threads);
		fx_log_end(&x);
	}
}

uint64_t fx_audit_uncounted(void)
{
	return unseen;
}

void fx_audit_lock_all(void)
{
	fx_shim_lock(&lock);
}

void fx_audit_unlock_all(void)
{
	fx_shim_unlock(&lock);
}

/* A child counts its own calls; the shared table goes on counting for all. */
void fx_audit_after_fork(void)
{
	unseen = 0;
	for (unsigned i = 0; i < SEEN_SLOTS; i++) {
		if (seen[i].count)
			seen[i].count = 1;
		memset(seen[i].tid, 0, sizeof(seen[i].tid));
		/* Whoever was to settle it is not in the child. */
		if (seen[i].slot == SLOT_COMING)
			seen[i].slot = SLOT_NONE;
	}
}
