/* SPDX-License-Identifier: MIT */
/*
 * A lock for readers, one of which may become the writer when the others are gone.
 *
 * Breaks: two readers want to be the writer, and each waits for the other to go. Right: the second
 * one is refused, and reads again later.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int readers, upgrading, value;

static void read_lock(void)
{
	pthread_mutex_lock(&lock);
	while (upgrading)
		pthread_cond_wait(&changed, &lock);
	readers++;
	pthread_mutex_unlock(&lock);
}

/* Whether the caller is the writer now; if not, it is no reader any more. */
static int upgrade(void)
{
	int refused;

	pthread_mutex_lock(&lock);
	refused = RIGHT && upgrading;
	if (refused) {
		readers--;
		pthread_cond_broadcast(&changed);
	} else {
		upgrading = 1;
		while (readers > 1)
			pthread_cond_wait(&changed, &lock);
	}
	pthread_mutex_unlock(&lock);
	return !refused;
}

static void write_unlock(void)
{
	pthread_mutex_lock(&lock);
	upgrading = 0;
	readers--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void *increase(void *arg)
{
	int id = number_of(arg), seen;

	(void)id;
	do {
		read_lock();
		seen = value;
		MEET(1, id, 2);
	} while (!upgrade());
	value = seen + 1;
	write_unlock();
	return NULL;
}

int main(void)
{
	run(2, increase);
	check(value == 2);
	return 0;
}
