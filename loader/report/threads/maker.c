/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/maker.h"

#include "loader/report/threads/called.h"

static bool calls_once(const struct fx_threads *t, const struct fx_frame *f)
{
	const char *name = fx_threads_function(t, f), *called;
	const struct fx_wait_function *function = name ? fx_wait_function(name) : NULL;

	if (!function && !f->exact) {
		called = fx_called_name(t->modules, f->pc);
		function = called ? fx_wait_function(called) : NULL;
	}
	return function && function->kind == FX_WAIT_ONCE;
}

/* The frames further out than the one that waits for such a thing itself. */
static size_t first_maker_frame(const struct fx_thread_report *r, enum fx_wait_kind kind)
{
	return r->wait.waits && r->wait.kind == kind ? r->wait.user + 1 : 0;
}

static bool is_waited_for(const struct fx_threads *t, enum fx_wait_kind kind)
{
	for (size_t i = 0; i < t->threads; i++) {
		if (t->thread[i].wait.waits && t->thread[i].wait.kind == kind)
			return true;
	}
	return false;
}

uint32_t fx_maker_only(const struct fx_threads *t)
{
	uint32_t maker = 0;

	if (!is_waited_for(t, FX_WAIT_ONCE))
		return 0;
	for (size_t i = 0; i < t->threads; i++) {
		const struct fx_thread_report *r = &t->thread[i];
		size_t k = first_maker_frame(r, FX_WAIT_ONCE);

		while (k < r->stack.frames && !calls_once(t, &r->stack.frame[k]))
			k++;
		if (k >= r->stack.frames)
			continue;
		if (maker)
			return 0;
		maker = (uint32_t)r->task->is.tid;
	}
	return maker;
}

/*
 * Whether a frame of that function's own holds the address, from which it undoes what it has begun
 * if the thread is cancelled: glibc's and musl's cleanup buffer, the guard of Rust's.
 */
static bool makes(const struct fx_threads *t, const struct fx_thread_report *r, size_t k,
		  uint64_t word)
{
	const struct fx_frame *f = r->stack.frame;
	const char *name = fx_threads_function(t, &f[k]);
	const bool named = name && fx_wait_function(name);
	/* Without a name the frame is its caller's. */
	const size_t inner = named ? k : k - 1;
	uint64_t value;

	if ((!named && k == 0) || inner + 1 >= r->stack.frames)
		return false;
	for (uint64_t at = f[inner].sp & ~7ULL; at < f[inner + 1].sp; at += sizeof(value)) {
		if (fx_dump_load(t->dump, at, &value, sizeof(value)) && value == word)
			return true;
	}
	return false;
}

/* The frames further out than the innermost of pthread_once, if it is waited in. */
static size_t first_outer_once(const struct fx_threads *t, const struct fx_thread_report *r)
{
	size_t k = 0;

	if (!r->wait.waits || r->wait.kind != FX_WAIT_ONCE)
		return 0;
	while (k < r->stack.frames && !calls_once(t, &r->stack.frame[k]))
		k++;
	return k + 1;
}

uint32_t fx_maker_of_once(const struct fx_threads *t, uint64_t word)
{
	uint32_t maker = 0;

	for (size_t i = 0; i < t->threads; i++) {
		const struct fx_thread_report *r = &t->thread[i];
		size_t k = first_outer_once(t, r);

		while (k < r->stack.frames &&
		       !(calls_once(t, &r->stack.frame[k]) && makes(t, r, k, word)))
			k++;
		if (k >= r->stack.frames)
			continue;
		if (maker)
			return 0;
		maker = (uint32_t)r->task->is.tid;
	}
	return maker;
}

uint32_t fx_maker_of_guard(const struct fx_threads *t, const struct fx_thread_report *r)
{
	struct fx_symbol mine, s;
	uint32_t maker = 0;
	uint64_t function;

	if (r->wait.user >= r->stack.frames ||
	    !fx_module_symbol(t->modules, fx_frame_at(&r->stack.frame[r->wait.user]), &mine))
		return 0;
	function = fx_frame_at(&r->stack.frame[r->wait.user]) - mine.offset;
	for (size_t i = 0; i < t->threads; i++) {
		const struct fx_thread_report *o = &t->thread[i];

		for (size_t k = first_maker_frame(o, FX_WAIT_GUARD); k < o->stack.frames; k++) {
			const uint64_t at = fx_frame_at(&o->stack.frame[k]);

			if (!fx_module_symbol(t->modules, at, &s) || at - s.offset != function)
				continue;
			if (maker)
				return 0;
			maker = (uint32_t)o->task->is.tid;
			break;
		}
	}
	return maker;
}
