/* SPDX-License-Identifier: MIT */
/*
 * A wait until a time on CLOCK_REALTIME ends when the clock is set past it; one on
 * CLOCK_MONOTONIC does not. Sets the machine's clock ten seconds ahead for a moment,
 * so it is no part of the default tests: run it by hand, as root, natively and under fxbox.
 */
#include "guest-progs/futex.h"

#define AHEAD 10

static uint32_t word;

static void step(long seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += seconds;
	if (clock_settime(CLOCK_REALTIME, &now)) {
		puts("the clock cannot be set here");
		exit(0);
	}
}

int main(void)
{
	struct timespec real = in_milliseconds(CLOCK_REALTIME, 5000),
			monotonic = in_milliseconds(CLOCK_MONOTONIC, 5000), before, after;
	struct futex_waiter on_real = {.word = &word,
				       .op = FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME,
				       .bitset = 1,
				       .timeout = &real};
	struct futex_waiter on_monotonic = {
		.word = &word, .op = FUTEX_WAIT_BITSET_PRIVATE, .bitset = 2, .timeout = &monotonic};

	clock_gettime(CLOCK_MONOTONIC, &before);
	futex_waiter_start(&on_real);
	futex_waiter_start(&on_monotonic);
	step(AHEAD);
	futex_waiter_say("realtime, clock set ahead", &on_real);
	step(-AHEAD);
	clock_gettime(CLOCK_MONOTONIC, &after);
	puts(after.tv_sec - before.tv_sec < 4 ? "at once" : "late");
	say("woken on monotonic", futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 2));
	futex_waiter_say("monotonic, clock set ahead", &on_monotonic);
	return 0;
}
