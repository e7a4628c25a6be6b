/* SPDX-License-Identifier: MIT */
/*
 * A handler interrupts a wait: with SA_RESTART an untimed wait goes on, all
 * others end with EINTR. Timed waits end so in both cases, whatever signal(7)
 * says.
 */
#include <signal.h>

#include "guest-progs/futex.h"

static uint32_t word;
static int handled;

static void handler(int signal)
{
	(void)signal;
	__atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
}

static void interrupt(const char *what, int flags, int op, const struct timespec *timeout)
{
	struct futex_waiter w = {.word = &word, .op = op, .bitset = ~0U, .timeout = timeout};
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	handled = 0;
	sigaction(SIGUSR1, &action, NULL);
	futex_waiter_start(&w);
	pthread_kill(w.thread, SIGUSR1);
	await_that(__atomic_load_n(&handled, __ATOMIC_SEQ_CST));
	if (flags & SA_RESTART && !timeout) {
		await_sleep(&w.tid);
		say("wakes", futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	}
	futex_waiter_say(what, &w);
	say("nobody is left", futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
}

int main(void)
{
	struct timespec relative = {1000, 0};
	struct timespec absolute = in_milliseconds(CLOCK_MONOTONIC, 1000000);

	interrupt("untimed", 0, FUTEX_WAIT_PRIVATE, NULL);
	interrupt("untimed, SA_RESTART", SA_RESTART, FUTEX_WAIT_PRIVATE, NULL);
	interrupt("timed", 0, FUTEX_WAIT_PRIVATE, &relative);
	interrupt("timed, SA_RESTART", SA_RESTART, FUTEX_WAIT_PRIVATE, &relative);
	interrupt("bitset", 0, FUTEX_WAIT_BITSET_PRIVATE, NULL);
	interrupt("bitset, SA_RESTART", SA_RESTART, FUTEX_WAIT_BITSET_PRIVATE, NULL);
	interrupt("timed bitset", 0, FUTEX_WAIT_BITSET_PRIVATE, &absolute);
	interrupt("timed bitset, SA_RESTART", SA_RESTART, FUTEX_WAIT_BITSET_PRIVATE, &absolute);
	return 0;
}
