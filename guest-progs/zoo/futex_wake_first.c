/* SPDX-License-Identifier: MIT */
/*
 * A mutex made of futex(2), whose unlock wakes and then stores.
 *
 * Breaks: who is woken finds it taken still, and sleeps again before the store. Right: stored
 * first.
 */
#include "guest-progs/zoo/zoo.h"

static int word, count;

static void lock(void)
{
	if (cas(word, 0, 1))
		return;
	while (swap(word, 2) != 0)
		futex_wait(&word, 2);
}

static void unlock(void)
{
	int old = RIGHT ? swap(word, 0) : get(word);

	if (old == 2)
		futex_wake(&word, 1);
	SETTLE(4);
	if (!RIGHT)
		set(word, 0);
}

static void *worker(void *arg)
{
	int id = number_of(arg), i;

	(void)id;
	WINDOW(id ? 2 : 0);
	lock();
	WINDOW(id ? 0 : 1);
	SETTLE(id ? 0 : 3);
	for (i = 0; i < 3; i++)
		work();
	count++;
	unlock();
	return NULL;
}

int main(void)
{
	run(2, worker);
	check(count == 2);
	return 0;
}
