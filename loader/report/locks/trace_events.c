/* SPDX-License-Identifier: MIT */
#include "loader/report/locks/trace_events.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/ascii_json.h"
#include "loader/report/log_read.h"
#include "loader/report/wakers.h"

#define FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

struct fx_trace_call {
	int64_t pid, tid, begin_us, us;
	char *name, *args; /* args NULL: none */
};

struct fx_trace_process {
	int64_t pid;
	char *exe;
};

/* Who writes: times count from the first one. */
struct writing {
	FILE *out;
	int64_t zero_us;
	int64_t flows;
	bool any;
};

static char *copy(const char *text)
{
	char *new = strdup(text);

	if (!new)
		abort();
	return new;
}

static void add_process(struct fx_trace_events *t, struct json_object *record)
{
	const char *exe = fx_log_string(record, "exe");
	const int64_t pid = fx_log_int(record, "pid", -1);

	if (!exe)
		return;
	t->process = fx_log_grow(t->process, t->processes, sizeof(*t->process));
	t->process[t->processes++] = (struct fx_trace_process){pid, copy(exe)};
}

void fx_trace_events_add(struct fx_trace_events *t, struct json_object *record)
{
	const char *type = fx_log_string(record, "type"), *name = fx_log_string(record, "name");
	const char *args = fx_log_string(record, "args");
	const int64_t end = fx_log_int(record, "time_us", -1),
		      us = fx_log_int(record, "took_us", -1);

	if (type && (strcmp(type, "start") == 0 || strcmp(type, "exec") == 0))
		add_process(t, record);
	if (!type || strcmp(type, "call") != 0 || !name || us < 0 || end < us ||
	    end > FX_LOG_TIME_MAX)
		return;
	t->call = fx_log_grow(t->call, t->calls, sizeof(*t->call));
	t->call[t->calls++] = (struct fx_trace_call){.pid = fx_log_int(record, "pid", -1),
						     .tid = fx_log_int(record, "tid", -1),
						     .begin_us = end - us,
						     .us = us,
						     .name = copy(name),
						     .args = args ? copy(args) : NULL};
}

static void put(struct writing *w, struct json_object *event)
{
	char *text = fx_ascii_json(event, FLAGS, NULL);

	fprintf(w->out, "%s\n%s", w->any ? "," : "", text);
	w->any = true;
	free(text);
	json_object_put(event);
}

static void put_string(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static void put_int(struct json_object *o, const char *name, int64_t value)
{
	json_object_object_add(o, name, json_object_new_int64(value));
}

static struct json_object *event(const char *phase, const char *name, int64_t pid, int64_t tid)
{
	struct json_object *e = json_object_new_object();

	put_string(e, "ph", phase);
	put_string(e, "name", name);
	put_int(e, "pid", pid);
	put_int(e, "tid", tid);
	return e;
}

static struct json_object *at(struct json_object *e, const struct writing *w, const char *category,
			      int64_t us)
{
	put_string(e, "cat", category);
	put_int(e, "ts", us - w->zero_us);
	return e;
}

static void put_named(struct writing *w, const char *what, int64_t pid, int64_t tid,
		      const char *name)
{
	struct json_object *e = event("M", what, pid, tid), *args = json_object_new_object();

	put_string(args, "name", name);
	json_object_object_add(e, "args", args);
	put(w, e);
}

/* A pair: each arrow begins in a slice of who wakes, and ends in that of who waited. */
static void put_flow(struct writing *w, const char *category, int64_t pid, int64_t from,
		     int64_t from_us, int64_t to, int64_t to_us)
{
	struct json_object *e = at(event("s", "wake", pid, from), w, category, from_us);

	put_int(e, "id", ++w->flows);
	put(w, e);
	e = at(event("f", "wake", pid, to), w, category, to_us < from_us ? from_us : to_us);
	put_int(e, "id", w->flows);
	put_string(e, "bp", "e");
	put(w, e);
}

static struct json_object *path_json(const struct fx_lock_path *path)
{
	struct json_object *a = json_object_new_array();

	for (size_t i = 0; i < path->frames; i++) {
		const struct fx_lock_frame *f = &path->frame[i];
		char text[2048];

		snprintf(text, sizeof(text), "%s%s%s%s", f->name, f->where ? " (" : "",
			 f->where ? f->where : "", f->where ? ")" : "");
		json_object_array_add(a, json_object_new_string(text));
	}
	return a;
}

static void put_wait(struct writing *w, const struct fx_locks *l, const struct fx_lock_wait *wait)
{
	const struct fx_lock *lock = &l->lock[wait->lock];
	const struct fx_lock_path *path = fx_locks_path(l, wait->stack);
	const int64_t pid = l->log->image[wait->image].pid;
	struct json_object *e, *args = json_object_new_object();
	char text[1024];

	snprintf(text, sizeof(text), "%s %s", fx_wait_kind_name(lock->kind), lock->name);
	e = at(event("X", text, pid, wait->tid), w, "lock", wait->begin_us);
	put_int(e, "dur", wait->us);
	snprintf(text, sizeof(text), "0x%" PRIx64, wait->word);
	put_string(args, "word", text);
	if (wait->owner)
		put_int(args, "owner", wait->owner);
	if (wait->waker)
		put_int(args, "waker", wait->waker);
	if (path)
		json_object_object_add(args, "stack", path_json(path));
	json_object_object_add(e, "args", args);
	put(w, e);
	if (wait->by == FX_LOCK_UNKNOWN)
		return;
	put_flow(w, "lock", pid, wait->waker, l->log->wake[wait->by].time_us, wait->tid,
		 wait->begin_us + wait->us);
}

/* The arrow's beginning needs a slice to begin in. */
static void put_wake(struct writing *w, const struct fx_locks *l, const struct fx_lock_wake *wake)
{
	const struct fx_lock_path *path = fx_locks_path(l, wake->stack);
	struct json_object *e = at(event("X", path && path->frames ? path->frame[0].name : "wake",
					 l->log->image[wake->image].pid, wake->tid),
				   w, "lock", wake->time_us);

	put_int(e, "dur", 1);
	if (path) {
		struct json_object *args = json_object_new_object();

		json_object_object_add(args, "stack", path_json(path));
		json_object_object_add(e, "args", args);
	}
	put(w, e);
}

static void put_call(struct writing *w, const struct fx_trace_call *c)
{
	struct json_object *e = at(event("X", c->name, c->pid, c->tid), w, "call", c->begin_us);

	put_int(e, "dur", c->us);
	if (c->args) {
		struct json_object *args = json_object_new_object();

		put_string(args, "arguments", c->args);
		json_object_object_add(e, "args", args);
	}
	put(w, e);
}

static void put_futex_wakes(struct writing *w, const struct fx_futex_waits *f)
{
	for (size_t i = 0; i < f->calls; i++) {
		const struct fx_futex_call *c = &f->call[i], *by;

		if (c->by == FX_WAKER_UNKNOWN)
			continue;
		by = &f->call[c->by];
		put_flow(w, "futex", c->pid, by->tid, by->end_us - by->took_us, c->tid, c->end_us);
	}
}

struct thread {
	int64_t pid, tid;
};

static int by_thread(const void *a, const void *b)
{
	const struct thread *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid > y->pid ? 1 : -1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

static void put_threads(struct writing *w, const struct fx_trace_events *t,
			const struct fx_locks *l)
{
	struct thread *thread = NULL;
	size_t threads = 0;

#define ADD(pid_, tid_)                                                                            \
	do {                                                                                       \
		thread = fx_log_grow(thread, threads, sizeof(*thread));                            \
		thread[threads++] = (struct thread){pid_, tid_};                                   \
	} while (0)
	for (size_t i = 0; i < t->calls; i++)
		ADD(t->call[i].pid, t->call[i].tid);
	for (size_t i = 0; i < l->log->waits; i++)
		ADD(l->log->image[l->log->wait[i].image].pid, l->log->wait[i].tid);
	for (size_t i = 0; i < l->log->wakes; i++)
		ADD(l->log->image[l->log->wake[i].image].pid, l->log->wake[i].tid);
#undef ADD
	if (threads)
		qsort(thread, threads, sizeof(*thread), by_thread);
	for (size_t i = 0; i < threads; i++) {
		char name[64];

		if (i && by_thread(&thread[i - 1], &thread[i]) == 0)
			continue;
		snprintf(name, sizeof(name), "%s %" PRId64,
			 thread[i].tid == thread[i].pid ? "main" : "thread", thread[i].tid);
		put_named(w, "thread_name", thread[i].pid, thread[i].tid, name);
	}
	free(thread);
}

static int64_t first_us(const struct fx_trace_events *t, const struct fx_locks *l)
{
	int64_t first = FX_LOG_TIME_MAX;

	for (size_t i = 0; i < t->calls; i++)
		first = t->call[i].begin_us < first ? t->call[i].begin_us : first;
	for (size_t i = 0; i < l->log->waits; i++) {
		const int64_t begin = l->log->wait[i].begin_us;

		first = begin < first ? begin : first;
	}
	for (size_t i = 0; i < l->log->wakes; i++)
		first = l->log->wake[i].time_us < first ? l->log->wake[i].time_us : first;
	return first;
}

void fx_trace_events_put(struct fx_trace_events *t, const struct fx_futex_waits *futexes,
			 const struct fx_locks *locks, FILE *out)
{
	struct writing w = {.out = out, .zero_us = first_us(t, locks)};

	fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", out);
	for (size_t i = 0; i < t->processes; i++)
		put_named(&w, "process_name", t->process[i].pid, t->process[i].pid,
			  t->process[i].exe);
	put_threads(&w, t, locks);
	for (size_t i = 0; i < t->calls; i++)
		put_call(&w, &t->call[i]);
	put_futex_wakes(&w, futexes);
	for (size_t i = 0; i < locks->log->waits; i++)
		put_wait(&w, locks, &locks->log->wait[i]);
	for (size_t i = 0; i < locks->log->wakes; i++)
		put_wake(&w, locks, &locks->log->wake[i]);
	fputs("\n]}\n", out);
}

void fx_trace_events_free(struct fx_trace_events *t)
{
	for (size_t i = 0; i < t->calls; i++) {
		free(t->call[i].name);
		free(t->call[i].args);
	}
	for (size_t i = 0; i < t->processes; i++)
		free(t->process[i].exe);
	free(t->call);
	free(t->process);
	*t = (struct fx_trace_events){0};
}
