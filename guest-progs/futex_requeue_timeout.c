/* SPDX-License-Identifier: MIT */
/* A waiter that was moved still has its timeout, and is then gone from its new word. */
#include "guest-progs/futex.h"

static uint32_t word, second;

int main(void)
{
	struct timespec until = in_milliseconds(CLOCK_MONOTONIC, 1000), now;
	struct futex_waiter w = {
		.word = &word, .op = FUTEX_WAIT_BITSET_PRIVATE, .bitset = ~0U, .timeout = &until};

	futex_waiter_start(&w);
	say("moves", futex2(&word, FUTEX_REQUEUE_PRIVATE, 0, 1, &second, 0));
	futex_waiter_say("waiter", &w);
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("not too early: %d\n", now.tv_sec > until.tv_sec || (now.tv_sec == until.tv_sec &&
								    now.tv_nsec >= until.tv_nsec));
	say("nobody is there", futex(&second, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	return 0;
}
