/* SPDX-License-Identifier: MIT */
/* Timed waits on condition variables of both clocks end at their time, and not before. */
#include <time.h>

#include "guest-progs/guest.h"

static void wait_on(const char *name, clockid_t clock)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	struct timespec until, now;
	pthread_condattr_t attr;
	pthread_cond_t cond;
	int error;

	pthread_condattr_init(&attr);
	need(pthread_condattr_setclock(&attr, clock) == 0);
	need(pthread_cond_init(&cond, &attr) == 0);
	clock_gettime(clock, &until);
	until.tv_nsec += 20000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&mutex);
	do
		error = pthread_cond_timedwait(&cond, &mutex, &until);
	while (error == 0);
	clock_gettime(clock, &now);
	printf("%s: %s, in time %d\n", name, errno_name(error),
	       now.tv_sec > until.tv_sec ||
		       (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
}

int main(void)
{
	wait_on("realtime", CLOCK_REALTIME);
	wait_on("monotonic", CLOCK_MONOTONIC);
	return 0;
}
