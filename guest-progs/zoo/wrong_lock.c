/* SPDX-License-Identifier: MIT */
/*
 * Two threads change one count, each with a lock; not the same one.
 *
 * Breaks: one does so between the other's load and store. Right: one lock.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static int count;

static void *counter(void *arg)
{
	int id = number_of(arg), which = RIGHT ? 0 : id, seen;

	pthread_mutex_lock(&locks[which]);
	seen = get(count);
	MEET(1, id, 2);
	set(count, seen + 1);
	pthread_mutex_unlock(&locks[which]);
	return NULL;
}

int main(void)
{
	run(2, counter);
	if (count != 2)
		wrong("a count is lost");
	return 0;
}
