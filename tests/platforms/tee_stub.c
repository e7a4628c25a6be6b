/* SPDX-License-Identifier: MIT */
/*
 * manager/tee_host.h over POSIX threads, in place of a trusted execution environment: so that what
 * such a one has to fill in is compiled, and is enough for the whole conformance suite.
 */
#include "manager/tee_host.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t locks[FX_TEE_LOCKS] = {[0 ... FX_TEE_LOCKS - 1] = PTHREAD_MUTEX_INITIALIZER};

static pthread_cond_t *condition(struct fx_tee_sleeper *s)
{
	_Static_assert(sizeof(pthread_cond_t) <= sizeof(s->own), "room for a condition variable");
	return (pthread_cond_t *)(void *)s->own;
}

static void demand(int rc)
{
	if (rc != 0)
		abort();
}

void fx_tee_lock(unsigned number)
{
	demand(pthread_mutex_lock(&locks[number]));
}

void fx_tee_unlock(unsigned number)
{
	demand(pthread_mutex_unlock(&locks[number]));
}

void fx_tee_sleeper_init(struct fx_tee_sleeper *s)
{
	pthread_condattr_t attr;

	demand(pthread_condattr_init(&attr));
	demand(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	demand(pthread_cond_init(condition(s), &attr));
	demand(pthread_condattr_destroy(&attr));
}

void fx_tee_sleeper_end(struct fx_tee_sleeper *s)
{
	demand(pthread_cond_destroy(condition(s)));
}

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	demand(clock_gettime(clock, &t));
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void fx_tee_sleep(struct fx_tee_sleeper *s, unsigned number, uint64_t nsec)
{
	uint64_t at = now(CLOCK_MONOTONIC) + nsec;
	struct timespec until = {(time_t)(at / 1000000000), (long)(at % 1000000000)};
	int rc;

	if (nsec == FX_TEE_FOREVER) {
		demand(pthread_cond_wait(condition(s), &locks[number]));
		return;
	}
	rc = pthread_cond_timedwait(condition(s), &locks[number], &until);
	demand(rc == ETIMEDOUT ? 0 : rc);
}

void fx_tee_wake(struct fx_tee_sleeper *s)
{
	demand(pthread_cond_signal(condition(s)));
}

uint64_t fx_tee_monotonic(void)
{
	return now(CLOCK_MONOTONIC);
}

/* What the other side says, and may set. */
int64_t tee_stub_clock_ahead; /* atomic, in seconds */

uint64_t fx_tee_realtime(void)
{
	return now(CLOCK_REALTIME) +
	       (uint64_t)__atomic_load_n(&tee_stub_clock_ahead, __ATOMIC_SEQ_CST) * 1000000000;
}

uint32_t fx_tee_thread(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

bool fx_tee_alive(uint32_t thread)
{
	return syscall(SYS_tgkill, getpid(), thread, 0) == 0;
}
