/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/own_frames.h"

#include <string.h>

#include "loader/report/source_line.h"
#include "loader/report/threads/inlined.h"

/* Functions in which stacks begin, of the C library where it is inside the program. */
static bool is_outer(const struct fx_threads *t, const struct fx_frame *f)
{
	static const char *const name[] = {"_start",
					   "start_thread",
					   "clone",
					   "__clone",
					   "clone3",
					   "__clone3",
					   "__libc_start_main",
					   "__libc_start_call_main",
					   "__libc_start_main_impl",
					   "start",
					   "libc_start_main_stage2",
					   "_start_c"};
	const struct fx_module *module = fx_module_of(t->modules, fx_frame_at(f));
	const char *function = fx_threads_function(t, f);

	if (module && module->libc)
		return true;
	for (size_t i = 0; function && i < sizeof(name) / sizeof(name[0]); i++) {
		if (strcmp(function, name[i]) == 0)
			return true;
	}
	return false;
}

/* The part of a stack that is the program's own; all of it if there is none. */
static void own_frames(const struct fx_threads *t, const struct fx_thread_report *r, size_t *first,
		       size_t *end)
{
	*first = r->wait.user;
	*end = r->stack.frames;
	/* _start has no name any more, but nobody else calls the C library first. */
	if (*end > *first + 1 && is_outer(t, &r->stack.frame[*end - 2]))
		--*end;
	while (*end > *first && is_outer(t, &r->stack.frame[*end - 1]))
		--*end;
	if (*first >= *end) {
		*first = 0;
		*end = r->stack.frames;
	}
}

/* Frames of a language's library, between those of the program or further out. */
static bool is_library(const struct fx_threads *t, const struct fx_frame *f)
{
	const struct fx_module *module = fx_module_of(t->modules, fx_frame_at(f));
	struct fx_inlined inlined[FX_INLINED_MOST];
	size_t n;

	if (f->handler)
		return false;
	if (module && (module->libc || strncmp(fx_place_base(module->path), "libstdc++", 9) == 0))
		return true;
	n = fx_inlined_at(t->modules, fx_frame_at(f), inlined);
	for (size_t i = 0; i < n; i++) {
		if (!fx_source_is_library(inlined[i].file))
			return false;
	}
	return n > 0;
}

bool fx_own_frames(const struct fx_threads *t, const struct fx_thread_report *r, bool *own)
{
	size_t first, end;
	bool any = false;

	own_frames(t, r, &first, &end);
	for (size_t i = 0; i < r->stack.frames; i++) {
		own[i] = i >= first && i < end && !is_library(t, &r->stack.frame[i]);
		any |= own[i];
	}
	for (size_t i = first; i < end && !any; i++)
		own[i] = true;
	return any;
}
