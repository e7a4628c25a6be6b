/* SPDX-License-Identifier: MIT */
/* WAIT_REQUEUE_PI and CMP_REQUEUE_PI: word 0 is the condition's, word 1 the lock. */
#include <limits.h>

#include "tests/unit/manager/guest.h"

#define WAITERS FX_PI_WAITERS
#define DIED	FX_PI_OWNER_DIED

static unsigned lock_word; /* in another bucket than word 0, or in the same */

static void choose_lock_word(int i)
{
	lock_word = i == 0 ? stranger_to(0) : neighbour_of(0);
}

static void queue_for(struct fx_pi_waiter *pw, uint32_t tid)
{
	ck_assert_int_eq(fx_requeue_pi_begin(&manager, pw, at(0), at(lock_word), FX_KEY_PRIVATE, 0,
					     FX_BITSET_ANY, tid),
			 0);
}

static int move(int nr_requeue)
{
	return fx_cmp_requeue_pi(&manager, at(0), at(lock_word), FX_KEY_PRIVATE, 1, nr_requeue, 0);
}

static int unlock(uint32_t tid)
{
	return fx_unlock_pi(&manager, at(lock_word), FX_KEY_PRIVATE, tid);
}

static void expect_owner(struct fx_pi_waiter *pw)
{
	ck_assert(fx_waiter_woken(&pw->waiter));
	ck_assert_int_eq(fx_requeue_pi_end(&manager, pw, -FX_ETIMEDOUT), 0);
}

static void expect_end(struct fx_pi_waiter *pw, int reason, int result)
{
	ck_assert(!fx_waiter_woken(&pw->waiter));
	ck_assert_int_eq(fx_requeue_pi_end(&manager, pw, reason), result);
}

static int wait_pi(uintptr_t uaddr, uintptr_t uaddr2, enum fx_key_class cls, uint32_t bitset)
{
	return fx_wait_requeue_pi(&manager, uaddr, uaddr2, cls, 5, bitset, 7, NULL);
}

START_TEST(wait_checks_in_the_order_of_the_kernel)
{
	struct fx_deadline wrong = {-1, 0, FX_CLOCK_MONOTONIC};

	ck_assert_int_eq(
		fx_wait_requeue_pi(&manager, at(0), at(1), FX_KEY_PRIVATE, 5, 1, 7, &wrong),
		-FX_EINVAL);
	ck_assert_int_eq(wait_pi(GUEST_HOLE, GUEST_HOLE, FX_KEY_PRIVATE, 1), -FX_EINVAL);
	ck_assert_int_eq(wait_pi(GUEST_HOLE, at(1), FX_KEY_PRIVATE, 0), -FX_EINVAL);
	ck_assert_int_eq(wait_pi(GUEST_HOLE, at(1) + 1, FX_KEY_PRIVATE, 1), -FX_EINVAL);
	ck_assert_int_eq(wait_pi(at(0) + 1, GUEST_HOLE, FX_KEY_PROCESS, 1), -FX_EFAULT);
	ck_assert_int_eq(wait_pi(at(0) + 1, at(1), FX_KEY_PROCESS, 1), -FX_EINVAL);
	ck_assert_int_eq(wait_pi(GUEST_HOLE, at(1), FX_KEY_PRIVATE, 1), -FX_EFAULT);
	ck_assert_int_eq(wait_pi(at(0), GUEST_HOLE, FX_KEY_PRIVATE, 1), -FX_EAGAIN);
	guest_read_only = at(1);
	ck_assert_int_eq(wait_pi(at(0), at(1), FX_KEY_PRIVATE, 1), -FX_EAGAIN);
	ck_assert_int_eq(wait_pi(at(0), at(1), FX_KEY_PROCESS, 1), -FX_EFAULT);
}
END_TEST

START_TEST(requeue_checks_in_the_order_of_the_kernel)
{
	const enum fx_key_class p = FX_KEY_PRIVATE;

	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), at(1), p, -1, 1, 5), -FX_EINVAL);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), at(1), p, 1, -1, 5), -FX_EINVAL);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), at(0), p, 1, 1, 5), -FX_EINVAL);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), at(1), p, 0, 1, 5), -FX_EINVAL);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), at(1), p, 2, 1, 5), -FX_EINVAL);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, GUEST_HOLE, at(1) + 1, p, 1, 1, 5),
			 -FX_EINVAL);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, GUEST_HOLE, at(1), p, 1, 1, 5), -FX_EFAULT);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), GUEST_HOLE, p, 1, 1, 5), -FX_EAGAIN);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), GUEST_HOLE, p, 1, 1, 0), -FX_EFAULT);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), GUEST_HOLE, FX_KEY_PROCESS, 1, 1, 5),
			 -FX_EFAULT);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), at(1), p, 1, 1, 0), 0);
	ck_assert_uint_eq(guest_words[1], 0);
}
END_TEST

START_TEST(free_lock_goes_to_the_first_and_says_WAITERS_if_more_may_follow)
{
	struct fx_pi_waiter pw;

	choose_lock_word(_i & 1);
	guest_words[lock_word] = DIED;
	queue_for(&pw, 7);
	ck_assert_int_eq(move(_i & 2 ? 1 : 0), 1);
	ck_assert_uint_eq(guest_words[lock_word], 7 | DIED | (_i & 2 ? WAITERS : 0));
	expect_owner(&pw);
	ck_assert_int_eq(unlock(7), 0);
}
END_TEST

START_TEST(free_lock_goes_to_the_first_and_others_wait_for_it)
{
	struct fx_pi_waiter pw[4];
	uint32_t i;

	choose_lock_word(_i);
	for (i = 0; i < 4; i++)
		queue_for(&pw[i], 10 + i);
	ck_assert_int_eq(move(2), 3);
	ck_assert_uint_eq(guest_words[lock_word], 10 | WAITERS);
	expect_owner(&pw[0]);
	ck_assert_int_eq(unlock(10), 0);
	expect_owner(&pw[1]);
	ck_assert_int_eq(unlock(11), 0);
	expect_owner(&pw[2]);
	ck_assert_int_eq(unlock(12), 0);
	ck_assert_uint_eq(guest_words[lock_word], 0);
	expect_end(&pw[3], -FX_EINTR, -FX_EINTR);
}
END_TEST

START_TEST(owned_lock_makes_1_and_nr_requeue_wait)
{
	struct fx_pi_waiter pw[3];
	uint32_t i;

	choose_lock_word(_i);
	guest_words[lock_word] = 5;
	for (i = 0; i < 3; i++)
		queue_for(&pw[i], 10 + i);
	ck_assert_int_eq(move(1), 2);
	ck_assert_uint_eq(guest_words[lock_word], 5 | WAITERS);
	ck_assert_int_eq(unlock(5), 0);
	expect_owner(&pw[0]);
	expect_end(&pw[1], -FX_ETIMEDOUT, -FX_ETIMEDOUT);
	ck_assert_int_eq(move(INT_MAX), 1);
	ck_assert_int_eq(unlock(10), 0);
	expect_owner(&pw[2]);
}
END_TEST

START_TEST(signal_after_the_requeue_is_EAGAIN_and_before_EINTR)
{
	struct fx_pi_waiter pw[3];
	uint32_t i;

	choose_lock_word(_i);
	guest_words[lock_word] = 5;
	for (i = 0; i < 3; i++)
		queue_for(&pw[i], 10 + i);
	ck_assert_int_eq(move(1), 2);
	expect_end(&pw[0], -FX_EINTR, -FX_EAGAIN);
	expect_end(&pw[1], -FX_EBAIL, -FX_EAGAIN);
	expect_end(&pw[2], -FX_EINTR, -FX_EINTR);
	ck_assert_uint_eq(guest_words[lock_word], 5 | WAITERS);
	ck_assert_int_eq(unlock(5), 0);
}
END_TEST

START_TEST(moved_waiters_are_ordered_by_priority_with_those_who_wait_already)
{
	struct fx_pi_waiter there, pw[2];

	choose_lock_word(_i);
	guest_priority[11] = 20;
	guest_words[lock_word] = 5;
	ck_assert_int_eq(fx_lock_pi_begin(&manager, &there, at(lock_word), FX_KEY_PRIVATE, 9), 0);
	queue_for(&pw[0], 10);
	queue_for(&pw[1], 11);
	ck_assert_int_eq(move(5), 2);
	ck_assert_int_eq(unlock(5), 0);
	expect_owner(&pw[1]);
	ck_assert_int_eq(unlock(11), 0);
	ck_assert_int_eq(fx_lock_pi_end(&manager, &there, -FX_EINTR), 0);
	ck_assert_int_eq(unlock(9), 0);
	expect_owner(&pw[0]);
}
END_TEST

START_TEST(only_the_word_that_was_named_is_requeued_to)
{
	struct fx_pi_waiter pw;
	struct fx_waiter w;

	choose_lock_word(0);
	queue_for(&pw, 10);
	ck_assert_int_eq(
		fx_cmp_requeue_pi(&manager, at(0), at(lock_word + 1), FX_KEY_PRIVATE, 1, 1, 0),
		-FX_EINVAL);
	ck_assert_int_eq(requeue(0, lock_word, 1, 1), -FX_EINVAL);
	ck_assert_int_eq(wake(0, 1), -FX_EINVAL);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PRIVATE, 0, 1), -FX_EINVAL);
	expect_end(&pw, -FX_ETIMEDOUT, -FX_ETIMEDOUT);
	queue_on(&w, 0);
	ck_assert_int_eq(move(1), -FX_EINVAL);
	expect_left(&w);
}
END_TEST

START_TEST(plain_waiter_behind_ends_the_requeue_with_EINVAL_and_those_before_have_moved)
{
	struct fx_pi_waiter pw;
	struct fx_waiter w;

	choose_lock_word(_i);
	queue_for(&pw, 10);
	queue_on(&w, 0);
	ck_assert_int_eq(move(1), -FX_EINVAL);
	expect_owner(&pw);
	ck_assert_uint_eq(guest_words[lock_word], 10 | WAITERS);
	expect_left(&w);
}
END_TEST

START_TEST(requeue_to_a_lock_that_the_waiter_owns_is_EDEADLK)
{
	struct fx_pi_waiter pw;

	choose_lock_word(_i);
	queue_for(&pw, 10);
	guest_words[lock_word] = 10;
	ck_assert_int_eq(move(1), -FX_EDEADLK);
	ck_assert_uint_eq(guest_words[lock_word], 10);
	expect_end(&pw, -FX_ETIMEDOUT, -FX_ETIMEDOUT);
}
END_TEST

START_TEST(requeue_that_closes_a_ring_is_EDEADLK_and_those_before_have_moved)
{
	struct fx_pi_waiter pw[2], other;

	choose_lock_word(_i);
	guest_words[200] = 11;
	guest_words[lock_word] = 5;
	queue_for(&pw[0], 10);
	queue_for(&pw[1], 11);
	ck_assert_int_eq(fx_lock_pi_begin(&manager, &other, at(200), FX_KEY_PRIVATE, 5), 0);
	ck_assert_int_eq(move(5), -FX_EDEADLK);
	ck_assert_int_eq(unlock(5), 0);
	expect_owner(&pw[0]);
	expect_end(&pw[1], -FX_ETIMEDOUT, -FX_ETIMEDOUT);
	ck_assert_int_eq(fx_lock_pi_end(&manager, &other, -FX_EINTR), -FX_EINTR);
}
END_TEST

START_TEST(requeue_to_a_lock_of_nobody_alive_is_ESRCH)
{
	struct fx_pi_waiter pw;

	choose_lock_word(_i);
	guest_words[lock_word] = 0x3ffffff0U;
	queue_for(&pw, 10);
	ck_assert_int_eq(move(1), -FX_ESRCH);
	ck_assert_uint_eq(guest_words[lock_word], 0x3ffffff0U | WAITERS);
	expect_end(&pw, -FX_ETIMEDOUT, -FX_ETIMEDOUT);
}
END_TEST

START_TEST(moved_waiter_inherits_from_a_dead_owner)
{
	struct fx_pi_waiter pw;

	choose_lock_word(_i);
	guest_words[lock_word] = 5;
	queue_for(&pw, 10);
	ck_assert_int_eq(move(0), 1);
	guest_dead[5] = true;
	fx_pi_exit(&manager, 5);
	ck_assert_uint_eq(guest_words[lock_word], 10 | WAITERS | DIED);
	expect_owner(&pw);
}
END_TEST

static void free_first_time(uint32_t *word)
{
	guest_before_cmpxchg = NULL;
	*word = 0;
}

START_TEST(lock_that_is_freed_meanwhile_is_looked_at_again)
{
	struct fx_pi_waiter pw;

	choose_lock_word(_i);
	guest_words[lock_word] = 5;
	queue_for(&pw, 10);
	guest_before_cmpxchg = free_first_time;
	ck_assert_int_eq(move(0), 1);
	ck_assert_uint_eq(guest_words[lock_word], 10);
	expect_owner(&pw);
}
END_TEST

TCase *requeue_pi_cases(void)
{
	TCase *tc = tcase_create("requeue_pi");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_test(tc, wait_checks_in_the_order_of_the_kernel);
	tcase_add_test(tc, requeue_checks_in_the_order_of_the_kernel);
	tcase_add_loop_test(tc, free_lock_goes_to_the_first_and_says_WAITERS_if_more_may_follow, 0,
			    4);
	tcase_add_loop_test(tc, free_lock_goes_to_the_first_and_others_wait_for_it, 0, 2);
	tcase_add_loop_test(tc, owned_lock_makes_1_and_nr_requeue_wait, 0, 2);
	tcase_add_loop_test(tc, signal_after_the_requeue_is_EAGAIN_and_before_EINTR, 0, 2);
	tcase_add_loop_test(tc, moved_waiters_are_ordered_by_priority_with_those_who_wait_already,
			    0, 2);
	tcase_add_test(tc, only_the_word_that_was_named_is_requeued_to);
	tcase_add_loop_test(
		tc, plain_waiter_behind_ends_the_requeue_with_EINVAL_and_those_before_have_moved, 0,
		2);
	tcase_add_loop_test(tc, requeue_to_a_lock_that_the_waiter_owns_is_EDEADLK, 0, 2);
	tcase_add_loop_test(tc, requeue_that_closes_a_ring_is_EDEADLK_and_those_before_have_moved,
			    0, 2);
	tcase_add_loop_test(tc, requeue_to_a_lock_of_nobody_alive_is_ESRCH, 0, 2);
	tcase_add_loop_test(tc, moved_waiter_inherits_from_a_dead_owner, 0, 2);
	tcase_add_loop_test(tc, lock_that_is_freed_meanwhile_is_looked_at_again, 0, 2);
	return tc;
}
