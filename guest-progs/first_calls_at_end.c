/* SPDX-License-Identifier: MIT */
/* Four threads each make a call that nobody made before, while the process ends. */
#include <stdint.h>
#include <unistd.h>

#include "guest-progs/guest.h"

#define THREADS 4

static pthread_barrier_t barrier;

static void *call(void *arg)
{
	static const long calls[THREADS] = {SYS_getppid, SYS_getuid, SYS_getpgrp, SYS_sched_yield};

	pthread_barrier_wait(&barrier);
	syscall(calls[(uintptr_t)arg]);
	return arg;
}

int main(void)
{
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (uintptr_t i = 0; i < THREADS; i++)
		start_thread(call, (void *)i);
	pthread_barrier_wait(&barrier);
	_exit(0);
}
