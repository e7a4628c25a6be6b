/* SPDX-License-Identifier: MIT */
/*
 * A mutex made of futex(2), whose unlock wakes if it finds that somebody waits, and then stores.
 *
 * Breaks: somebody begins to wait between that look and the store. Right: both in one exchange.
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
	int waited_for = get(word) == 2;

	WINDOW(1);
	SETTLE(3);
	if (RIGHT)
		waited_for = swap(word, 0) == 2;
	else
		set(word, 0);
	if (waited_for)
		futex_wake(&word, 1);
}

static void *worker(void *arg)
{
	int id = number_of(arg), i;

	(void)id;
	WINDOW(id ? 2 : 0);
	for (i = 0; i < 3; i++) {
		lock();
		count++;
		unlock();
	}
	return NULL;
}

int main(void)
{
	run(2, worker);
	check(count == 6);
	return 0;
}
