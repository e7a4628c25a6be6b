/* SPDX-License-Identifier: MIT */
/*
 * Only who has put something into an empty queue signals, and it does so without the lock.
 *
 * Breaks: two takers wait; a second giver comes between the first one's put and its signal, and
 * does not signal. Right: each put is signalled.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int count;

static void *taker(void *arg)
{
	int id = number_of(arg);

	(void)id;
	WINDOW(id ? 2 : 0);
	pthread_mutex_lock(&lock);
	while (count == 0) {
		WINDOW(id ? 3 : 1);
		pthread_cond_wait(&filled, &lock);
	}
	count--;
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *giver(void *arg)
{
	int id = number_of(arg), was_empty;

	(void)id;
	WINDOW(id ? 6 : 4);
	pthread_mutex_lock(&lock);
	was_empty = count == 0;
	count++;
	pthread_mutex_unlock(&lock);
	WINDOW(id ? 7 : 5);
	WINDOW(id ? 0 : 8);
	if (was_empty || RIGHT)
		pthread_cond_signal(&filled);
	return NULL;
}

int main(void)
{
	pthread_t takers[2];
	int i;

	for (i = 0; i < 2; i++)
		takers[i] = start(taker, numbered(i));
	run(2, giver);
	for (i = 0; i < 2; i++)
		join(takers[i]);
	check(count == 0);
	return 0;
}
