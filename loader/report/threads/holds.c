/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/holds.h"

#include <linux/futex.h>
#include <stdlib.h>

#include "loader/report/log_read.h"

/* What the kernel walks of a list at most. */
#define LIST_MOST 2048

static struct fx_hold *add(struct fx_holds *h, size_t thread, enum fx_wait_kind kind,
			   uint64_t object)
{
	for (size_t i = 0; i < h->holds; i++) {
		if (h->hold[i].thread == thread && h->hold[i].object == object)
			return &h->hold[i];
	}
	h->hold = fx_log_grow(h->hold, h->holds, sizeof(*h->hold));
	h->hold[h->holds] = (struct fx_hold){.thread = thread, .kind = kind, .object = object};
	return &h->hold[h->holds++];
}

/* Of set_robust_list(2): a ring of locks, each with its word at the same distance. */
static void add_robust(struct fx_holds *h, const struct fx_threads *t, size_t thread)
{
	const struct fx_dump_task *task = t->thread[thread].task;
	const struct fx_place_stacks stacks = {t->stack, t->threads};
	uint64_t head[2], entry; /* the first entry, and that distance */

	if (!task->is.robust_list ||
	    !fx_dump_load(t->dump, task->is.robust_list, head, sizeof(head)))
		return;
	entry = head[0] & ~1ULL;
	for (int i = 0; i < LIST_MOST && entry != task->is.robust_list; i++) {
		const uint64_t at = entry + head[1];
		uint32_t word;

		if (fx_dump_load32(t->dump, at, &word) &&
		    (word & FUTEX_TID_MASK) == (uint32_t)task->is.tid) {
			struct fx_hold *new = add(h, thread, FX_WAIT_MUTEX, at);

			if (!new->place.start)
				fx_place_find(t->modules, &stacks, at, &new->place);
		}
		if (!fx_dump_load(t->dump, entry, &entry, sizeof(entry)))
			return;
		entry &= ~1ULL;
	}
}

static int by_thread(const void *a, const void *b)
{
	const struct fx_hold *x = a, *y = b;

	if (x->thread != y->thread)
		return x->thread < y->thread ? -1 : 1;
	return x->object < y->object ? -1 : x->object > y->object;
}

void fx_holds_make(struct fx_holds *h, const struct fx_threads *t)
{
	*h = (struct fx_holds){.holds = 0};
	for (size_t i = 0; i < t->threads; i++) {
		const struct fx_wait *w = &t->thread[i].wait;

		if (t->thread[i].next == FX_NO_THREAD || w->kind == FX_WAIT_JOIN)
			continue;
		struct fx_hold *new = add(h, t->thread[i].next, w->kind, w->object);

		new->place = w->place;
		new->waiters++;
	}
	for (size_t i = 0; i < t->threads; i++)
		add_robust(h, t, i);
	if (h->holds)
		qsort(h->hold, h->holds, sizeof(*h->hold), by_thread);
}

void fx_holds_free(struct fx_holds *h)
{
	free(h->hold);
}

const struct fx_hold *fx_holds_of(const struct fx_holds *h, size_t thread)
{
	for (size_t i = 0; i < h->holds; i++) {
		if (h->hold[i].thread == thread)
			return &h->hold[i];
	}
	return NULL;
}
