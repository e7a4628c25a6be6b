/* SPDX-License-Identifier: MIT */
#include "loader/report/source_line.h"
#include "loader/report/threads/threads_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "loader/report/threads/demangle.h"
#include "loader/report/threads/inlined.h"
#include "loader/report/threads/own_frames.h"
#include "loader/report/threads/threads_words.h"
#include "shim/base/text.h"
#include "shim/decode/decode.h"
#include "shim/decode/decode_names.h"

#define FORMAT_VERSION 1

/* Bytes of a program's names need not be UTF-8, which JSON has to be: each is a character. */
static struct json_object *string(const char *text)
{
	char utf8[4096];
	size_t n = 0;

	for (; n < sizeof(utf8) - 2 && *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c < 0x80) {
			utf8[n++] = *text;
			continue;
		}
		utf8[n++] = (char)(0xc0 | c >> 6);
		utf8[n++] = (char)(0x80 | (c & 0x3f));
	}
	return json_object_new_string_len(utf8, (int)n);
}

static void put(struct json_object *o, const char *member, struct json_object *value)
{
	json_object_object_add(o, member, value);
}

static void put_string(struct json_object *o, const char *member, const char *text)
{
	if (text && *text)
		put(o, member, string(text));
}

static void put_number(struct json_object *o, const char *member, int64_t value)
{
	put(o, member, json_object_new_int64(value));
}

static struct json_object *hex(uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_object_new_string(text);
}

static void put_flag(struct json_object *o, const char *member, bool value)
{
	if (value)
		put(o, member, json_object_new_boolean(true));
}

static struct json_object *signals(uint64_t mask)
{
	struct json_object *a = json_object_new_array();

	for (int i = 1; i <= 64; i++) {
		if (mask >> (i - 1) & 1)
			json_object_array_add(a, json_object_new_string(fx_signal_name(i)));
	}
	return a;
}

static const char *reason_name(const struct fx_dump *d)
{
	static const char *const name[] = {
		"asked", "stuck", "stuck-but-handlers", "cycle", "quit", "timeout", "crash"};

	return d->told ? name[d->process.reason] : "core";
}

static struct json_object *process(const struct fx_dump *d)
{
	struct json_object *o = json_object_new_object();

	put_number(o, "pid", d->process.pid);
	put_number(o, "ppid", d->process.ppid);
	put_string(o, "exe", d->process.exe);
	put(o, "reason", json_object_new_string(reason_name(d)));
	put_number(o, "threads", d->process.threads);
	if (d->signo > 0 && fx_signal_name(d->signo))
		put_string(o, "signal", fx_signal_name(d->signo));
	if (d->fault)
		put(o, "fault", hex(d->fault));
	if (d->told) {
		put(o, "handlers", signals(d->process.handlers));
		put_number(o, "time_us", (int64_t)(d->process.realtime_ns / 1000));
		put_number(o, "pause_us", (int64_t)(d->process.pause_ns / 1000));
	}
	return o;
}

static struct json_object *place(const struct fx_place *p)
{
	static const char *const where[] = {"variable", "module", "stack", "tls", "file", "heap"};
	struct json_object *o = json_object_new_object();
	char name[512];

	put(o, "where", json_object_new_string(where[p->where]));
	fx_demangle(p->name, name, sizeof(name));
	put_string(o, "name", name);
	if (p->name[0] && p->file) {
		put_string(o, "file", p->file);
		put_number(o, "line", p->line);
	}
	put(o, "start", hex(p->start));
	if (p->module) {
		put_string(o, "module", p->module);
		put(o, "offset", hex(p->offset));
	}
	if (p->tid)
		put_number(o, "tid", p->tid);
	put_string(o, "function", p->function);
	return o;
}

static struct json_object *wait(const struct fx_thread_report *r)
{
	static const char *const owner[] = {"unknown", "nobody", "thread", "gone", "died"};
	const struct fx_wait *w = &r->wait;
	struct json_object *o = json_object_new_object(), *witnesses = json_object_new_array();
	char name[512], text[FX_WORDS];

	put(o, "kind", json_object_new_string(fx_wait_kind_name(w->kind)));
	put_string(o, "type", w->type);
	if (w->function) {
		fx_wait_function_name(w->function, name, sizeof(name));
		put_string(o, "function", name);
	}
	put(o, "word", hex(r->task->is.uaddr));
	put_number(o, "expected", r->task->is.expected);
	if (w->now_known)
		put_number(o, "value", w->now);
	put(o, "object", hex(w->object));
	put(o, "place", place(&w->place));
	fx_words_object(w, text, sizeof(text));
	put_string(o, "text", text);
	put(o, "owner", json_object_new_string(owner[w->owner]));
	if (w->owner_tid && w->certain)
		put_number(o, "owner_tid", w->owner_tid);
	put_flag(o, "certain", w->certain);
	if (w->by_function)
		json_object_array_add(witnesses, json_object_new_string("function"));
	if (w->by_fields || w->certain)
		json_object_array_add(witnesses, json_object_new_string("fields"));
	put(o, "witnesses", witnesses);
	if (w->kind == FX_WAIT_BARRIER && w->count) {
		put_number(o, "count", w->count);
		put_number(o, "arrived", w->arrived);
	} else if (w->count) {
		put_number(o, "readers", w->count);
	}
	return o;
}

static struct json_object *call(const struct fx_thread_report *r)
{
	struct json_object *o = json_object_new_object(), *args = json_object_new_array();
	char text[1024];
	struct fx_text x;

	fx_text_init(&x, text, sizeof(text));
	fx_decode_name(&x, (long)r->task->is.nr);
	put_number(o, "nr", r->task->is.nr);
	put_string(o, "name", text);
	for (int i = 0; i < 6; i++)
		json_object_array_add(args, hex(r->task->is.arg[i]));
	put(o, "args", args);
	fx_words_call(r, text, sizeof(text));
	put_string(o, "text", text);
	return o;
}

/* The function's own line, and those of functions inside it. */
static void put_lines(const struct fx_threads *t, const struct fx_frame *f, struct json_object *o)
{
	struct json_object *inside = json_object_new_array();
	struct fx_inlined inlined[FX_INLINED_MOST];
	const size_t n = fx_inlined_at(t->modules, fx_frame_at(f), inlined);

	for (size_t i = 0; i + 1 < n; i++) {
		struct json_object *in = json_object_new_object();

		put_string(in, "function", inlined[i].function);
		put_string(in, "file", inlined[i].file);
		put_number(in, "line", inlined[i].line);
		put_flag(in, "own", !fx_source_is_library(inlined[i].file));
		json_object_array_add(inside, in);
	}
	if (n) {
		put_string(o, "file", inlined[n - 1].file);
		put_number(o, "line", inlined[n - 1].line);
	}
	if (n > 1)
		put(o, "inlined", inside);
	else
		json_object_put(inside);
}

static struct json_object *frame(const struct fx_threads *t, const struct fx_frame *f, bool own)
{
	static const char *const how[] = {"registers", "tables", "scan"};
	const struct fx_module *module = fx_module_of(t->modules, fx_frame_at(f));
	struct json_object *o = json_object_new_object();
	struct fx_symbol s;
	char name[512];

	put(o, "pc", hex(f->pc));
	if (fx_module_symbol(t->modules, fx_frame_at(f), &s)) {
		fx_demangle(s.name, name, sizeof(name));
		put_string(o, "function", name);
		put(o, "offset", hex(f->pc - (fx_frame_at(f) - s.offset)));
	}
	if (module) {
		put_string(o, "module", module->path);
		put(o, "module_offset", hex(f->pc - module->start));
	}
	put_lines(t, f, o);
	put(o, "how", json_object_new_string(how[f->how]));
	put_flag(o, "own", own);
	put_flag(o, "signal_handler", f->handler);
	return o;
}

static struct json_object *holds(const struct fx_threads_view *v, size_t i)
{
	const struct fx_hold *end = v->holds->hold + v->holds->holds;
	struct json_object *a = json_object_new_array();

	for (const struct fx_hold *h = fx_holds_of(v->holds, i); h && h < end && h->thread == i;
	     h++) {
		const struct fx_wait as = {.kind = h->kind, .place = h->place};
		struct json_object *o = json_object_new_object();
		char text[FX_WORDS];

		put(o, "kind", json_object_new_string(fx_wait_kind_name(h->kind)));
		put(o, "object", hex(h->object));
		put(o, "place", place(&h->place));
		fx_words_object(&as, text, sizeof(text));
		put_string(o, "text", text);
		put_number(o, "waiters", (int64_t)h->waiters);
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *thread(const struct fx_threads_view *v, size_t i)
{
	static const char *const state[] = {"runs", "call", "waits", "gone"};
	const struct fx_thread_report *r = &v->threads->thread[i];
	struct json_object *o = json_object_new_object(), *frames = json_object_new_array();
	bool own[FX_FRAMES_MOST];
	char text[FX_WORDS];

	put_number(o, "tid", r->task->is.tid);
	put_string(o, "name", r->task->is.name);
	put(o, "state", json_object_new_string(state[r->task->is.state]));
	fx_words_does(v->threads, r, text, sizeof(text));
	put_string(o, "does", text);
	if (r->task->is.nr >= 0)
		put(o, "call", call(r));
	if (r->task->is.since_ns)
		put_number(o, "since_us", (int64_t)(r->task->is.since_ns / 1000));
	if (r->task->is.left_ns >= 0)
		put_number(o, "left_us", r->task->is.left_ns / 1000);
	if (r->wait.waits)
		put(o, "wait", wait(r));
	put(o, "holds", holds(v, i));
	if (v->threads->dump->told)
		put(o, "blocked", signals(r->task->is.blocked));
	fx_own_frames(v->threads, r, own);
	for (size_t k = 0; k < r->stack.frames; k++)
		json_object_array_add(frames, frame(v->threads, &r->stack.frame[k], own[k]));
	put(o, "frames", frames);
	put_flag(o, "more_frames", r->stack.more);
	return o;
}

static struct json_object *finding(const struct fx_threads_view *v, const struct fx_finding *f)
{
	struct json_object *o = json_object_new_object(), *a = json_object_new_array();
	char text[FX_WORDS];

	put(o, "what", json_object_new_string(fx_finding_name(f->what)));
	put(o, "title", json_object_new_string(fx_finding_title(f->what)));
	for (size_t i = 0; i < f->threads; i++)
		json_object_array_add(
			a, json_object_new_int(v->threads->thread[f->thread[i]].task->is.tid));
	put(o, "threads", a);
	fx_words_finding(v->threads, f, text, sizeof(text));
	put_string(o, "text", text);
	return o;
}

struct json_object *fx_threads_json(const struct fx_threads_view *v)
{
	struct json_object *o = json_object_new_object(), *threads = json_object_new_array(),
			   *findings = json_object_new_array(), *missing = json_object_new_array();
	char text[FX_WORDS];

	put(o, "format", json_object_new_string("fxbox-threads"));
	put_number(o, "version", FORMAT_VERSION);
	fx_words_head(v->threads, v->findings, v->name, text, sizeof(text));
	put_string(o, "head", text);
	put(o, "process", process(v->threads->dump));
	for (size_t i = 0; i < v->threads->threads; i++)
		json_object_array_add(threads, thread(v, i));
	put(o, "threads", threads);
	for (size_t i = 0; i < v->findings->findings; i++)
		json_object_array_add(findings, finding(v, &v->findings->finding[i]));
	put(o, "findings", findings);
	for (size_t i = 0; i < v->threads->modules->missing_files; i++)
		json_object_array_add(missing, string(v->threads->modules->missing[i]));
	put(o, "missing_files", missing);
	return o;
}
