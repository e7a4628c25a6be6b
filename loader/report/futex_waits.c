/* SPDX-License-Identifier: MIT */
#include "loader/report/futex_waits.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/report/hang_read.h"
#include "loader/report/html.h"
#include "loader/report/log_read.h"
#include "loader/report/open_waits.h"
#include "loader/report/wakers.h"

#define ROWS_SHOWN   200
#define WHAT_SHOWN   200
#define WAKERS_SHOWN 3 /* of each futex */

enum part { NEITHER, WAITS, WAKES };

/* Names end where those of futex(2) have _PRIVATE or a flag behind them. */
static const struct {
	const char *name;
	enum part part;
} ops[] = {
	{"WAIT", WAITS},	   {"WAKE", WAKES},
	{"FD", NEITHER},	   {"REQUEUE", WAKES},
	{"CMP_REQUEUE", WAKES},	   {"WAKE_OP", WAKES},
	{"LOCK_PI", WAITS},	   {"UNLOCK_PI", WAKES},
	{"TRYLOCK_PI", NEITHER},   {"WAIT_BITSET", WAITS},
	{"WAKE_BITSET", WAKES},	   {"WAIT_REQUEUE_PI", WAITS},
	{"CMP_REQUEUE_PI", WAKES}, {"LOCK_PI2", WAITS},
	{"futex_waitv", WAITS}, /* the address is that of its array */
	{"futex_wake", WAKES},	   {"futex_wait", WAITS},
	{"futex_requeue", WAKES},  {"other", NEITHER},
};

#define OPS	 (sizeof(ops) / sizeof(ops[0]))
#define OP_OTHER ((unsigned)OPS - 1)

struct row {
	uint64_t uaddr;
	int64_t pid;
	unsigned run;
	uint64_t calls, waits, wakes, threads, open;
	int64_t total_us, longest_us;
	uint32_t ops;
	const char *what;
	struct {
		int64_t tid;
		uint64_t times;
	} by[WAKERS_SHOWN];
	uint64_t by_others, by_one_of;
};

static unsigned op_named(const char *name, size_t length)
{
	static const char private[] = "_PRIVATE";

	if (length > sizeof(private) - 1 &&
	    memcmp(name + length - (sizeof(private) - 1), private, sizeof(private) - 1) == 0)
		length -= sizeof(private) - 1;
	for (unsigned i = 0; i < OPS; i++) {
		if (strlen(ops[i].name) == length && memcmp(ops[i].name, name, length) == 0)
			return i;
	}
	return OP_OTHER;
}

/* Of `0x7f.., FUTEX_WAIT_PRIVATE|.., ..`. */
static unsigned op_of_args(const char *args)
{
	static const char prefix[] = "FUTEX_";
	const char *comma = strchr(args, ',');

	if (!comma || strncmp(comma, ", FUTEX_", 2 + sizeof(prefix) - 1) != 0)
		return OP_OTHER;
	comma += 2 + sizeof(prefix) - 1;
	return op_named(comma, strcspn(comma, ",|"));
}

void fx_futex_waits_add(struct fx_futex_waits *w, unsigned run, struct json_object *record)
{
	const char *type = fx_log_string(record, "type"), *name = fx_log_string(record, "name");
	const char *args = fx_log_string(record, "args");
	struct fx_futex_call c = {.run = run};

	if (!type || strcmp(type, "call") != 0 || !name || strncmp(name, "futex", 5) != 0 || !args)
		return;
	/* Interrupted by a signal: it follows anew. */
	if (!json_object_object_get_ex(record, "result", NULL))
		return;
	c.op = name[5] ? op_named(name, strlen(name)) : op_of_args(args);
	c.uaddr = strtoull(args, NULL, 16);
	c.pid = fx_log_int(record, "pid", -1);
	c.tid = fx_log_int(record, "tid", -1);
	c.took_us = fx_log_int(record, "took_us", 0);
	if (c.took_us < 0 || c.took_us > FX_LOG_TIME_MAX)
		c.took_us = 0;
	c.end_us = fx_log_int(record, "time_us", 0);
	if (c.end_us < c.took_us || c.end_us > FX_LOG_TIME_MAX)
		c.end_us = 0;
	c.result = fx_log_int(record, "result", -1);
	c.private = strstr(args, "PRIVATE") != NULL;
	w->call = fx_log_grow(w->call, w->calls, sizeof(c));
	w->call[w->calls++] = c;
}

void fx_futex_waits_add_open(struct fx_futex_waits *w, const struct fx_open_wait *o)
{
	struct json_object *wait = fx_hang_member(o->thread, "wait");
	struct json_object *call = fx_hang_member(o->thread, "call");
	const char *word = fx_log_string(wait, "word"), *name = fx_log_string(call, "name");
	const char *text = fx_log_string(call, "text"), *args = text ? strchr(text, '(') : NULL;
	struct fx_futex_call c = {.run = o->run,
				  .pid = o->pid,
				  .tid = o->tid,
				  .took_us = o->end_us - o->begin_us,
				  .open = true,
				  .result = -1,
				  .what = fx_log_string(wait, "text")};

	if (!word || !name || !args)
		return;
	c.op = name[0] && strcmp(name, "futex") != 0 ? op_named(name, strlen(name))
						     : op_of_args(args);
	if (ops[c.op].part != WAITS)
		return;
	c.uaddr = strtoull(word, NULL, 16);
	w->call = fx_log_grow(w->call, w->calls, sizeof(c));
	w->call[w->calls++] = c;
	w->open++;
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int order_unsigned(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_futex(const void *a, const void *b)
{
	const struct fx_futex_call *x = a, *y = b;
	int r = order(x->run, y->run);

	r = r ? r : order(x->pid, y->pid);
	r = r ? r : order_unsigned(x->uaddr, y->uaddr);
	r = r ? r : order(x->tid, y->tid);
	return r ? r : order(x->took_us, y->took_us);
}

static int by_time(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int r = order(y->waits > 0, x->waits > 0);

	r = r ? r : order(y->total_us, x->total_us);
	r = r ? r : order_unsigned(y->calls, x->calls);
	r = r ? r : order(x->run, y->run);
	r = r ? r : order(x->pid, y->pid);
	return r ? r : order_unsigned(x->uaddr, y->uaddr);
}

/* Calls that end waits on another word, so that no wake of this process is certain. */
static bool moves_waiters(const struct fx_futex_call *c)
{
	const char *name = ops[c->op].name;

	return strcmp(name, "WAKE_OP") == 0 || strstr(name, "REQUEUE") || strstr(name, "requeue");
}

/* How many a call woke; of one that gives up a lock the kernel does not tell, and it is one. */
static uint64_t woken_by(const struct fx_futex_call *c)
{
	if (ops[c->op].part != WAKES || c->result < 0)
		return 0;
	return strcmp(ops[c->op].name, "UNLOCK_PI") == 0 ? 1 : (uint64_t)c->result;
}

/* An array of words is none. */
static bool was_woken(const struct fx_futex_call *c)
{
	return ops[c->op].part == WAITS && c->result == 0 &&
	       strcmp(ops[c->op].name, "futex_waitv") != 0;
}

static void find_wakers(struct fx_futex_waits *w, size_t first, size_t end)
{
	struct fx_wake_part *part = NULL;
	size_t parts = 0;

	for (size_t i = first; i < end; i++) {
		const struct fx_futex_call *c = &w->call[i];
		const uint64_t woke = woken_by(c);

		if (!c->private || !c->end_us || (!woke && !was_woken(c)))
			continue;
		part = fx_log_grow(part, parts, sizeof(*part));
		part[parts++] = (struct fx_wake_part){.begin_us = c->end_us - c->took_us,
						      .end_us = c->end_us,
						      .woke = woke,
						      .call = i};
	}
	fx_wakers_find(part, parts);
	for (size_t i = 0; i < parts && !part[i].woke; i++) {
		w->call[part[i].call].by = part[i].by;
		w->call[part[i].call].candidates = part[i].candidates;
	}
	free(part);
}

void fx_futex_waits_settle(struct fx_futex_waits *w)
{
	if (w->calls)
		qsort(w->call, w->calls, sizeof(w->call[0]), by_futex);
	for (size_t i = 0; i < w->calls; i++)
		w->call[i].by = FX_WAKER_UNKNOWN;
	for (size_t first = 0, end; first < w->calls; first = end) {
		const struct fx_futex_call *c = &w->call[first];
		bool moves = false;

		for (end = first;
		     end < w->calls && w->call[end].run == c->run && w->call[end].pid == c->pid;
		     end++)
			moves |= moves_waiters(&w->call[end]);
		for (size_t i = first, next; i < end && !moves; i = next) {
			for (next = i; next < end && w->call[next].uaddr == w->call[i].uaddr;
			     next++)
				;
			find_wakers(w, i, next);
		}
	}
}

static bool same_futex(const struct row *r, const struct fx_futex_call *c)
{
	return r->run == c->run && r->pid == c->pid && r->uaddr == c->uaddr;
}

static void count(struct row *r, const struct fx_futex_call *c)
{
	r->calls++;
	r->ops |= 1U << c->op;
	r->wakes += ops[c->op].part == WAKES;
	if (ops[c->op].part != WAITS)
		return;
	r->waits++;
	r->open += c->open;
	if (c->what)
		r->what = c->what;
	if (__builtin_add_overflow(r->total_us, c->took_us, &r->total_us))
		r->total_us = INT64_MAX;
	if (c->took_us > r->longest_us)
		r->longest_us = c->took_us;
}

static void count_waker(struct row *r, const struct fx_futex_waits *w,
			const struct fx_futex_call *c)
{
	if (c->by == FX_WAKER_UNKNOWN) {
		r->by_one_of += c->candidates > 0;
		return;
	}
	for (size_t i = 0; i < WAKERS_SHOWN; i++) {
		if (r->by[i].times && r->by[i].tid != w->call[c->by].tid)
			continue;
		r->by[i].tid = w->call[c->by].tid;
		r->by[i].times++;
		return;
	}
	r->by_others++;
}

/* The caller's; in the order of the time waited. */
static struct row *rows_of(struct fx_futex_waits *w, size_t *rows)
{
	struct row *row = NULL;

	*rows = 0;
	for (size_t i = 0; i < w->calls; i++) {
		const struct fx_futex_call *c = &w->call[i];

		if (*rows == 0 || !same_futex(&row[*rows - 1], c)) {
			row = fx_log_grow(row, *rows, sizeof(*row));
			row[(*rows)++] =
				(struct row){.uaddr = c->uaddr, .pid = c->pid, .run = c->run};
		}
		if (row[*rows - 1].calls == 0 || c->tid != c[-1].tid)
			row[*rows - 1].threads++;
		count(&row[*rows - 1], c);
		count_waker(&row[*rows - 1], w, c);
	}
	if (row)
		qsort(row, *rows, sizeof(*row), by_time);
	return row;
}

/* They come first. */
static size_t waited_for(const struct row *row, size_t rows)
{
	size_t n = 0;

	while (n < rows && row[n].waits)
		n++;
	return n;
}

static void put_ops(const struct row *r, FILE *out)
{
	bool any = false;

	fputs("<td class=\"ops\">", out);
	for (unsigned i = 0; i < OPS; i++) {
		if (!(r->ops & 1U << i))
			continue;
		fprintf(out, "%s%s", any ? ", " : "", ops[i].name);
		any = true;
	}
	fputs("</td>", out);
}

static void put_times(uint64_t times, FILE *out)
{
	if (times < 2)
		return;
	fputs(" (", out);
	fx_html_count(out, times);
	fputs("&#215;)", out);
}

static void put_wakers(const struct row *r, FILE *out)
{
	const char *between = "";

	fputs("<td>", out);
	for (size_t i = 0; i < WAKERS_SHOWN && r->by[i].times; i++, between = ", ") {
		fprintf(out, "%s%" PRId64, between, r->by[i].tid);
		put_times(r->by[i].times, out);
	}
	if (r->by_others) {
		fprintf(out, "%sothers", between);
		put_times(r->by_others, out);
		between = ", ";
	}
	if (r->by_one_of) {
		fprintf(out, "%sone of several", between);
		put_times(r->by_one_of, out);
		between = ", ";
	}
	fputs(*between ? "</td>" : "&ndash;</td>", out);
}

static void put_row(const struct row *r, bool open, FILE *out)
{
	fprintf(out, "<tr><th scope=\"row\"><code>0x%" PRIx64 "</code>", r->uaddr);
	if (r->what) {
		fputs("<small>", out);
		fx_html_text_cut(out, r->what, WHAT_SHOWN);
		fputs("</small>", out);
	}
	fputs("</th>", out);
	fprintf(out, "<td class=\"n\">%" PRId64 "</td>", r->pid);
	fx_html_td_time(out, r->total_us);
	fx_html_td_time(out, r->longest_us);
	fx_html_td_count(out, r->waits, "");
	if (open)
		fx_html_td_count(out, r->open, "");
	fx_html_td_count(out, r->wakes, "");
	fx_html_td_count(out, r->calls, "");
	fx_html_td_count(out, r->threads, "");
	put_wakers(r, out);
	put_ops(r, out);
	fputs("</tr>\n", out);
}

static void put_table(const struct row *row, size_t rows, bool open, FILE *out)
{
	static const char never[] = "Never ended";
	static const struct {
		const char *title;
		int figures;
	} columns[] = {
		{"Futex", 0},		{"Process", 1},	   {"Time waited", 1},
		{"Longest wait", 1},	{"Waits", 1},	   {never, 1},
		{"Wakes", 1},		{"Calls", 1},	   {"Threads", 1},
		{"Woken by thread", 0}, {"Operations", 0},
	};

	fputs("<div class=\"wide\" role=\"region\" aria-labelledby=\"futexes\" tabindex=\"0\">\n"
	      "<table id=\"futex-table\">\n<thead><tr>",
	      out);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (open || columns[i].title != never)
			fx_html_th(out, columns[i].title, columns[i].figures);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < rows; i++)
		put_row(&row[i], open, out);
	fputs("</tbody></table></div>\n", out);
}

void fx_futex_waits_put(struct fx_futex_waits *w, FILE *out)
{
	size_t rows, waited, shown;
	struct row *row;

	fputs("<section>\n<h2 id=\"futexes\">Futexes by time waited</h2>\n", out);
	if (w->calls == w->open)
		fputs("<p>The log tells of no futex calls one by one. "
		      "<code>fxbox run --trace=futex --log=FILE</code> makes one that does, "
		      "<code>--trace</code> one of all calls.</p>\n",
		      out);
	if (w->calls == 0) {
		fputs("</section>\n", out);
		return;
	}
	row = rows_of(w, &rows);
	waited = waited_for(row, rows);
	shown = waited < ROWS_SHOWN ? waited : ROWS_SHOWN;
	fputs("<p>The time is that of all threads together, waits for locks and conditions alike. "
	      "A wait that never ended is known if the process told that it is stuck, and counts "
	      "until that ended, or the log does. Who woke is told where only one call can have "
	      "been it.</p>\n",
	      out);
	if (shown)
		put_table(row, shown, w->open > 0, out);
	if (waited > shown)
		fprintf(out, "<p class=\"gap\">%zu futexes with shorter waits are not shown.</p>\n",
			waited - shown);
	if (rows > waited)
		fprintf(out, "<p class=\"gap\">Called upon, but never waited for: %zu %s.</p>\n",
			rows - waited, rows - waited == 1 ? "futex" : "futexes");
	fputs("</section>\n", out);
	free(row);
}

void fx_futex_waits_free(struct fx_futex_waits *w)
{
	free(w->call);
	*w = (struct fx_futex_waits){0};
}
