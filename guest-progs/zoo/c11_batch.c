/* SPDX-License-Identifier: MIT */
/*
 * A buffer of one item, in C11's terms: who waits for an item and who waits for room wait for the
 * same condition.
 *
 * Breaks: both takers wait, the giver waits for room, and the taker that has made it wakes the
 * other taker. Right: all are woken.
 */
#include "guest-progs/zoo/zoo.h"

#include <threads.h>

static mtx_t lock;
static cnd_t changed;
static int full, taken;

static void tell(void)
{
	if (RIGHT)
		cnd_broadcast(&changed);
	else
		cnd_signal(&changed);
}

static int taker(void *arg)
{
	int id = number_of(arg);

	(void)id;
	WINDOW(id ? 2 : 0);
	mtx_lock(&lock);
	while (!full) {
		WINDOW(id ? 3 : 1);
		cnd_wait(&changed, &lock);
	}
	full = 0;
	taken++;
	tell();
	mtx_unlock(&lock);
	return 0;
}

int main(void)
{
	thrd_t takers[2];
	int i;

	mtx_init(&lock, mtx_plain);
	cnd_init(&changed);
	for (i = 0; i < 2; i++)
		thrd_create(&takers[i], taker, numbered(i));
	WINDOW(4);
	mtx_lock(&lock);
	for (i = 0; i < 2; i++) {
		while (full)
			cnd_wait(&changed, &lock);
		full = 1;
		tell();
	}
	mtx_unlock(&lock);
	for (i = 0; i < 2; i++)
		thrd_join(takers[i], NULL);
	check(taken == 2);
	return 0;
}
