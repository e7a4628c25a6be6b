/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/threads.h"

#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "loader/exit_status.h"
#include "loader/report/threads/called.h"
#include "loader/report/threads/inlined.h"
#include "loader/report/threads/lock.h"
#include "loader/report/threads/maker.h"

/* What stands between a system call and the function that the program called. */
static bool is_inside_name(const char *name)
{
	static const char *const prefix[] = {
		"futex", "lll_", "syscall", "timedwait", "internal_syscall", "runtime.futex"};
	const char *bare = name + strspn(name, "_");

	for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++) {
		if (strncmp(bare, prefix[i], strlen(prefix[i])) == 0)
			return true;
	}
	return strcmp(name, "__wait") == 0 || strstr(name, "3std3sys") ||
	       strstr(name, "3std4sync") || strstr(name, "10futex_wait");
}

const char *fx_threads_function(const struct fx_threads *t, const struct fx_frame *f)
{
	struct fx_symbol s;

	return fx_module_symbol(t->modules, fx_frame_at(f), &s) ? s.name : NULL;
}

bool fx_threads_inside(const struct fx_threads *t, const struct fx_frame *f)
{
	const struct fx_module *module = fx_module_of(t->modules, fx_frame_at(f));
	const char *name = fx_threads_function(t, f);

	return (module && module->libc) || (name && is_inside_name(name));
}

/* One that the compiler put into the program's own, as it does with Rust's. */
static const struct fx_wait_function *find_inlined(const struct fx_threads *t,
						   const struct fx_frame *frame, struct fx_wait *w)
{
	struct fx_inlined inlined[FX_INLINED_MOST];
	const size_t n = fx_inlined_at(t->modules, fx_frame_at(frame), inlined);

	for (size_t i = 0; i < n; i++) {
		const struct fx_wait_function *f =
			inlined[i].symbol ? fx_wait_function(inlined[i].symbol) : NULL;

		if (!f)
			continue;
		w->function = inlined[i].symbol;
		return f;
	}
	return NULL;
}

/*
 * The innermost function of the table says what the word is, the outermost what the program
 * called. Frames of the program end the search: what it waits for it then does by itself.
 */
static void find_function(const struct fx_threads *t, const struct fx_thread_report *r,
			  struct fx_wait *w)
{
	const struct fx_wait_function *f = NULL, *found;
	const struct fx_stack *s = &r->stack;
	const char *name;
	size_t i = 0;

	for (; i < s->frames && !s->frame[i].handler; i++) {
		name = fx_threads_function(t, &s->frame[i]);
		found = name ? fx_wait_function(name) : NULL;
		if (found) {
			if (!f)
				f = found;
			w->function = name;
		} else if (!fx_threads_inside(t, &s->frame[i])) {
			break;
		}
	}
	/* Of a program without names the last frame may be its own. */
	if (i == s->frames)
		i = 0;
	w->user = i;
	if (i > 0 && i < s->frames && !s->frame[i].exact) {
		name = fx_called_name(t->modules, s->frame[i].pc);
		found = name ? fx_wait_function(name) : NULL;
		if (found) {
			w->function = name;
			f = f ? f : found;
		}
	}
	if (!f && i < s->frames)
		f = find_inlined(t, &s->frame[i], w);
	if (!f)
		return;
	w->kind = f->kind;
	w->library = f->library;
	w->by_function = true;
}

static void read_wait(const struct fx_threads *t, struct fx_thread_report *r)
{
	const struct fx_place_stacks stacks = {t->stack, t->threads};
	struct fx_wait *w = &r->wait;

	find_function(t, r, w);
	w->waits = r->task->is.state == FX_DUMP_WAITS;
	if (!w->waits) {
		w->kind = FX_WAIT_UNKNOWN;
		return;
	}
	w->now_known = fx_dump_load32(t->dump, r->task->is.uaddr, &w->now);
	fx_place_find(t->modules, &stacks, r->task->is.uaddr, &w->place);
}

static bool has_deadline(const struct fx_dump_thread *is)
{
	return is->left_ns >= 0 || (is->nr == SYS_futex && is->arg[3] &&
				    ((int)is->arg[1] & FUTEX_CMD_MASK) != FUTEX_CMP_REQUEUE);
}

size_t fx_threads_index(const struct fx_threads *t, uint32_t tid)
{
	const struct fx_dump_task *task = tid ? fx_dump_task_of(t->dump, tid) : NULL;

	return task ? (size_t)(task - t->dump->task) : FX_NO_THREAD;
}

static void *allocate(size_t count, size_t size)
{
	void *new = calloc(count, size);

	if (!new) {
		perror("fxbox");
		exit(FX_EXIT_FAILED);
	}
	return new;
}

void fx_threads_read(struct fx_threads *t, struct fx_dump *dump, struct fx_modules *modules)
{
	*t = (struct fx_threads){
		.dump = dump, .modules = modules, .threads = dump->tasks, .all_wait = true};
	t->thread = allocate(t->threads, sizeof(*t->thread));
	t->stack = allocate(t->threads, sizeof(*t->stack));
	for (size_t i = 0; i < t->threads; i++) {
		struct fx_thread_report *r = &t->thread[i];

		r->task = &dump->task[i];
		r->next = FX_NO_THREAD;
		if (r->task->is.state != FX_DUMP_GONE)
			fx_stack_read(modules, r->task, &t->stack[i]);
		r->stack = t->stack[i];
		t->all_wait &= r->task->is.state == FX_DUMP_WAITS && !has_deadline(&r->task->is);
	}
	for (size_t i = 0; i < t->threads; i++)
		read_wait(t, &t->thread[i]);
	t->once_maker = fx_maker_only(t);
	for (size_t i = 0; i < t->threads; i++) {
		struct fx_thread_report *r = &t->thread[i];

		if (r->wait.waits)
			fx_lock_read(t, r, &r->wait);
		if (r->wait.certain && r->wait.owner == FX_OWNER_THREAD)
			r->next = fx_threads_index(t, r->wait.owner_tid);
	}
	t->all_wait &= dump->process.threads <= t->threads;
}

void fx_threads_free(struct fx_threads *t)
{
	for (size_t i = 0; i < t->threads; i++)
		fx_stack_free(&t->stack[i]);
	free(t->stack);
	free(t->thread);
}
