/* SPDX-License-Identifier: MIT */
#include "loader/report/locks/lock_uses.h"

#include <stdlib.h>

#include "loader/report/log_read.h"

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_path(const void *a, const void *b)
{
	const struct fx_lock_use *x = a, *y = b;
	const int r = order(x->lock, y->lock);

	return r ? r : order((uintptr_t)x->path, (uintptr_t)y->path);
}

static int by_time(const void *a, const void *b)
{
	const struct fx_lock_use *x = a, *y = b;
	int r = order(x->lock, y->lock);

	r = r ? r : order((uint64_t)y->us, (uint64_t)x->us);
	return r ? r : order((uintptr_t)x->path, (uintptr_t)y->path);
}

static const struct fx_lock_path *path_of(const struct fx_locks *l, const struct fx_lock_wait *w,
					  enum fx_lock_side side)
{
	if (side == FX_LOCK_WAITED)
		return fx_locks_path(l, w->stack);
	return w->by == FX_LOCK_UNKNOWN ? NULL : fx_locks_path(l, l->log->wake[w->by].stack);
}

struct fx_lock_use *fx_lock_uses(const struct fx_locks *l, enum fx_lock_side side, size_t *uses)
{
	struct fx_lock_use *use = NULL;
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < l->log->waits; i++) {
		const struct fx_lock_wait *w = &l->log->wait[i];

		use = fx_log_grow(use, n, sizeof(*use));
		use[n++] = (struct fx_lock_use){w->lock, path_of(l, w, side), 1, w->us};
	}
	if (n)
		qsort(use, n, sizeof(*use), by_path);
	for (size_t i = 0; i < n; i++) {
		struct fx_lock_use *last = kept ? &use[kept - 1] : NULL;

		if (!last || by_path(last, &use[i]) != 0) {
			use[kept++] = use[i];
			continue;
		}
		last->waits++;
		if (__builtin_add_overflow(last->us, use[i].us, &last->us))
			last->us = INT64_MAX;
	}
	if (kept)
		qsort(use, kept, sizeof(*use), by_time);
	*uses = kept;
	return use;
}
