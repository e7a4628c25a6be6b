/* SPDX-License-Identifier: MIT */
#include "loader/report/open_waits.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/hang_read.h"
#include "loader/report/log_read.h"

#define NOT_YET (-1)

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_thread(const void *a, const void *b)
{
	const struct fx_open_wait *x = a, *y = b;
	int r = order(x->run, y->run);

	r = r ? r : order(x->pid, y->pid);
	return r ? r : order(x->tid, y->tid);
}

/* Of equal ones the later record first, so that it is the one which is kept. */
static int by_thread_and_time(const void *a, const void *b)
{
	const struct fx_open_wait *x = a, *y = b;
	int r = by_thread(a, b);

	r = r ? r : order(y->told_us, x->told_us);
	return r ? r : order(x->begin_us, y->begin_us);
}

static void drop(struct fx_open_wait *o)
{
	json_object_put(o->thread);
}

static void sort(struct fx_open_waits *w)
{
	size_t kept = 0;

	if (w->waits)
		qsort(w->wait, w->waits, sizeof(w->wait[0]), by_thread_and_time);
	for (size_t i = 0; i < w->waits; i++) {
		if (kept && by_thread(&w->wait[kept - 1], &w->wait[i]) == 0)
			drop(&w->wait[i]);
		else
			w->wait[kept++] = w->wait[i];
	}
	w->waits = kept;
}

static void add(struct fx_open_waits *w, const struct fx_open_wait *o)
{
	/* Dropped ones leave room, of which the count knows nothing. */
	struct fx_open_wait *all = reallocarray(w->wait, w->waits + 1, sizeof(*all));

	if (!all)
		abort();
	w->wait = all;
	w->wait[w->waits++] = *o;
	json_object_get(o->thread);
}

static bool in_call(struct json_object *thread)
{
	const char *state = fx_log_string(thread, "state");

	return state && (strcmp(state, "waits") == 0 || strcmp(state, "call") == 0);
}

static void on_hang(struct fx_open_waits *w, unsigned run, struct json_object *hang)
{
	struct fx_open_wait o = {.run = run,
				 .pid = fx_log_int(hang, "pid", -1),
				 .told_us = fx_log_int(hang, "time_us", -1),
				 .end_us = NOT_YET};

	if (o.told_us < 0 || o.told_us > FX_LOG_TIME_MAX)
		return;
	for (size_t i = 0; i < fx_hang_count(hang, "threads"); i++) {
		int64_t since;

		o.thread = fx_hang_at(hang, "threads", i);
		since = o.thread ? fx_log_int(o.thread, "since_us", -1) : -1;
		if (since < 0 || since > o.told_us || !in_call(o.thread))
			continue;
		o.tid = fx_log_int(o.thread, "tid", -1);
		o.begin_us = o.told_us - since;
		add(w, &o);
	}
	sort(w);
}

static void on_call(struct fx_open_waits *w, unsigned run, struct json_object *record, int64_t us)
{
	const struct fx_open_wait like = {.run = run,
					  .pid = fx_log_int(record, "pid", -1),
					  .tid = fx_log_int(record, "tid", -1)};
	struct fx_open_wait *o =
		w->waits ? bsearch(&like, w->wait, w->waits, sizeof(like), by_thread) : NULL;

	/* Without a result it was interrupted by a signal, and has not ended by that. */
	if (o && us > o->told_us && json_object_object_get_ex(record, "result", NULL))
		o->ended = true;
}

static void end(struct fx_open_waits *w, unsigned run, int64_t pid, int64_t us)
{
	for (size_t i = w->waits; i-- > 0 && w->wait[i].run == run;) {
		struct fx_open_wait *o = &w->wait[i];

		if ((pid < 0 || o->pid == pid) && o->end_us == NOT_YET && us >= o->begin_us)
			o->end_us = us;
	}
}

void fx_open_waits_add(struct fx_open_waits *w, unsigned run, struct json_object *record)
{
	const char *type = fx_log_string(record, "type");
	const int64_t us = fx_log_int(record, "time_us", -1);

	if (!type)
		return;
	if (run != w->run) {
		end(w, w->run, -1, w->last_us);
		w->run = run;
		w->last_us = 0;
	}
	if (us < 0 || us > FX_LOG_TIME_MAX)
		return;
	if (us > w->last_us)
		w->last_us = us;
	if (strcmp(type, "hang") == 0)
		on_hang(w, run, record);
	else if (strcmp(type, "call") == 0)
		on_call(w, run, record, us);
	else if (strcmp(type, "exit") == 0 || strcmp(type, "exec") == 0)
		end(w, run, fx_log_int(record, "pid", -1), us);
}

void fx_open_waits_settle(struct fx_open_waits *w)
{
	size_t kept = 0;

	end(w, w->run, -1, w->last_us);
	for (size_t i = 0; i < w->waits; i++) {
		if (w->wait[i].ended || w->wait[i].end_us == NOT_YET)
			drop(&w->wait[i]);
		else
			w->wait[kept++] = w->wait[i];
	}
	w->waits = kept;
}

void fx_open_waits_free(struct fx_open_waits *w)
{
	for (size_t i = 0; i < w->waits; i++)
		drop(&w->wait[i]);
	free(w->wait);
	*w = (struct fx_open_waits){0};
}
