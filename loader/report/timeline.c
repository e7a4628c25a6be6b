/* SPDX-License-Identifier: MIT */
#include "loader/report/timeline.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/html.h"
#include "loader/report/hang_read.h"
#include "loader/report/log_read.h"
#include "loader/report/open_waits.h"

#define LANES_DRAWN 60
#define TITLE_SHOWN 160

static const struct {
	const char *type;
	enum fx_event_kind kind;
} kinds[] = {
	{"call", FX_EVENT_CALL},      {"start", FX_EVENT_PROGRAM}, {"exec", FX_EVENT_PROGRAM},
	{"used", FX_EVENT_MARK},      {"exit", FX_EVENT_MARK},	   {"unsupported", FX_EVENT_MISSED},
	{"refused", FX_EVENT_MISSED}, {"denied", FX_EVENT_MISSED},
};

static bool kind_of(struct json_object *record, enum fx_event_kind *kind)
{
	const char *type = fx_log_string(record, "type"), *name = fx_log_string(record, "name");

	for (size_t i = 0; type && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(type, kinds[i].type) != 0)
			continue;
		*kind = kinds[i].kind;
		if (*kind == FX_EVENT_CALL && name && strncmp(name, "futex", 5) == 0)
			*kind = FX_EVENT_FUTEX;
		return true;
	}
	return false;
}

static bool is_call(const struct fx_event *e)
{
	return e->kind == FX_EVENT_CALL || e->kind == FX_EVENT_FUTEX;
}

/* A record is written at the end of what it tells. */
static bool set_time(struct fx_event *e, struct json_object *record)
{
	int64_t end = fx_log_int(record, "time_us", -1);

	e->took_us = fx_log_int(record, "took_us", 0);
	if (end < 0 || end > FX_LOG_TIME_MAX || e->took_us < 0 || e->took_us > end)
		return false;
	e->begin_us = end - e->took_us;
	return true;
}

static char *title_of(const struct fx_event *e, struct json_object *record)
{
	const char *name = fx_log_string(record, "name"), *args = fx_log_string(record, "args");
	const char *wrong = fx_log_string(record, "errno");
	char *title;

	if (e->kind == FX_EVENT_PROGRAM)
		name = fx_log_string(record, "exe"), args = NULL;
	if (asprintf(&title, "%.*s%s%.*s%s%s%s", TITLE_SHOWN, name ? name : "?", args ? "(" : "",
		     TITLE_SHOWN, args ? args : "", args ? ")" : "", wrong ? " = " : "",
		     wrong ? wrong : "") < 0)
		abort();
	return title;
}

static void add(struct fx_timeline *t, const struct fx_event *e)
{
	t->event = fx_log_grow(t->event, t->events, sizeof(*e));
	t->event[t->events++] = *e;
	if (e->run >= t->runs)
		t->runs = e->run + 1;
}

void fx_timeline_add(struct fx_timeline *t, unsigned run, struct json_object *record)
{
	struct fx_event e = {.run = run, .pid = fx_log_int(record, "pid", -1)};

	if (!kind_of(record, &e.kind))
		return;
	e.tid = fx_log_int(record, "tid", e.pid);
	if (!set_time(&e, record)) {
		t->untimed++;
		return;
	}
	if (e.kind == FX_EVENT_PROGRAM || t->events < FX_EVENTS_DRAWN)
		e.title = title_of(&e, record);
	t->calls += is_call(&e);
	add(t, &e);
}

void fx_timeline_add_open(struct fx_timeline *t, const struct fx_open_wait *o)
{
	struct json_object *call = fx_hang_member(o->thread, "call");
	struct json_object *wait = fx_hang_member(o->thread, "wait");
	const char *name = fx_log_string(call, "name"), *text = fx_log_string(wait, "text");
	struct fx_event e = {.kind = FX_EVENT_OPEN,
			     .run = o->run,
			     .pid = o->pid,
			     .tid = o->tid,
			     .begin_us = o->begin_us,
			     .took_us = o->end_us - o->begin_us};

	if (asprintf(&e.title, "%.*s%s%.*s, never ended", TITLE_SHOWN, name ? name : "?",
		     text ? ": " : "", TITLE_SHOWN, text ? text : "") < 0)
		abort();
	t->open++;
	add(t, &e);
}

void fx_timeline_add_wake(struct fx_timeline *t, const struct fx_wake *wake)
{
	t->wake = fx_log_grow(t->wake, t->wakes, sizeof(*wake));
	t->wake[t->wakes++] = *wake;
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_thread(const void *a, const void *b)
{
	const struct fx_event *x = a, *y = b;
	int r = order(x->run, y->run);

	r = r ? r : order(x->pid, y->pid);
	r = r ? r : order(x->tid, y->tid);
	r = r ? r : order(x->begin_us, y->begin_us);
	/* The whole order, since qsort does not keep that of equals. */
	r = r ? r : order(x->took_us, y->took_us);
	r = r ? r : order(x->kind, y->kind);
	return r ? r : strcmp(x->title ? x->title : "", y->title ? y->title : "");
}

static int by_calls(const void *a, const void *b)
{
	const struct fx_lane *x = a, *y = b;
	int r = order(y->open, x->open);

	r = r ? r : order((int64_t)y->calls, (int64_t)x->calls);
	r = r ? r : order((int64_t)y->events, (int64_t)x->events);
	return r ? r : order((int64_t)x->first, (int64_t)y->first);
}

static int by_begin(const void *a, const void *b)
{
	const struct fx_lane *x = a, *y = b;
	int r = order(x->run, y->run);

	r = r ? r : order(x->process_us, y->process_us);
	r = r ? r : order(x->pid, y->pid);
	/* The first thread first, whose process may have waited for others to begin. */
	r = r ? r : order(x->tid != x->pid, y->tid != y->pid);
	r = r ? r : order(x->begin_us, y->begin_us);
	return r ? r : order(x->tid, y->tid);
}

static void count(struct fx_lane *l, const struct fx_event *e)
{
	int64_t end = e->begin_us + e->took_us;

	l->events++;
	l->open |= e->kind == FX_EVENT_OPEN;
	if (end > l->end_us)
		l->end_us = end;
	if (e->kind == FX_EVENT_PROGRAM)
		l->program = e->title;
	if (!is_call(e) && e->kind != FX_EVENT_OPEN)
		return;
	l->calls += is_call(e);
	/* Below FX_LOG_TIME_MAX each: a sum of 2048 fits, and of more only in a forged log. */
	if (__builtin_add_overflow(l->busy_us, e->took_us, &l->busy_us))
		l->busy_us = INT64_MAX;
	if (e->kind == FX_EVENT_FUTEX &&
	    __builtin_add_overflow(l->futex_us, e->took_us, &l->futex_us))
		l->futex_us = INT64_MAX;
	if (e->took_us > l->longest_us)
		l->longest_us = e->took_us;
}

static void make_lanes(struct fx_timeline *t)
{
	struct fx_lane *l = NULL;

	qsort(t->event, t->events, sizeof(t->event[0]), by_thread);
	for (size_t i = 0; i < t->events; i++) {
		const struct fx_event *e = &t->event[i];

		if (!l || l->run != e->run || l->pid != e->pid || l->tid != e->tid) {
			t->lane = fx_log_grow(t->lane, t->lanes, sizeof(*l));
			l = &t->lane[t->lanes++];
			*l = (struct fx_lane){.first = i,
					      .run = e->run,
					      .pid = e->pid,
					      .tid = e->tid,
					      .begin_us = e->begin_us};
		}
		count(l, e);
	}
}

/* The lanes of a process lie side by side. */
static void find_processes(struct fx_timeline *t)
{
	for (size_t i = 0, end; i < t->lanes; i = end) {
		int64_t begin = t->lane[i].begin_us;

		for (end = i; end < t->lanes && t->lane[end].run == t->lane[i].run &&
			      t->lane[end].pid == t->lane[i].pid;
		     end++) {
			if (t->lane[end].begin_us < begin)
				begin = t->lane[end].begin_us;
		}
		for (size_t k = i; k < end; k++)
			t->lane[k].process_us = begin;
	}
}

static void find_times(struct fx_timeline *t)
{
	for (unsigned run = 0; run < t->runs; run++) {
		t->run_us = fx_log_grow(t->run_us, run, sizeof(t->run_us[0]));
		t->run_us[run] = INT64_MAX;
	}
	for (size_t i = 0; i < t->lanes; i++) {
		if (t->lane[i].begin_us < t->run_us[t->lane[i].run])
			t->run_us[t->lane[i].run] = t->lane[i].begin_us;
	}
	for (size_t i = 0; i < t->lanes; i++) {
		int64_t length = t->lane[i].end_us - t->run_us[t->lane[i].run];

		if (length > t->length_us)
			t->length_us = length;
	}
}

static void choose_lanes(struct fx_timeline *t)
{
	t->shown = t->lanes < LANES_DRAWN ? t->lanes : LANES_DRAWN;
	qsort(t->lane, t->lanes, sizeof(t->lane[0]), by_calls);
	qsort(t->lane, t->shown, sizeof(t->lane[0]), by_begin);
}

static void put_head(const struct fx_timeline *t, FILE *out)
{
	static const struct {
		const char *title;
		int figures;
	} columns[] = {
		{"Thread", 1},	      {"Process", 1},	     {"Program", 0},
		{"Begins", 1},	      {"Ends", 1},	     {"Calls", 1},
		{"Time in calls", 1}, {"in futex calls", 1}, {"Longest call", 1},
	};
	/* The last four are known from call records only. */
	size_t count = sizeof(columns) / sizeof(columns[0]) - (t->calls ? 0 : 4);

	fputs("<details>\n<summary>The same as a table</summary>\n"
	      "<div class=\"wide\" role=\"region\" aria-label=\"Threads\" tabindex=\"0\">\n"
	      "<table id=\"thread-table\">\n<thead><tr>",
	      out);
	for (size_t i = 0; i < count; i++)
		fx_html_th(out, columns[i].title, columns[i].figures);
	fputs("</tr></thead>\n<tbody>\n", out);
}

static void put_row(const struct fx_timeline *t, const struct fx_lane *l, FILE *out)
{
	fprintf(out,
		"<tr><th scope=\"row\" class=\"n\">%" PRId64 "</th><td class=\"n\">%" PRId64
		"</td>",
		l->tid, l->pid);
	fx_html_td_text(out, l->program ? l->program : "");
	fx_html_td_time(out, l->begin_us - t->run_us[l->run]);
	fx_html_td_time(out, l->end_us - t->run_us[l->run]);
	if (t->calls) {
		fx_html_td_count(out, l->calls, "");
		fx_html_td_time(out, l->busy_us);
		fx_html_td_time(out, l->futex_us);
		fx_html_td_time(out, l->longest_us);
	}
	fputs("</tr>\n", out);
}

static void put_table(const struct fx_timeline *t, FILE *out)
{
	put_head(t, out);
	for (size_t i = 0; i < t->shown; i++)
		put_row(t, &t->lane[i], out);
	fputs("</tbody></table></div>\n</details>\n", out);
}

/* How to read it, and what is not in it. */
static void put_notes(const struct fx_timeline *t, FILE *out)
{
	if (!t->calls)
		fputs("<p>The log does not tell each call and how long it took: the moments are "
		      "those of its other records, such as the first call of each kind. "
		      "<code>fxbox run --trace --log=FILE</code> makes one that does.</p>\n",
		      out);
	else if (t->calls > FX_EVENTS_DRAWN) {
		fputs("<p id=\"binned\">There are ", out);
		fx_html_count(out, t->calls);
		fputs(" calls, too many to draw one by one. The height of a bar is the share of "
		      "its moment that was spent in calls.</p>\n",
		      out);
	} else {
		fprintf(out,
			"<p>Each bar is a call, as long as it took. Rest the pointer on one to see "
			"which.%s</p>\n",
			t->wakes
				? " An arrow leads from a thread that woke to the one that it woke."
				: "");
	}
	if (t->open)
		fprintf(out,
			"<p>%zu %s never ended: drawn until the process ended, or the log does.</p>\n",
			t->open, t->open == 1 ? "call" : "calls");
	if (t->runs > 1)
		fputs("<p>Each log begins at 0.</p>\n", out);
	if (t->lanes > t->shown)
		fprintf(out, "<p class=\"gap\">%zu threads with fewer calls are not shown.</p>\n",
			t->lanes - t->shown);
	if (t->untimed)
		fprintf(out, "<p class=\"gap\">%" PRIu64 " records have no time.</p>\n",
			t->untimed);
}

void fx_timeline_put(struct fx_timeline *t, FILE *out)
{
	fputs("<section>\n<h2 id=\"timeline\">Timeline</h2>\n", out);
	if (t->events) {
		make_lanes(t);
		find_processes(t);
		find_times(t);
		choose_lanes(t);
	}
	put_notes(t, out);
	if (t->lanes) {
		fx_timeline_svg(t, out);
		put_table(t, out);
	}
	fputs("</section>\n", out);
}

void fx_timeline_free(struct fx_timeline *t)
{
	for (size_t i = 0; i < t->events; i++)
		free(t->event[i].title);
	free(t->event);
	free(t->wake);
	free(t->lane);
	free(t->run_us);
	*t = (struct fx_timeline){0};
}
