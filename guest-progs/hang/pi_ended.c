/* SPDX-License-Identifier: MIT */
/*
 * A thread ends with a lock that has priority inheritance: Linux refuses it to the next, and glibc
 * waits for ever. Another, which wants its own lock again, is refused that as well.
 *
 * HANG natively: refused
 * HANG natively: refused
 * HANG under fxbox: ended heir
 * HANG under fxbox: self again
 * waits: main join
 * waits natively: heir mutex
 * waits natively: again mutex
 * waits under fxbox: heir mutex left_behind
 * waits under fxbox: again mutex own
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t left_behind, own;

static void *end_with_it(void *arg)
{
	pthread_mutex_lock(&left_behind);
	return arg;
}

static void *heir(void *arg)
{
	pthread_mutex_lock(&left_behind); /* here: heir */
	return arg;
}

static void *again(void *arg)
{
	pthread_mutex_lock(&own);
	pthread_mutex_lock(&own); /* here: again */
	return arg;
}

int main(void)
{
	pthread_t thread;

	init_mutex(&left_behind, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
	init_mutex(&own, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED);
	pthread_join(spawn("owner", end_with_it), NULL);
	thread = spawn("heir", heir);
	spawn("again", again);
	pthread_join(thread, NULL); /* here: main */
	return 0;
}
