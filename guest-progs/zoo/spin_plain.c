/* SPDX-License-Identifier: MIT */
/*
 * A spin lock of a load and a store.
 *
 * Breaks: two see it free before one takes it. Right: an exchange.
 */
#include "guest-progs/zoo/zoo.h"

static int locked, owner;

/* Wrong: not taken yet when it returns. */
static void lock(void)
{
	if (RIGHT)
		while (swap(locked, 1))
			sched_yield();
	else
		while (get(locked))
			sched_yield();
}

static void *worker(void *arg)
{
	int id = number_of(arg), i;

	for (i = 0; i < 3; i++) {
		lock();
		MEET(1, id, 2);
		set(locked, 1);
		set(owner, id);
		work();
		MEET(4, id, 2);
		check(get(owner) == id);
		set(locked, 0);
	}
	return NULL;
}

int main(void)
{
	run(2, worker);
	return 0;
}
