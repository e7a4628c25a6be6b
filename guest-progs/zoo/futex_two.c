/* SPDX-License-Identifier: MIT */
/*
 * A mutex made of futex(2): 0 free, 1 taken, 2 taken and perhaps waited for.
 *
 * Breaks: two wait, and who is woken takes it with 1, so that nobody wakes the other one. Right:
 * who has waited takes it with 2.
 */
#include "guest-progs/zoo/zoo.h"

static int word, count;

static void lock(void)
{
	if (cas(word, 0, 1))
		return;
	while (swap(word, 2) != 0) {
		futex_wait(&word, 2);
		if (!RIGHT && cas(word, 0, 1))
			return;
	}
}

static void unlock(void)
{
	if (swap(word, 0) == 2)
		futex_wake(&word, 1);
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
	run(3, worker);
	check(count == 3);
	return 0;
}
