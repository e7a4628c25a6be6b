/* SPDX-License-Identifier: MIT */
#include "loader/report/wakers.h"

#include <stdio.h>
#include <stdlib.h>

#include "loader/exit_status.h"

#define LOOKED_AT 64 /* wakes, for the one that is left */

/* When they begin and when they end, each in order: so counting needs no pairs. */
struct times {
	int64_t *begin, *end;
	size_t count;
};

static int by_value(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Waits first; then by their begin. */
static int by_begin(const void *a, const void *b)
{
	const struct fx_wake_part *x = a, *y = b;

	if (!x->woke != !y->woke)
		return x->woke ? 1 : -1;
	if (x->begin_us != y->begin_us)
		return x->begin_us > y->begin_us ? 1 : -1;
	return (x->call > y->call) - (x->call < y->call);
}

static int64_t *allocate(size_t count)
{
	int64_t *new = calloc(count + 1, sizeof(*new));

	if (!new) {
		perror("fxbox");
		exit(FX_EXIT_FAILED);
	}
	return new;
}

static struct times times_of(const struct fx_wake_part *part, size_t count)
{
	struct times t = {allocate(count), allocate(count), count};

	for (size_t i = 0; i < count; i++) {
		t.begin[i] = part[i].begin_us;
		t.end[i] = part[i].end_us;
	}
	qsort(t.end, count, sizeof(*t.end), by_value);
	return t;
}

static void free_times(struct times *t)
{
	free(t->begin);
	free(t->end);
}

/* How many of them are below; `or_at`: or equal. */
static size_t below(const int64_t *sorted, size_t count, int64_t value, bool or_at)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (sorted[middle] < value || (or_at && sorted[middle] == value))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What ends before this begins has begun before it ends, so the difference is what overlaps. */
static size_t overlapping(const struct times *t, const struct fx_wake_part *p)
{
	return below(t->begin, t->count, p->end_us, true) -
	       below(t->end, t->count, p->begin_us, false);
}

static void find(struct fx_wake_part *wait, const struct fx_wake_part *wake,
		 const struct times *wakes, const struct times *waits)
{
	size_t i = below(wakes->begin, wakes->count, wait->end_us, true);

	wait->by = FX_WAKER_UNKNOWN;
	wait->candidates = overlapping(wakes, wait);
	if (wait->candidates != 1)
		return;
	for (size_t n = 0; i-- > 0 && n < LOOKED_AT; n++) {
		if (wake[i].end_us < wait->begin_us)
			continue;
		if (overlapping(waits, &wake[i]) <= wake[i].woke)
			wait->by = wake[i].call;
		return;
	}
}

void fx_wakers_find(struct fx_wake_part *part, size_t parts)
{
	size_t waiting = 0;
	struct times waits, wakes;

	if (!parts)
		return;
	qsort(part, parts, sizeof(*part), by_begin);
	while (waiting < parts && !part[waiting].woke)
		waiting++;
	waits = times_of(part, waiting);
	wakes = times_of(part + waiting, parts - waiting);
	for (size_t i = 0; i < waiting; i++)
		find(&part[i], part + waiting, &wakes, &waits);
	free_times(&waits);
	free_times(&wakes);
}
