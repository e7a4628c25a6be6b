/* SPDX-License-Identifier: MIT */
/*
 * For programs that hang, each in its own way. The comment at the head of each says what a report
 * of its threads has to name:
 *
 *   HANG: WHAT THREAD...        a finding, as `fxbox-report threads --json` calls it
 *   waits: THREAD KIND OBJECT   who waits for what; `either:` where one of two does
 *   calls: THREAD NAME          who is in which system call
 *   process: child              it is the child that hangs
 *
 * each of them for dumps of one kind alone with `natively:` or `under fxbox:`, where they differ;
 * and a comment `here: THREAD...` stands at the line where they wait. No step is waited for by
 * time: the hang is always reached.
 */
#ifndef GUEST_PROGS_HANG_HANG_H
#define GUEST_PROGS_HANG_HANG_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline void name_self(const char *name)
{
	prctl(PR_SET_NAME, name);
}

struct spawned {
	const char *name;
	void *(*start)(void *);
};

static inline void *spawned_start(void *arg)
{
	struct spawned s = *(struct spawned *)arg;

	free(arg);
	name_self(s.name);
	return s.start(NULL);
}

/* A thread with this name; the first call names the caller main. */
static inline pthread_t spawn(const char *name, void *(*start)(void *))
{
	struct spawned *s = malloc(sizeof(*s));
	pthread_t thread;

	if (getpid() == (pid_t)syscall(SYS_gettid))
		name_self("main");
	*s = (struct spawned){name, start};
	if (pthread_create(&thread, NULL, spawned_start, s) != 0)
		abort();
	return thread;
}

static inline void init_mutex(pthread_mutex_t *mutex, int type, int protocol, int robust)
{
	pthread_mutexattr_t a;

	if (pthread_mutexattr_init(&a) != 0 || pthread_mutexattr_settype(&a, type) != 0 ||
	    pthread_mutexattr_setprotocol(&a, protocol) != 0 ||
	    pthread_mutexattr_setrobust(&a, robust) != 0 || pthread_mutex_init(mutex, &a) != 0)
		abort();
}

#endif
