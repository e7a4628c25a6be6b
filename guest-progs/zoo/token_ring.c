/* SPDX-License-Identifier: MIT */
/*
 * A token that goes around three threads, which wait for one condition.
 *
 * Breaks: two wait, and who is woken is not the next one. Right: all are woken.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t passed = PTHREAD_COND_INITIALIZER;
static int turn;

static void *member(void *arg)
{
	int id = number_of(arg);

	SETTLE(id == 0 ? 4 : id == 1 ? 2 : 0);
	pthread_mutex_lock(&lock);
	while (turn != id) {
		WINDOW(id == 2 ? 1 : 3);
		pthread_cond_wait(&passed, &lock);
	}
	turn++;
	if (RIGHT)
		pthread_cond_broadcast(&passed);
	else
		pthread_cond_signal(&passed);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	run(3, member);
	check(turn == 3);
	return 0;
}
