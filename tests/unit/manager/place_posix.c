/* SPDX-License-Identifier: MIT */
/* POSIX threads, for the platform that PLACE_PLATFORM names. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/manager/place.h"
#include PLACE_HEADER

const char place_name[] = PLACE_NAME;
const struct fx_platform_ops *const place_platform = &PLACE_PLATFORM;

#ifdef PLACE_HAS_SIGNALS
const char *const place_lacks_signals = NULL;
#else
const char *const place_lacks_signals = "no signal ends a park here";
#endif

void place_start(struct place_thread *t, void *(*run)(void *), void *arg)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, arg) != 0)
		abort();
	t->own = (void *)thread;
}

void place_join(struct place_thread *t)
{
	if (pthread_join((pthread_t)t->own, NULL) != 0)
		abort();
}

void place_yield(void)
{
	sched_yield();
}

static void nothing(int sig)
{
	(void)sig;
}

void place_interrupt(struct place_thread *t)
{
	struct sigaction action = {.sa_handler = nothing};

	if (sigaction(SIGUSR1, &action, NULL) != 0 || pthread_kill((pthread_t)t->own, SIGUSR1) != 0)
		abort();
}

/* The shim's, with its handler of SIGSEGV, is tested where the shim is. */
const struct fx_memory_ops *const place_memory_ops = NULL;
const char *const place_lacks_memory = "it is for who embeds the manager to say what is mapped";

uintptr_t place_hole(void)
{
	return 0;
}

uintptr_t place_read_only(void)
{
	return 0;
}

const char *place_set_clock(int64_t seconds)
{
#ifdef PLACE_CLOCK_AHEAD
	extern int64_t PLACE_CLOCK_AHEAD;

	__atomic_fetch_add(&PLACE_CLOCK_AHEAD, seconds, __ATOMIC_SEQ_CST);
	return NULL;
#else
	(void)seconds;
	return "the clock is the whole machine's (guest-progs/clock_step.c)";
#endif
}

void *place_memory(size_t bytes)
{
	void *memory = NULL;

	if (posix_memalign(&memory, 64, bytes) != 0)
		return NULL;
	return memset(memory, 0, bytes);
}

void place_memory_free(void *memory)
{
	free(memory);
}

void place_print(const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, text, left);

		if (n <= 0)
			abort();
		text += n;
		left -= (size_t)n;
	}
}

void place_exit(int status)
{
	exit(status);
}
