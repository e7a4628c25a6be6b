/* SPDX-License-Identifier: MIT */
/* Whom a wake reaches, and what it returns: counts, bitsets, and the order of waiting. */
#include "guest-progs/futex.h"

#define WAITERS 5
#define PRIVATE FUTEX_PRIVATE_FLAG

static uint32_t word, second;
static struct futex_waiter waiter[WAITERS];

static void wait_all(int op, const uint32_t bitset[])
{
	for (int i = 0; i < WAITERS; i++) {
		waiter[i] = (struct futex_waiter){
			.word = &word, .op = op | PRIVATE, .bitset = bitset ? bitset[i] : ~0U};
		futex_waiter_start(&waiter[i]);
	}
}

static void join(int from, int to)
{
	for (int i = from; i < to; i++)
		futex_waiter_say("waiter", &waiter[i]);
}

int main(void)
{
	static const uint32_t bits[WAITERS] = {1, 2, 4, 3, 0x80000000};

	wait_all(FUTEX_WAIT, NULL);
	say("wakes one", futex(&word, FUTEX_WAKE | PRIVATE, 1, NULL, NULL, 0));
	join(0, 1);
	say("0 wakes one too", futex(&word, FUTEX_WAKE | PRIVATE, 0, NULL, NULL, 0));
	join(1, 2);
	say("-1 wakes one too", futex(&word, FUTEX_WAKE | PRIVATE, ~0U, NULL, NULL, 0));
	join(2, 3);
	say("wakes the rest", futex(&word, FUTEX_WAKE | PRIVATE, 100, NULL, NULL, 0));
	join(3, 5);

	wait_all(FUTEX_WAIT_BITSET, bits);
	say("bit 2", futex(&word, FUTEX_WAKE_BITSET | PRIVATE, 100, NULL, NULL, 4));
	join(2, 3);
	say("bit 1", futex(&word, FUTEX_WAKE_BITSET | PRIVATE, 100, NULL, NULL, 2));
	join(1, 2);
	join(3, 4);
	say("no bit of theirs", futex(&word, FUTEX_WAKE_BITSET | PRIVATE, 100, NULL, NULL, 0x70));
	say("any bit", futex(&word, FUTEX_WAKE | PRIVATE, 100, NULL, NULL, 0));
	join(0, 1);
	join(4, 5);

	wait_all(FUTEX_WAIT, NULL);
	say("requeue wakes 1, moves 2", futex2(&word, FUTEX_REQUEUE | PRIVATE, 1, 2, &second, 0));
	join(0, 1);
	say("at the second word", futex(&second, FUTEX_WAKE | PRIVATE, 100, NULL, NULL, 0));
	join(1, 3);
	say("to the same word", futex2(&word, FUTEX_REQUEUE | PRIVATE, 0, 100, &word, 0));
	say("compares", futex2(&word, FUTEX_CMP_REQUEUE | PRIVATE, 0, 100, &second, 9));
	say("compares again", futex2(&word, FUTEX_CMP_REQUEUE | PRIVATE, 0, 100, &second, 0));
	say("nobody is left", futex(&word, FUTEX_WAKE | PRIVATE, 100, NULL, NULL, 0));
	say("all are here", futex(&second, FUTEX_WAKE | PRIVATE, 100, NULL, NULL, 0));
	join(3, 5);

	wait_all(FUTEX_WAIT_BITSET, bits);
	say("bitsets move", futex2(&word, FUTEX_REQUEUE | PRIVATE, 0, 100, &second, 0));
	say("and still count", futex(&second, FUTEX_WAKE_BITSET | PRIVATE, 100, NULL, NULL, 1));
	join(0, 1);
	join(3, 4);
	say("the others", futex(&second, FUTEX_WAKE | PRIVATE, 100, NULL, NULL, 0));
	join(1, 3);
	join(4, 5);
	return 0;
}
