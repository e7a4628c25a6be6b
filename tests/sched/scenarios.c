/* SPDX-License-Identifier: MIT */
/*
 * What is explored. Each scenario is a handful of threads, small enough that all
 * its schedules can be run; the rules that hold for all are in sim_finish.
 */
#include "tests/sched/scenarios.h"

#include <limits.h>

#define ANY FX_BITSET_ANY

static const uint32_t zero;

/* Threads that several scenarios share. */

static void wait_while_0(void)
{
	while (sim_load(0) == 0)
		sim_wait(0, 0, ANY, 0);
}

static void wait_once_until_timeout(void)
{
	sim_note[fiber_self()] = sim_wait(0, 0, ANY, -FX_ETIMEDOUT);
}

static void wait_twice_until_timeout(void)
{
	sim_wait(0, 0, ANY, -FX_ETIMEDOUT);
	sim_wait(0, 0, ANY, -FX_EINTR);
}

static void set_and_wake_one(void)
{
	sim_store(0, 1);
	sim_wake(0, 1, ANY);
}

static void set_and_wake_all(void)
{
	sim_store(0, 1);
	sim_wake(0, INT_MAX, ANY);
}

static void wake_one(void)
{
	sim_note[fiber_self()] = sim_wake(0, 1, ANY);
}

static void wake_twice(void)
{
	sim_wake(0, 1, ANY);
	sim_wake(0, 1, ANY);
}

static void wake_all(void)
{
	sim_note[fiber_self()] = sim_wake(0, INT_MAX, ANY);
}

static void wake_other_word(void)
{
	sim_note[fiber_self()] = sim_wake(1, 1, ANY);
}

static void requeue_there(void)
{
	sim_note[fiber_self()] = sim_requeue(0, 1, 0, 1, NULL);
}

static void requeue_back(void)
{
	sim_requeue(1, 0, 0, 1, NULL);
}

static void requeue_to_neighbour(void)
{
	sim_requeue(0, 2, 0, 1, NULL);
}

static void wake_neighbour(void)
{
	sim_wake(2, 1, ANY);
}

static void wake_one_requeue_one(void)
{
	sim_requeue(0, 1, 1, 1, &zero);
}

static void requeue_then_wake(void)
{
	sim_requeue(0, 1, 0, 1, NULL);
	sim_wake(1, 1, ANY);
}

static void requeue_all_there(void)
{
	sim_requeue(0, 1, 0, INT_MAX, NULL);
}

static void wake_all_of_other_word(void)
{
	sim_wake(1, INT_MAX, ANY);
}

/* Waits while word 1 is 0; the other thread sets it to 1 and wakes both words if it was 0. */

static void wait_while_other_is_0(void)
{
	while (sim_load(1) == 0)
		sim_wait(1, 0, ANY, 0);
}

static void wake_op_set_1_if_0(void)
{
	sim_note[fiber_self()] = sim_wake_op(0, 1, 1, 1, 0U << 28 | 1U << 12);
}

static void grow(void)
{
	sim_grow();
}

/* Where only one thread may be: another one could step in between the two exchanges. */

static void inside(void)
{
	sim_check(sim_exchange(1, 1) == 0);
	sim_exchange(1, 0);
}

/* Drepper's mutex, which lives on EAGAIN and on lost-wake freedom. */

static void lock_and_unlock(void)
{
	uint32_t c = sim_cmpxchg(0, 0, 1);

	if (c != 0) {
		if (c != 2)
			c = sim_exchange(0, 2);
		while (c != 0) {
			sim_wait(0, 2, ANY, 0);
			c = sim_exchange(0, 2);
		}
	}
	inside();
	if (sim_exchange(0, 0) == 2)
		sim_wake(0, 1, ANY);
}

/* The manager's own lock, by itself. */

static void take_lock(void)
{
	sim_lock();
	inside();
	sim_unlock();
}

static void take_lock_twice(void)
{
	take_lock();
	take_lock();
}

/* A wake meets only the waiter whose bitset it names; the other times out or stays. */

static void wait_bit_1(void)
{
	sim_note[fiber_self()] = sim_wait(0, 0, 1, -FX_ETIMEDOUT);
}

static void wait_bit_2(void)
{
	sim_note[fiber_self()] = sim_wait(0, 0, 2, -FX_ETIMEDOUT);
}

static void wake_bit_2(void)
{
	sim_note[fiber_self()] = sim_wake(0, INT_MAX, 2);
}

static void check_bits(void)
{
	sim_check(sim_note[0] == -FX_ETIMEDOUT);
	sim_check((sim_note[1] == 0) == (sim_note[2] == 1));
}

/*
 * b moves the waiter while word 0 is 0; c makes it 1 and then wakes word 1. A
 * waiter that b has moved was moved before the store, so c must find it.
 */

static void wait_for_ever(void)
{
	sim_note[fiber_self()] = sim_wait(0, 0, ANY, 0);
}

static void cmp_requeue_there(void)
{
	sim_note[fiber_self()] = sim_requeue(0, 1, 0, 1, &zero);
}

static void set_and_wake_other_word(void)
{
	sim_store(0, 1);
	sim_note[fiber_self()] = sim_wake(1, 1, ANY);
}

static void check_moved_is_woken(void)
{
	if (sim_note[1] == 1)
		sim_check(!sim_stuck(0));
}

/* A broadcast as musl does it: one wakes, the rest follow the mutex's word. */

static void broadcast(void)
{
	sim_store(0, 1);
	sim_requeue(0, 1, 1, INT_MAX, NULL);
	sim_wake(1, INT_MAX, ANY);
}

/* A waiter that is gone when the lists of two wakers are released. */

static void check_one_of_two(void)
{
	sim_check(sim_note[0] == 0 || sim_note[0] == -FX_ETIMEDOUT);
	sim_check((sim_note[0] == 0) == (sim_note[1] + sim_note[2] == 1));
}

static void check_timeout_or_woken(void)
{
	sim_check((sim_note[0] == 0) == (sim_note[1] == 1));
}

/* Words with owners. Word 1 is the lock, word 0 the condition's. */

static void own_then_unlock(int rc)
{
	if (rc == 0) {
		sim_note[0]++;
		sim_check(sim_note[0] == 1);
		sim_load(2);
		sim_note[0]--;
		sim_check(sim_unlock_pi(1) == 0);
	}
}

static void lock_pi(void)
{
	own_then_unlock(sim_lock_pi(1, 0));
}

static void lock_pi_until_timeout(void)
{
	own_then_unlock(sim_lock_pi(1, -FX_ETIMEDOUT));
}

static void lock_pi_and_exit(void)
{
	if (sim_lock_pi(1, 0) == 0)
		sim_exit();
}

/* The waiters have the mutex when they begin to wait, and again when they end. */
static void wait_with_mutex(void)
{
	sim_check(sim_lock_pi(1, 0) == 0);
	while (sim_load(0) == 0) {
		sim_check(sim_unlock_pi(1) == 0);
		if (sim_wait_requeue_pi(0, 1, 0, 0) != 0)
			sim_check(sim_lock_pi(1, 0) == 0);
	}
	sim_check(sim_unlock_pi(1) == 0);
}

static void broadcast_with_mutex(void)
{
	sim_check(sim_lock_pi(1, 0) == 0);
	sim_cmpxchg(0, 0, 1);
	sim_cmp_requeue_pi(0, 1, INT_MAX, 1);
	sim_check(sim_unlock_pi(1) == 0);
}

/* Each wants the other's lock: one of them is told. */

static void own_word_0(void)
{
	sim_words[0] = sim_tid(0);
	sim_words[1] = sim_tid(1);
}

static void cross_0(void)
{
	sim_note[0] = sim_lock_pi(1, 0);
	if (sim_note[0] == 0)
		sim_check(sim_unlock_pi(1) == 0);
	sim_check(sim_unlock_pi(0) == 0);
}

static void cross_1(void)
{
	sim_note[1] = sim_lock_pi(0, 0);
	if (sim_note[1] == 0)
		sim_check(sim_unlock_pi(0) == 0);
	sim_check(sim_unlock_pi(1) == 0);
}

static void check_at_most_one_deadlock(void)
{
	sim_check(sim_note[0] == 0 || sim_note[0] == -FX_EDEADLK);
	sim_check(sim_note[1] == 0 || sim_note[1] == -FX_EDEADLK);
	sim_check(sim_note[0] == 0 || sim_note[1] == 0);
}

/* Several words, and functions. */

static void wait_two_words(void)
{
	while (sim_load(0) == 0 && sim_load(1) == 0)
		sim_waitv(0, 1, 0);
}

static void wait_two_words_until_timeout(void)
{
	sim_waitv(0, 1, -FX_ETIMEDOUT);
}

static void async_forgets_itself(void)
{
	if (sim_wait_async(0, 0, true) == 0)
		sim_wake(0, 1, ANY);
}

static void async_cancels(void)
{
	if (sim_wait_async(0, 0, false) == 0)
		sim_wait_async_cancel();
}

const struct scenario scenarios[] = {
	{.name = "lock-of-two",
	 .nfibers = 2,
	 .fiber = {take_lock_twice, take_lock_twice},
	 .preemptions = -1,
	 .real_locks = true},
	{.name = "lock-of-three",
	 .nfibers = 3,
	 .fiber = {take_lock, take_lock, take_lock},
	 .preemptions = -1,
	 .real_locks = true},
	{.name = "wait-wake",
	 .nfibers = 2,
	 .fiber = {wait_while_0, set_and_wake_one},
	 .preemptions = -1},
	{.name = "wait-wake-over-real-locks",
	 .nfibers = 2,
	 .fiber = {wait_while_0, set_and_wake_one},
	 .preemptions = -1,
	 .real_locks = true},
	{.name = "wait-timeout-wake",
	 .nfibers = 2,
	 .fiber = {wait_once_until_timeout, wake_one},
	 .check = check_timeout_or_woken,
	 .preemptions = -1,
	 .real_locks = true},
	{.name = "wait-twice-wake-twice",
	 .nfibers = 2,
	 .fiber = {wait_twice_until_timeout, wake_twice},
	 .preemptions = -1},
	{.name = "timeout-requeue-over-real-locks",
	 .nfibers = 2,
	 .fiber = {wait_once_until_timeout, requeue_then_wake},
	 .preemptions = -1,
	 .real_locks = true},
	{.name = "wait-two-wakers",
	 .nfibers = 3,
	 .fiber = {wait_once_until_timeout, wake_one, wake_one},
	 .check = check_one_of_two,
	 .preemptions = -1},
	{.name = "two-waiters-wake-all",
	 .nfibers = 3,
	 .fiber = {wait_while_0, wait_while_0, set_and_wake_all},
	 .preemptions = -1},
	{.name = "two-timeouts-wake-all",
	 .nfibers = 3,
	 .fiber = {wait_once_until_timeout, wait_once_until_timeout, wake_all},
	 .preemptions = -1},
	{.name = "two-waiters-wake-all-in-lots",
	 .nfibers = 3,
	 .fiber = {wait_while_0, wait_while_0, set_and_wake_all},
	 .preemptions = -1,
	 .lots = true},
	{.name = "two-timeouts-wake-all-in-lots",
	 .nfibers = 3,
	 .fiber = {wait_once_until_timeout, wait_once_until_timeout, wake_all},
	 .preemptions = -1,
	 .lots = true},
	{.name = "three-waiters-wake-all-in-lots",
	 .nfibers = 4,
	 .fiber = {wait_while_0, wait_while_0, wait_while_0, set_and_wake_all},
	 .preemptions = -1,
	 .lots = true},
	{.name = "place-is-taken-anew",
	 .nfibers = 3,
	 .fiber = {wait_twice_until_timeout, wait_twice_until_timeout, wake_all},
	 .preemptions = 2,
	 .lots = true},
	{.name = "two-timeouts-requeue-wake-in-lots",
	 .nfibers = 4,
	 .fiber = {wait_once_until_timeout, wait_once_until_timeout, requeue_all_there,
		   wake_all_of_other_word},
	 .preemptions = -1,
	 .lots = true},
	{.name = "bitsets",
	 .nfibers = 3,
	 .fiber = {wait_bit_1, wait_bit_2, wake_bit_2},
	 .check = check_bits,
	 .preemptions = -1},
	{.name = "mutex-of-two",
	 .nfibers = 2,
	 .fiber = {lock_and_unlock, lock_and_unlock},
	 .preemptions = -1},
	{.name = "timeout-requeue-wake",
	 .nfibers = 3,
	 .fiber = {wait_once_until_timeout, requeue_there, wake_other_word},
	 .preemptions = -1},
	{.name = "timeout-requeue-wake-in-one-bucket",
	 .nfibers = 3,
	 .fiber = {wait_once_until_timeout, requeue_to_neighbour, wake_neighbour},
	 .preemptions = -1},
	{.name = "timeout-requeue-to-and-fro",
	 .nfibers = 3,
	 .fiber = {wait_once_until_timeout, requeue_there, requeue_back},
	 .preemptions = -1},
	{.name = "two-timeouts-cmp-requeue",
	 .nfibers = 3,
	 .fiber = {wait_once_until_timeout, wait_once_until_timeout, wake_one_requeue_one},
	 .preemptions = -1},
	{.name = "cmp-requeue-then-wake",
	 .nfibers = 3,
	 .fiber = {wait_for_ever, cmp_requeue_there, set_and_wake_other_word},
	 .check = check_moved_is_woken,
	 .preemptions = -1,
	 .may_stick = true},
	{.name = "broadcast",
	 .nfibers = 3,
	 .fiber = {wait_while_0, wait_while_0, broadcast},
	 .preemptions = -1},
	{.name = "wake-op",
	 .nfibers = 3,
	 .fiber = {wait_once_until_timeout, wait_while_other_is_0, wake_op_set_1_if_0},
	 .preemptions = -1},
	{.name = "wake-op-requeue",
	 .nfibers = 4,
	 .fiber = {wait_once_until_timeout, wait_while_other_is_0, wake_op_set_1_if_0,
		   requeue_back},
	 .preemptions = -1,
	 .may_stick = true},
	{.name = "two-waiters-two-wakers",
	 .nfibers = 4,
	 .fiber = {wait_once_until_timeout, wait_once_until_timeout, wake_one, wake_all},
	 .preemptions = -1},
	{.name = "two-timeouts-requeue-wake",
	 .nfibers = 4,
	 .fiber = {wait_once_until_timeout, wait_once_until_timeout, requeue_all_there,
		   wake_all_of_other_word},
	 .preemptions = -1},
	{.name = "timeout-requeue-to-and-fro-wake",
	 .nfibers = 4,
	 .fiber = {wait_once_until_timeout, requeue_there, requeue_back, wake_one},
	 .preemptions = -1},
	{.name = "timeout-requeue-wake-growth",
	 .nfibers = 4,
	 .fiber = {wait_once_until_timeout, requeue_there, wake_other_word, grow},
	 .preemptions = -1,
	 .grows = true},
	{.name = "wait-wake-growth",
	 .nfibers = 3,
	 .fiber = {wait_while_0, set_and_wake_one, grow},
	 .preemptions = -1,
	 .grows = true},
	{.name = "timeout-wake-growth",
	 .nfibers = 3,
	 .fiber = {wait_once_until_timeout, wake_one, grow},
	 .check = check_timeout_or_woken,
	 .preemptions = -1,
	 .grows = true},
	{.name = "timeout-requeue-growth",
	 .nfibers = 3,
	 .fiber = {wait_once_until_timeout, requeue_there, grow},
	 .preemptions = -1,
	 .grows = true},
	{.name = "lock_pi-of-three",
	 .nfibers = 3,
	 .fiber = {lock_pi, lock_pi, lock_pi},
	 .preemptions = -1},
	{.name = "lock_pi-over-real-locks",
	 .nfibers = 2,
	 .fiber = {lock_pi, lock_pi},
	 .preemptions = -1,
	 .real_locks = true},
	{.name = "lock_pi-two-timeouts",
	 .nfibers = 3,
	 .fiber = {lock_pi, lock_pi_until_timeout, lock_pi_until_timeout},
	 .preemptions = -1},
	{.name = "lock_pi-exit",
	 .nfibers = 3,
	 .fiber = {lock_pi_and_exit, lock_pi, lock_pi_until_timeout},
	 .preemptions = -1},
	{.name = "lock_pi-two-exits",
	 .nfibers = 3,
	 .fiber = {lock_pi_and_exit, lock_pi_and_exit, lock_pi},
	 .preemptions = -1},
	{.name = "lock_pi-growth",
	 .nfibers = 3,
	 .fiber = {lock_pi, lock_pi_until_timeout, grow},
	 .preemptions = 2,
	 .grows = true},
	{.name = "lock_pi-crosswise",
	 .nfibers = 2,
	 .fiber = {cross_0, cross_1},
	 .setup = own_word_0,
	 .check = check_at_most_one_deadlock,
	 .preemptions = -1},
	{.name = "condition-with-owned-mutex",
	 .nfibers = 2,
	 .fiber = {wait_with_mutex, broadcast_with_mutex},
	 .preemptions = -1},
	{.name = "condition-with-owned-mutex-of-three",
	 .nfibers = 3,
	 .fiber = {wait_with_mutex, wait_with_mutex, broadcast_with_mutex},
	 .preemptions = 2},
	{.name = "waitv-wake",
	 .nfibers = 2,
	 .fiber = {wait_two_words, set_and_wake_one},
	 .preemptions = -1},
	{.name = "waitv-over-real-locks",
	 .nfibers = 2,
	 .fiber = {wait_two_words, set_and_wake_one},
	 .preemptions = 4,
	 .real_locks = true},
	{.name = "waitv-timeout-two-wakers",
	 .nfibers = 3,
	 .fiber = {wait_two_words_until_timeout, wake_one, wake_other_word},
	 .preemptions = -1},
	{.name = "waitv-timeout-requeue",
	 .nfibers = 3,
	 .fiber = {wait_two_words_until_timeout, requeue_there, wake_one},
	 .preemptions = -1},
	{.name = "async-forgets-itself",
	 .nfibers = 3,
	 .fiber = {async_forgets_itself, wake_one, wake_one},
	 .preemptions = -1},
	{.name = "async-cancel",
	 .nfibers = 3,
	 .fiber = {async_cancels, wake_one, wake_one},
	 .preemptions = -1},
	{.name = "async-cancel-over-real-locks",
	 .nfibers = 2,
	 .fiber = {async_cancels, wake_one},
	 .preemptions = -1,
	 .real_locks = true},
	{.name = "async-cancel-requeue",
	 .nfibers = 3,
	 .fiber = {async_cancels, requeue_there, wake_other_word},
	 .preemptions = -1},
	/* The longest comes last, so that bugs are found soon. */
	{.name = "mutex-of-three",
	 .nfibers = 3,
	 .fiber = {lock_and_unlock, lock_and_unlock, lock_and_unlock},
	 .preemptions = -1},
};

const unsigned nscenarios = sizeof(scenarios) / sizeof(scenarios[0]);
