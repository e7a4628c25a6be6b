/* SPDX-License-Identifier: MIT */
#include "tests/differential/buckets.h"

#include <err.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/differential/memory.h"
#include "tests/differential/worker.h"

#define TRIES 100

static void settle(struct worker *w)
{
	if (!worker_settle(w))
		errx(3, "a thread neither waits nor comes back");
}

static void wait_on(struct worker *w, enum place place, int flag)
{
	memset(w->arg, 0, sizeof(w->arg));
	w->nr = SYS_futex;
	w->arg[0] = memory_place(place);
	w->arg[1] = (uintptr_t)(FUTEX_WAIT | flag);
	w->arg[2] = memory_value(place);
	worker_call(w);
	settle(w);
}

/* The older waiter moves behind the younger one, and is still the first to be woken. */
static bool share_bucket(enum place a, enum place b, int flag)
{
	struct worker *older = worker_get(0), *younger = worker_get(1);
	bool shared;

	wait_on(older, a, flag);
	wait_on(younger, b, flag);
	syscall(SYS_futex, memory_place(a), FUTEX_REQUEUE | flag, 0, 1, memory_place(b), 0);
	syscall(SYS_futex, memory_place(b), FUTEX_WAKE | flag, 1);
	settle(NULL);
	shared = !older->in_call;
	syscall(SYS_futex, memory_place(b), FUTEX_WAKE | flag, INT_MAX);
	settle(NULL);
	if (older->in_call || younger->in_call)
		errx(3, "a waiter cannot be woken after a requeue");
	older->returned = younger->returned = false;
	return shared;
}

static bool collides(enum place a, enum place b)
{
	if (share_bucket(a, b, FUTEX_PRIVATE_FLAG))
		return true;
	/* Without the flag Linux refuses to wait there. */
	return a != PLACE_READ_ONLY && b != PLACE_READ_ONLY && share_bucket(a, b, 0);
}

static bool is_free(enum place place, const enum place *chosen, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (collides(place, chosen[i]))
			return false;
	return true;
}

void buckets_separate(void)
{
	static const enum place places[PLACES_TO_WAIT] = {PLACE_EDGE, PLACE_READ_ONLY, 0, 1, 2, 3, 4, 5};

	/* Who never succeeds has another order of waking, which the sequences will show. */
	for (unsigned i = 1; i < PLACES_TO_WAIT; i++)
		for (int tries = 0; tries < TRIES && !is_free(places[i], places, i); tries++)
			memory_move(places[i]);
}
