/* SPDX-License-Identifier: MIT */
/* Waits and wakes with and without FUTEX_PRIVATE_FLAG never meet. */
#include "guest-progs/futex.h"

static uint32_t word, second;

static void never_meet(const char *what, int wait_flag, int wake_flag)
{
	struct futex_waiter w = {.word = &word, .op = FUTEX_WAIT | wait_flag};

	printf("%s\n", what);
	futex_waiter_start(&w);
	say("wake", futex(&word, FUTEX_WAKE | wake_flag, 1, NULL, NULL, 0));
	say("requeue", futex2(&word, FUTEX_REQUEUE | wake_flag, 1, 1, &second, 0));
	say("own wake", futex(&word, FUTEX_WAKE | wait_flag, 1, NULL, NULL, 0));
	futex_waiter_say("waiter", &w);
}

int main(void)
{
	never_meet("waits private, wakes without", FUTEX_PRIVATE_FLAG, 0);
	never_meet("waits without, wakes private", 0, FUTEX_PRIVATE_FLAG);
	return 0;
}
