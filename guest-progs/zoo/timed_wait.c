/* SPDX-License-Identifier: MIT */
/*
 * A wait with an end, after which main goes on without a look at what it waited for.
 *
 * Breaks: the millisecond is over first; the later of two deadlines comes first. Right: it looks.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int number = 7, *box;

static void *worker(void *arg)
{
	usleep(200);
	WINDOW(2);
	pthread_mutex_lock(&lock);
	set(box, &number);
	pthread_cond_signal(&ready);
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(void)
{
	pthread_t thread = start(worker, NULL);
	volatile int seen;

	pthread_mutex_lock(&lock);
	do {
		struct timespec end;

		clock_gettime(CLOCK_REALTIME, &end);
		end.tv_nsec += 1000000;
		end.tv_sec += end.tv_nsec / 1000000000;
		end.tv_nsec %= 1000000000;
		if (!get(box))
			pthread_cond_timedwait(&ready, &lock, &end);
	} while (RIGHT && !get(box));
	seen = *get(box);
	WINDOW(1);
	pthread_mutex_unlock(&lock);
	join(thread);
	check(seen == 7);
	return 0;
}
