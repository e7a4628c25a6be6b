/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/threads_words.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "loader/report/threads/demangle.h"
#include "shim/base/call.h"
#include "shim/decode/decode.h"
#include "shim/decode/decode_names.h"

#define THREADS_TOLD 8 /* of those that wait for one lock */
#define STEPS_TOLD   16

struct words {
	char *out;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static void put(struct words *w, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(w->out, w->size, fmt, args);
	va_end(args);
	if (n < 0)
		return;
	n = (size_t)n < w->size ? n : (int)w->size - 1;
	w->out += n;
	w->size -= (size_t)n;
}

void fx_words_time(uint64_t ns, char *out, size_t size)
{
	if (ns < 1000000)
		snprintf(out, size, "%" PRIu64 " us", ns / 1000);
	else if (ns < 1000000000)
		snprintf(out, size, "%" PRIu64 " ms", ns / 1000000);
	else
		snprintf(out, size, "%" PRIu64 ".%" PRIu64 " s", ns / 1000000000,
			 ns / 100000000 % 10);
}

static void put_place(struct words *w, const struct fx_place *p)
{
	struct fx_place written = *p;
	char name[sizeof(written.name)], text[FX_PLACE_TEXT];

	fx_demangle(p->name, name, sizeof(name));
	memcpy(written.name, name, sizeof(name));
	fx_place_text(&written, text, sizeof(text));
	put(w, "%s", text);
}

static void put_object(struct words *out, const struct fx_wait *w)
{
	switch (w->kind) {
	case FX_WAIT_JOIN:
		put(out, "the end of thread %u", w->owner_tid);
		return;
	case FX_WAIT_READ:
	case FX_WAIT_WRITE:
		put(out, "rwlock ");
		break;
	case FX_WAIT_ONCE:
		put(out, "the initialisation by %s of ",
		    w->library == FX_OF_RUST ? "Once" : "pthread_once");
		break;
	case FX_WAIT_GUARD:
		put(out, "the initialisation of a static variable, ");
		break;
	case FX_WAIT_UNKNOWN:
		put(out, "the word ");
		break;
	default:
		if (w->type)
			put(out, "%s ", w->type);
		put(out, "%s ", fx_wait_kind_name(w->kind));
	}
	put_place(out, &w->place);
}

void fx_words_object(const struct fx_wait *w, char *out, size_t size)
{
	put_object(&(struct words){out, size}, w);
}

void fx_words_call(const struct fx_thread_report *r, char *out, size_t size)
{
	const struct fx_dump_thread *is = &r->task->is;
	struct fx_call call = {.nr = (long)is->nr};
	struct fx_text x;

	fx_text_init(&x, out, size);
	if (is->nr < 0)
		return;
	for (int i = 0; i < 6; i++)
		call.arg[i] = is->arg[i];
	fx_decode_name(&x, call.nr);
	fx_text_char(&x, '(');
	fx_decode_args(&x, &call);
	fx_text_char(&x, ')');
}

static void put_busy(struct words *out, const struct fx_threads *t, size_t owner)
{
	const struct fx_thread_report *r = &t->thread[owner];
	char name[128];
	struct fx_text x;

	if (r->task->is.state == FX_DUMP_RUNS) {
		put(out, " (which runs)");
	} else if (r->task->is.state == FX_DUMP_IN_CALL) {
		fx_text_init(&x, name, sizeof(name));
		fx_decode_name(&x, (long)r->task->is.nr);
		put(out, " (which is in %s)", name);
	}
}

static void put_owner(struct words *out, const struct fx_threads *t,
		      const struct fx_thread_report *r)
{
	const struct fx_wait *w = &r->wait;
	const bool made = w->kind == FX_WAIT_ONCE || w->kind == FX_WAIT_GUARD;

	switch (w->owner) {
	case FX_OWNER_THREAD:
		if (!w->certain)
			break;
		if (w->kind != FX_WAIT_JOIN && w->owner_tid == (uint32_t)r->task->is.tid)
			put(out, ", which it %s itself", made ? "has begun" : "holds");
		else if (w->kind != FX_WAIT_JOIN)
			put(out, ", %s by %u", made ? "begun" : "held", w->owner_tid);
		if (r->next != FX_NO_THREAD)
			put_busy(out, t, r->next);
		break;
	case FX_OWNER_GONE:
		if (w->certain)
			put(out, ", held by %u, which is no thread of this process", w->owner_tid);
		break;
	case FX_OWNER_DIED:
		put(out, ", whose owner %u has ended", w->owner_tid);
		break;
	case FX_OWNER_NOBODY:
		put(out, ", which is free");
		break;
	case FX_OWNER_UNKNOWN:
		if ((w->kind == FX_WAIT_READ || w->kind == FX_WAIT_WRITE) && w->count)
			put(out, ", read by %u", w->count);
		break;
	}
	if (w->kind == FX_WAIT_BARRIER && w->count)
		put(out, ", where %u of %u have come", w->arrived, w->count);
}

static const char *verb(const struct fx_wait *w)
{
	switch (w->kind) {
	case FX_WAIT_COND:
	case FX_WAIT_UNKNOWN:
		return "waits on";
	case FX_WAIT_BARRIER:
		return "waits at";
	case FX_WAIT_READ:
		return "waits to read";
	case FX_WAIT_WRITE:
		return "waits to write";
	default:
		return "waits for";
	}
}

void fx_words_does(const struct fx_threads *t, const struct fx_thread_report *r, char *out,
		   size_t size)
{
	const struct fx_dump_thread *is = &r->task->is;
	struct words w = {out, size};
	char text[1024];

	switch (is->state) {
	case FX_DUMP_RUNS:
		put(&w, "runs");
		break;
	case FX_DUMP_IN_CALL:
		fx_words_call(r, text, sizeof(text));
		put(&w, "is in %s", text);
		break;
	case FX_DUMP_WAITS:
		if (r->wait.refused) {
			put(&w, "waits for ever: Linux refused the mutex that it asked for");
			break;
		}
		put(&w, "%s ", verb(&r->wait));
		put_object(&w, &r->wait);
		put_owner(&w, t, r);
		break;
	default:
		put(&w, "could not be stopped in time, so where it is, is not known");
	}
	if (is->since_ns && is->state != FX_DUMP_RUNS) {
		fx_words_time(is->since_ns, text, sizeof(text));
		put(&w, ", for %s", text);
	}
	if (is->left_ns >= 0 && is->state == FX_DUMP_WAITS) {
		fx_words_time((uint64_t)is->left_ns, text, sizeof(text));
		put(&w, ", at most %s more", text);
	}
}

static int32_t tid_of(const struct fx_threads *t, size_t index)
{
	return t->thread[index].task->is.tid;
}

/* "4712 and 4713 wait", "4712 waits" */
static void put_waiters(struct words *out, const struct fx_threads *t, const struct fx_finding *f)
{
	for (size_t i = 0; i < f->threads && i < THREADS_TOLD; i++)
		put(out, "%s%d", i ? ", " : "", tid_of(t, f->thread[i]));
	if (f->threads > THREADS_TOLD)
		put(out, ", ... (%zu)", f->threads);
	put(out, f->threads == 1 ? " waits for it" : " wait for it");
}

/* Thread, what it waits for, the next thread; a cycle ends with the first once more. */
static void put_steps(struct words *out, const struct fx_threads *t, const struct fx_finding *f)
{
	for (size_t i = 0; i < f->threads && i < STEPS_TOLD; i++) {
		const struct fx_wait *w = &t->thread[f->thread[i]].wait;

		put(out, "%d -> ", tid_of(t, f->thread[i]));
		if (w->kind == FX_WAIT_JOIN)
			put(out, "join");
		else
			put_object(out, w);
		if (i + 1 < f->threads)
			put(out, " -> ");
	}
	if (f->threads > STEPS_TOLD)
		put(out, "... (%zu threads)", f->threads);
	if (f->what == FX_FINDING_CYCLE)
		put(out, " -> %d", tid_of(t, f->thread[0]));
}

static void put_nobody(struct words *out, const struct fx_threads *t, const struct fx_finding *f)
{
	const struct fx_wait *w = &t->thread[f->thread[0]].wait;

	if (w->kind == FX_WAIT_BARRIER && w->count) {
		put(out, "%u of %u threads have come to ", w->arrived, w->count);
		put_object(out, w);
		put(out, ", and no thread is left to come");
		return;
	}
	put(out, "no thread is left to %s ",
	    w->kind == FX_WAIT_COND				  ? "signal"
	    : w->kind == FX_WAIT_SEM				  ? "post"
	    : w->kind == FX_WAIT_PARK				  ? "give"
	    : w->kind == FX_WAIT_UNKNOWN			  ? "wake"
	    : w->kind == FX_WAIT_ONCE || w->kind == FX_WAIT_GUARD ? "end"
								  : "release");
	put_object(out, w);
	put(out, ": ");
	put_waiters(out, t, f);
	if (w->kind == FX_WAIT_MUTEX || w->kind == FX_WAIT_READ || w->kind == FX_WAIT_WRITE)
		put(out, "; it does not tell who holds it%s",
		    w->count ? ", readers may be among those who wait" : "");
}

void fx_words_finding(const struct fx_threads *t, const struct fx_finding *f, char *out,
		      size_t size)
{
	const struct fx_wait *w = &t->thread[f->thread[0]].wait;
	const int32_t tid = tid_of(t, f->thread[0]);
	struct words o = {out, size};

	switch (f->what) {
	case FX_FINDING_CYCLE:
	case FX_FINDING_CHAIN:
		put_steps(&o, t, f);
		break;
	case FX_FINDING_SELF:
		put(&o, "%d waits for ", tid);
		put_object(&o, w);
		put(&o, w->kind == FX_WAIT_ONCE || w->kind == FX_WAIT_GUARD
				? ", within which it is itself"
				: ", which it holds itself");
		break;
	case FX_FINDING_HANDLER:
		put(&o, "%d waits in a signal handler for ", tid);
		put_object(&o, w);
		put(&o, ", which the code that the signal interrupted holds");
		break;
	case FX_FINDING_REFUSED:
		put(&o,
		    "%d asked for a mutex with priority inheritance, which Linux refused: it would "
		    "have closed a cycle of waits, or its owner has ended; the C library has it "
		    "sleep for ever instead",
		    tid);
		break;
	case FX_FINDING_ENDED:
		put_object(&o, w);
		put(&o,
		    " is held by %u, which is no thread of this process: it has ended without "
		    "unlocking it, or was not copied by fork; ",
		    w->owner_tid);
		put_waiters(&o, t, f);
		break;
	case FX_FINDING_FORKED:
		put_object(&o, w);
		put(&o,
		    " was held by %u of the parent process when that forked; fork did not copy this "
		    "thread, so nobody can unlock it here; ",
		    w->owner_tid);
		put_waiters(&o, t, f);
		break;
	case FX_FINDING_DIED:
		put_object(&o, w);
		put(&o, " belonged to %u, which has ended; ", w->owner_tid);
		put_waiters(&o, t, f);
		break;
	default:
		put_nobody(&o, t, f);
	}
}

static void put_signals(struct words *out, uint64_t signals)
{
	bool any = false;

	for (int i = 1; i <= 64; i++) {
		if (!(signals >> (i - 1) & 1))
			continue;
		put(out, "%s%s", any ? ", " : "", fx_signal_name(i));
		any = true;
	}
	if (!any)
		put(out, "a signal");
}

static void put_count(struct words *out, const struct fx_threads *t)
{
	const uint32_t n = t->dump->process.threads;

	put(out, n == 1 ? "1 thread" : "%u threads", n);
}

static void put_signal(struct words *out, const struct fx_threads *t)
{
	const char *name = fx_signal_name(t->dump->signo);

	put(out, " dies of %s", name ? name : "a signal");
	if (t->dump->fault)
		put(out, " at 0x%" PRIx64, t->dump->fault);
}

/* Who asks for a core file of a process that lives on stops it, as a debugger does. */
static bool makes_core(int signo)
{
	static const int fatal[] = {SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
				    SIGFPE,  SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS};

	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
		if (signo == fatal[i])
			return true;
	}
	return false;
}

void fx_words_head(const struct fx_threads *t, const struct fx_findings *f, const char *name,
		   char *out, size_t size)
{
	const struct fx_finding *cycle = fx_finding_first(f, FX_FINDING_CYCLE);
	const struct fx_dump_process *p = &t->dump->process;
	struct words o = {out, size};

	put(&o, "fxbox: %s (%d)", p->exe[0] ? p->exe : name, p->pid);
	if (!t->dump->told) {
		if (makes_core(t->dump->signo))
			put_signal(&o, t);
		put(&o, ": ");
		put_count(&o, t);
		return;
	}
	switch (p->reason) {
	case FX_DUMP_STUCK:
		if (p->threads == 1)
			put(&o, " is stuck: its only thread waits, and nothing can wake it");
		else
			put(&o, " is stuck: all %u threads wait, and nothing can wake them",
			    p->threads);
		return;
	case FX_DUMP_STUCK_SOFT:
		if (p->threads == 1)
			put(&o, ": its only thread waits; only a handler of ");
		else
			put(&o, ": all %u threads wait; only a handler of ", p->threads);
		put_signals(&o, p->handlers);
		put(&o, " could go on");
		return;
	case FX_DUMP_CYCLE:
		if (!cycle)
			break;
		put(&o, ": deadlock: %zu of %u threads wait for each other", cycle->threads,
		    p->threads);
		return;
	case FX_DUMP_QUIT:
		put(&o, " got SIGQUIT");
		break;
	case FX_DUMP_TIMEOUT:
		put(&o, " has used up its time");
		break;
	case FX_DUMP_CRASH:
		put_signal(&o, t);
		break;
	default:
		break;
	}
	put(&o, ": ");
	put_count(&o, t);
}
