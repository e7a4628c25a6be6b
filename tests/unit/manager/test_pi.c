/* SPDX-License-Identifier: MIT */
/* LOCK_PI, TRYLOCK_PI, UNLOCK_PI, exit and owner, one thread playing all. */
#include <limits.h>

#include "tests/unit/manager/guest.h"

#define WAITERS FX_PI_WAITERS
#define DIED	FX_PI_OWNER_DIED
#define NOBODY	0x3ffffff0U /* an id that no thread has */

static const struct fx_deadline past = {0, 0, FX_CLOCK_MONOTONIC};

static int lock(unsigned i, uint32_t tid)
{
	return fx_lock_pi(&manager, at(i), FX_KEY_PRIVATE, tid, &past);
}

static int trylock(unsigned i, uint32_t tid)
{
	return fx_trylock_pi(&manager, at(i), FX_KEY_PRIVATE, tid);
}

static int unlock(unsigned i, uint32_t tid)
{
	return fx_unlock_pi(&manager, at(i), FX_KEY_PRIVATE, tid);
}

static void queue_for(struct fx_pi_waiter *pw, unsigned i, uint32_t tid)
{
	ck_assert_int_eq(fx_lock_pi_begin(&manager, pw, at(i), FX_KEY_PRIVATE, tid), 0);
}

static void expect_owner(struct fx_pi_waiter *pw)
{
	ck_assert(fx_waiter_woken(&pw->waiter));
	ck_assert_int_eq(fx_lock_pi_end(&manager, pw, -FX_ETIMEDOUT), 0);
}

static void expect_given_up(struct fx_pi_waiter *pw)
{
	ck_assert(!fx_waiter_woken(&pw->waiter));
	ck_assert_int_eq(fx_lock_pi_end(&manager, pw, -FX_EINTR), -FX_EINTR);
}

START_TEST(free_word_is_taken_and_freed)
{
	ck_assert_int_eq(_i ? trylock(0, 7) : lock(0, 7), 0);
	ck_assert_uint_eq(guest_words[0], 7);
	ck_assert_int_eq(unlock(0, 7), 0);
	ck_assert_uint_eq(guest_words[0], 0);
}
END_TEST

START_TEST(word_without_owner_keeps_OWNER_DIED_and_loses_WAITERS)
{
	guest_words[0] = WAITERS | DIED;
	ck_assert_int_eq(_i ? trylock(0, 7) : lock(0, 7), 0);
	ck_assert_uint_eq(guest_words[0], DIED | 7);
	ck_assert_int_eq(unlock(0, 7), 0);
	ck_assert_uint_eq(guest_words[0], 0);
	guest_words[0] = WAITERS;
	ck_assert_int_eq(lock(0, 7), 0);
	ck_assert_uint_eq(guest_words[0], 7);
}
END_TEST

START_TEST(own_word_again_is_EDEADLK_and_stays)
{
	guest_words[0] = 7 | DIED;
	ck_assert_int_eq(_i ? trylock(0, 7) : lock(0, 7), -FX_EDEADLK);
	ck_assert_uint_eq(guest_words[0], 7 | DIED);
}
END_TEST

START_TEST(waiter_sets_WAITERS_which_its_timeout_leaves)
{
	guest_words[0] = 5;
	ck_assert_int_eq(lock(0, 7), -FX_ETIMEDOUT);
	ck_assert_uint_eq(guest_words[0], 5 | WAITERS);
	ck_assert_int_eq(unlock(0, 5), 0);
	ck_assert_uint_eq(guest_words[0], 0);
}
END_TEST

START_TEST(trylock_of_an_owned_word_is_EAGAIN_and_sets_WAITERS)
{
	guest_words[0] = 5;
	ck_assert_int_eq(trylock(0, 7), -FX_EAGAIN);
	ck_assert_uint_eq(guest_words[0], 5 | WAITERS);
}
END_TEST

START_TEST(owner_that_does_not_exist_is_ESRCH_and_WAITERS_stays)
{
	guest_words[0] = NOBODY | (_i & 2 ? DIED : 0);
	ck_assert_int_eq(_i & 1 ? trylock(0, 7) : lock(0, 7), -FX_ESRCH);
	ck_assert_uint_eq(guest_words[0], NOBODY | WAITERS | (_i & 2 ? DIED : 0));
}
END_TEST

static void robust_exit_before_second_load(unsigned nth)
{
	if (nth == 2)
		guest_words[0] = WAITERS | DIED;
}

START_TEST(owner_that_dies_meanwhile_is_succeeded)
{
	guest_words[0] = 5;
	guest_dead[5] = true;
	guest_before_load = robust_exit_before_second_load;
	ck_assert_int_eq(_i ? trylock(0, 7) : lock(0, 7), 0);
	ck_assert_uint_eq(guest_words[0], 7 | DIED);
}
END_TEST

static void change_hands_first_time(uint32_t *word)
{
	guest_before_cmpxchg = NULL;
	*word = 0;
}

START_TEST(word_that_changes_meanwhile_is_looked_at_again)
{
	guest_words[0] = 5;
	guest_before_cmpxchg = change_hands_first_time;
	ck_assert_int_eq(_i ? trylock(0, 7) : lock(0, 7), 0);
	ck_assert_uint_eq(guest_words[0], 7);
}
END_TEST

START_TEST(lock_of_misaligned_or_unmapped_word)
{
	ck_assert_int_eq(fx_lock_pi(&manager, at(0) + 1, FX_KEY_PRIVATE, 7, NULL), -FX_EINVAL);
	ck_assert_int_eq(fx_trylock_pi(&manager, at(0) + 2, FX_KEY_PROCESS, 7), -FX_EINVAL);
	ck_assert_int_eq(fx_lock_pi(&manager, GUEST_HOLE, FX_KEY_PRIVATE, 7, NULL), -FX_EFAULT);
	ck_assert_int_eq(fx_trylock_pi(&manager, GUEST_HOLE, FX_KEY_PROCESS, 7), -FX_EFAULT);
}
END_TEST

START_TEST(lock_of_read_only_word_is_EFAULT_but_own_one_EDEADLK_if_private)
{
	guest_read_only = at(0);
	ck_assert_int_eq(lock(0, 7), -FX_EFAULT);
	guest_words[0] = 7;
	ck_assert_int_eq(lock(0, 7), -FX_EDEADLK);
	ck_assert_int_eq(fx_trylock_pi(&manager, at(0), FX_KEY_PROCESS, 7), -FX_EFAULT);
	ck_assert_int_eq(unlock(0, 7), -FX_EFAULT);
	ck_assert_int_eq(unlock(0, 8), -FX_EPERM);
}
END_TEST

START_TEST(lock_with_wrong_deadline_is_EINVAL_even_if_free)
{
	struct fx_deadline wrong = {0, 1000000000, FX_CLOCK_REALTIME};

	ck_assert_int_eq(fx_lock_pi(&manager, at(0), FX_KEY_PRIVATE, 7, &wrong), -FX_EINVAL);
	ck_assert_uint_eq(guest_words[0], 0);
}
END_TEST

START_TEST(unlock_checks_memory_then_owner_then_alignment)
{
	uint32_t misaligned = 5;

	ck_assert_int_eq(fx_unlock_pi(&manager, GUEST_HOLE, FX_KEY_PRIVATE, 7), -FX_EFAULT);
	ck_assert_int_eq(fx_unlock_pi(&manager, GUEST_HOLE + 1, FX_KEY_PRIVATE, 7), -FX_EFAULT);
	ck_assert_int_eq(fx_unlock_pi(&manager, at(0) + 1, FX_KEY_PRIVATE, 5), -FX_EPERM);
	guest_words[0] = misaligned << 24 | 0x11;
	guest_words[1] = 0;
	ck_assert_int_eq(fx_unlock_pi(&manager, at(0) + 3, FX_KEY_PRIVATE, 5), -FX_EINVAL);
}
END_TEST

START_TEST(unlock_by_another_is_EPERM)
{
	guest_words[0] = 5 | WAITERS;
	ck_assert_int_eq(unlock(0, 7), -FX_EPERM);
	guest_words[0] = 0;
	ck_assert_int_eq(unlock(0, 7), -FX_EPERM);
}
END_TEST

static void disturb_first_time(uint32_t *word)
{
	guest_before_cmpxchg = NULL;
	*word |= WAITERS;
}

START_TEST(unlock_of_a_word_that_changes_meanwhile_is_EAGAIN_if_nobody_waits)
{
	guest_words[0] = 7;
	guest_before_cmpxchg = disturb_first_time;
	ck_assert_int_eq(unlock(0, 7), -FX_EAGAIN);
	ck_assert_uint_eq(guest_words[0], 7 | WAITERS);
}
END_TEST

START_TEST(unlock_that_misses_WAITERS_of_one_who_waits_looks_again)
{
	struct fx_pi_waiter pw;

	guest_words[0] = 5;
	queue_for(&pw, 0, 7);
	guest_words[0] = 5;
	guest_before_cmpxchg = disturb_first_time;
	ck_assert_int_eq(unlock(0, 5), 0);
	ck_assert_uint_eq(guest_words[0], 7 | WAITERS);
	expect_owner(&pw);
}
END_TEST

static void steal_first_time(uint32_t *word)
{
	guest_before_cmpxchg = NULL;
	*word = 9;
}

START_TEST(unlock_of_a_word_that_is_stolen_from_waiters_is_EINVAL)
{
	struct fx_pi_waiter pw;

	guest_words[0] = 5;
	queue_for(&pw, 0, 7);
	guest_before_cmpxchg = steal_first_time;
	ck_assert_int_eq(unlock(0, 5), -FX_EINVAL);
	ck_assert_uint_eq(guest_words[0], 9);
	expect_given_up(&pw);
}
END_TEST

START_TEST(unlock_hands_over_in_order_and_always_says_WAITERS)
{
	struct fx_pi_waiter pw[3];
	uint32_t i;

	guest_words[0] = 5 | DIED;
	for (i = 0; i < 3; i++)
		queue_for(&pw[i], 0, 10 + i);
	ck_assert_uint_eq(guest_words[0], 5 | DIED | WAITERS);
	ck_assert_int_eq(unlock(0, 5), 0);
	ck_assert_uint_eq(guest_words[0], 10 | WAITERS);
	for (i = 0; i < 3; i++) {
		expect_owner(&pw[i]);
		ck_assert_int_eq(unlock(0, 10 + i), 0);
		ck_assert_uint_eq(guest_words[0], i < 2 ? (11 + i) | WAITERS : 0);
	}
}
END_TEST

START_TEST(more_urgent_waiters_come_first_and_equal_ones_in_order)
{
	static const int priorities[] = {0, 89, 49, 89, 0, 49, -1};
	static const unsigned order[] = {6, 2, 5, 1, 3, 0, 4};
	struct fx_pi_waiter pw[7];
	uint32_t owner = 5;
	uint32_t i;

	guest_words[0] = owner;
	for (i = 0; i < 7; i++) {
		guest_priority[10 + i] = priorities[i];
		queue_for(&pw[i], 0, 10 + i);
	}
	for (i = 0; i < 7; i++) {
		ck_assert_int_eq(unlock(0, owner), 0);
		owner = 10 + order[i];
		ck_assert_uint_eq(guest_words[0], owner | WAITERS);
		expect_owner(&pw[order[i]]);
	}
}
END_TEST

/* Each of three may be the one that has the state of the word. */
START_TEST(any_waiter_may_give_up_and_the_owner_stays_known)
{
	struct fx_pi_waiter pw[3];
	unsigned first = (unsigned)_i == 0 ? 1 : 0;
	unsigned i;
	uint32_t owner;

	guest_words[0] = 5;
	for (i = 0; i < 3; i++)
		queue_for(&pw[i], 0, 10 + i);
	expect_given_up(&pw[_i]);
	ck_assert_int_eq(fx_owner(&manager, at(0), FX_KEY_PRIVATE, &owner), 0);
	ck_assert_uint_eq(owner, 5);
	ck_assert_int_eq(unlock(0, 5), 0);
	ck_assert_uint_eq(guest_words[0], (10 + first) | WAITERS);
	for (i = 0; i < 3; i++)
		if (i == first)
			expect_owner(&pw[i]);
		else if (i != (unsigned)_i)
			expect_given_up(&pw[i]);
}
END_TEST

START_TEST(made_owner_reports_0_whatever_else_came)
{
	struct fx_pi_waiter pw;

	guest_words[0] = 5;
	queue_for(&pw, 0, 7);
	ck_assert_int_eq(unlock(0, 5), 0);
	ck_assert_int_eq(fx_lock_pi_end(&manager, &pw, -FX_EBAIL), 0);
}
END_TEST

START_TEST(ring_of_owners_is_EDEADLK)
{
	struct fx_pi_waiter pw[3];
	uint32_t i, n = (uint32_t)_i;

	for (i = 0; i <= n; i++)
		guest_words[i] = 10 + i;
	for (i = 0; i < n; i++)
		queue_for(&pw[i], i + 1, 10 + i);
	ck_assert_int_eq(lock(0, 10 + n), -FX_EDEADLK);
	ck_assert_uint_eq(guest_words[0], n == 0 ? 10 : 10 | WAITERS);
	ck_assert_int_eq(lock(0, 20), -FX_ETIMEDOUT);
	for (i = 0; i < n; i++)
		expect_given_up(&pw[i]);
}
END_TEST

START_TEST(long_chain_that_is_no_ring_is_waited_for)
{
	struct fx_pi_waiter pw[20];
	uint32_t i;

	for (i = 0; i <= 20; i++)
		guest_words[i] = 10 + i;
	for (i = 0; i < 20; i++)
		queue_for(&pw[i], i + 1, 10 + i);
	ck_assert_int_eq(lock(0, 40), -FX_ETIMEDOUT);
	ck_assert_int_eq(lock(0, 30), -FX_EDEADLK);
	ck_assert_int_eq(unlock(20, 30), 0);
	expect_owner(&pw[19]);
	ck_assert_int_eq(lock(0, 30), -FX_ETIMEDOUT);
	for (i = 0; i < 19; i++)
		expect_given_up(&pw[i]);
}
END_TEST

START_TEST(plain_waiter_and_owner_do_not_mix)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	ck_assert_int_eq(lock(0, 7), -FX_EINVAL);
	ck_assert_int_eq(trylock(0, 7), -FX_EINVAL);
	guest_words[0] = 7;
	ck_assert_int_eq(unlock(0, 7), -FX_EINVAL);
	ck_assert_uint_eq(guest_words[0], 7);
	ck_assert_int_eq(lock(0, 7), -FX_EDEADLK);
	ck_assert_int_eq(wake(0, 1), 1);
	expect_woken(&w);
}
END_TEST

START_TEST(wake_and_requeue_of_who_waits_for_an_owner_is_EINVAL)
{
	struct fx_pi_waiter pw;
	uint32_t val;

	guest_words[0] = 5;
	queue_for(&pw, 0, 7);
	val = guest_words[0];
	ck_assert_int_eq(wake(0, 1), -FX_EINVAL);
	ck_assert_int_eq(wake(0, 0), -FX_EINVAL);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PRIVATE, 1, 8), -FX_EINVAL);
	ck_assert_int_eq(requeue(0, 1, 1, 1), -FX_EINVAL);
	ck_assert_int_eq(requeue(0, 1, 0, 1), -FX_EINVAL);
	ck_assert_int_eq(requeue(0, 0, 0, 1), -FX_EINVAL);
	ck_assert_int_eq(requeue(0, 1, 0, 0), 0);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), at(1), FX_KEY_PRIVATE, 1, 1, val),
			 -FX_EINVAL);
	ck_assert_int_eq(
		fx_wake_op(&manager, at(0), at(1), FX_KEY_PRIVATE, FX_KEY_PRIVATE, 1, 1, 0),
		-FX_EINVAL);
	ck_assert_int_eq(fx_wake_op(&manager, at(1), at(0), FX_KEY_PRIVATE, FX_KEY_PRIVATE, 1, 1,
				    1U << 28 | 1U << 24 | 7),
			 -FX_EINVAL);
	expect_given_up(&pw);
}
END_TEST

START_TEST(wake_takes_plain_waiters_up_to_one_for_an_owner)
{
	struct fx_pi_waiter pw;
	struct fx_waiter w[2];

	guest_words[0] = 5;
	queue_for(&pw, 0, 7);
	ck_assert_int_eq(fx_wait_begin(&manager, &w[0], at(0), FX_KEY_PRIVATE, 5 | WAITERS, 1), 0);
	ck_assert_int_eq(wake(0, INT_MAX), -FX_EINVAL);
	ck_assert_int_eq(unlock(0, 5), 0);
	expect_owner(&pw);
	ck_assert_int_eq(wake(0, INT_MAX), 1);
	expect_woken(&w[0]);
}
END_TEST

START_TEST(requeue_puts_plain_waiters_behind_who_waits_for_an_owner)
{
	struct fx_pi_waiter pw[2];
	struct fx_waiter w;

	guest_words[0] = 5;
	queue_for(&pw[0], 0, 7);
	queue_on(&w, 1);
	ck_assert_int_eq(requeue(1, 0, 0, 1), 1);
	queue_for(&pw[1], 0, 8);
	ck_assert_int_eq(unlock(0, 5), 0);
	expect_owner(&pw[0]);
	/* The plain one is first now. */
	ck_assert_int_eq(unlock(0, 7), -FX_EINVAL);
	ck_assert_int_eq(lock(0, 9), -FX_EINVAL);
	ck_assert_int_eq(wake(0, 1), 1);
	expect_woken(&w);
	ck_assert_int_eq(unlock(0, 7), 0);
	expect_owner(&pw[1]);
}
END_TEST

/* What the word must say, and whether lock then waits. */
static const struct {
	uint32_t word;
	int result;
} fiddled[] = {
	{5 | WAITERS, -FX_ETIMEDOUT},
	{5, -FX_ETIMEDOUT},
	{5 | DIED, -FX_ETIMEDOUT},
	{9 | WAITERS, -FX_EINVAL},
	{WAITERS, -FX_EINVAL},
	{WAITERS | DIED, -FX_ETIMEDOUT},
	{0, -FX_EINVAL},
	{9 | DIED, -FX_EINVAL},
};

START_TEST(word_that_contradicts_the_known_owner_is_EINVAL)
{
	struct fx_pi_waiter pw;

	guest_words[0] = 5;
	queue_for(&pw, 0, 7);
	guest_words[0] = fiddled[_i].word;
	ck_assert_int_eq(lock(0, 8), fiddled[_i].result);
	ck_assert_int_eq(trylock(0, 8), fiddled[_i].result == -FX_EINVAL ? -FX_EINVAL : -FX_EAGAIN);
	ck_assert_uint_eq(guest_words[0], fiddled[_i].word);
	guest_words[0] = 8;
	ck_assert_int_eq(unlock(0, 8), -FX_EINVAL);
	expect_given_up(&pw);
}
END_TEST

START_TEST(exit_gives_each_word_to_its_first_waiter)
{
	struct fx_pi_waiter pw[4];

	guest_words[0] = guest_words[1] = guest_words[3] = 5;
	guest_words[2] = 6;
	queue_for(&pw[0], 0, 10);
	queue_for(&pw[1], 0, 11);
	queue_for(&pw[2], 1, 12);
	queue_for(&pw[3], 2, 13);
	guest_dead[5] = true;
	fx_pi_exit(&manager, 5);
	ck_assert_uint_eq(guest_words[0], 10 | WAITERS | DIED);
	ck_assert_uint_eq(guest_words[1], 12 | WAITERS | DIED);
	ck_assert_uint_eq(guest_words[2], 6 | WAITERS);
	ck_assert_uint_eq(guest_words[3], 5);
	expect_owner(&pw[0]);
	expect_owner(&pw[2]);
	ck_assert_int_eq(lock(3, 7), -FX_ESRCH);
	guest_dead[10] = true;
	fx_pi_exit(&manager, 10);
	ck_assert_uint_eq(guest_words[0], 11 | WAITERS | DIED);
	expect_owner(&pw[1]);
	expect_given_up(&pw[3]);
}
END_TEST

START_TEST(exit_gives_a_word_that_the_robust_list_has_marked)
{
	struct fx_pi_waiter pw[2];

	guest_words[0] = 5;
	queue_for(&pw[0], 0, 10);
	guest_words[0] = WAITERS | DIED;
	queue_for(&pw[1], 0, 11);
	guest_dead[5] = true;
	fx_pi_exit(&manager, 5);
	ck_assert_uint_eq(guest_words[0], 10 | WAITERS | DIED);
	expect_owner(&pw[0]);
	ck_assert_int_eq(unlock(0, 10), 0);
	ck_assert_uint_eq(guest_words[0], 11 | WAITERS);
	expect_owner(&pw[1]);
}
END_TEST

START_TEST(exit_with_a_word_that_cannot_be_written_is_EFAULT_for_the_heir)
{
	struct fx_pi_waiter pw;

	guest_words[0] = 5;
	queue_for(&pw, 0, 10);
	guest_read_only = at(0);
	guest_dead[5] = true;
	fx_pi_exit(&manager, 5);
	ck_assert(fx_waiter_woken(&pw.waiter));
	ck_assert_int_eq(fx_lock_pi_end(&manager, &pw, 0), -FX_EFAULT);
}
END_TEST

START_TEST(exit_of_who_owns_nothing_does_nothing)
{
	guest_dead[5] = true;
	fx_pi_exit(&manager, 5);
}
END_TEST

START_TEST(owner_is_what_the_manager_knows_or_else_the_word)
{
	struct fx_pi_waiter pw;
	uint32_t tid = 99;

	ck_assert_int_eq(fx_owner(&manager, at(0) + 2, FX_KEY_PRIVATE, &tid), -FX_EINVAL);
	ck_assert_int_eq(fx_owner(&manager, GUEST_HOLE, FX_KEY_PRIVATE, &tid), -FX_EFAULT);
	ck_assert_uint_eq(tid, 99);
	ck_assert_int_eq(fx_owner(&manager, at(0), FX_KEY_PRIVATE, &tid), 0);
	ck_assert_uint_eq(tid, 0);
	guest_words[0] = 5;
	queue_for(&pw, 0, 7);
	ck_assert_int_eq(fx_owner(&manager, at(0), FX_KEY_PRIVATE, &tid), 0);
	ck_assert_uint_eq(tid, 5);
	guest_words[0] = 9;
	ck_assert_int_eq(fx_owner(&manager, at(0), FX_KEY_PRIVATE, &tid), 0);
	ck_assert_uint_eq(tid, 5);
	ck_assert_int_eq(fx_owner(&manager, at(0), FX_KEY_PROCESS, &tid), 0);
	ck_assert_uint_eq(tid, 9);
	expect_given_up(&pw);
}
END_TEST

START_TEST(classes_have_waiters_apart)
{
	struct fx_pi_waiter pw;

	guest_words[0] = 5;
	ck_assert_int_eq(fx_lock_pi_begin(&manager, &pw, at(0), FX_KEY_PROCESS, 7), 0);
	ck_assert_int_eq(unlock(0, 5), 0);
	ck_assert_uint_eq(guest_words[0], 0);
	expect_given_up(&pw);
}
END_TEST

START_TEST(growth_moves_who_waits_for_an_owner)
{
	struct fx_pi_waiter pw[2];
	size_t bytes = 8 * FX_MANAGER_MIN_TABLE;

	guest_words[0] = 5;
	queue_for(&pw[0], 0, 10);
	queue_for(&pw[1], 0, 11);
	fx_manager_grow(&manager, new_table(bytes), bytes);
	ck_assert_int_eq(unlock(0, 5), 0);
	expect_owner(&pw[0]);
	expect_given_up(&pw[1]);
}
END_TEST

START_TEST(reset_forgets_who_waits_for_an_owner)
{
	struct fx_pi_waiter pw;

	guest_words[0] = 5;
	queue_for(&pw, 0, 10);
	fx_manager_reset(&manager);
	ck_assert_int_eq(unlock(0, 5), 0);
	ck_assert_uint_eq(guest_words[0], 0);
}
END_TEST

TCase *pi_cases(void)
{
	TCase *tc = tcase_create("pi");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_loop_test(tc, free_word_is_taken_and_freed, 0, 2);
	tcase_add_loop_test(tc, word_without_owner_keeps_OWNER_DIED_and_loses_WAITERS, 0, 2);
	tcase_add_loop_test(tc, own_word_again_is_EDEADLK_and_stays, 0, 2);
	tcase_add_test(tc, waiter_sets_WAITERS_which_its_timeout_leaves);
	tcase_add_test(tc, trylock_of_an_owned_word_is_EAGAIN_and_sets_WAITERS);
	tcase_add_loop_test(tc, owner_that_does_not_exist_is_ESRCH_and_WAITERS_stays, 0, 4);
	tcase_add_loop_test(tc, owner_that_dies_meanwhile_is_succeeded, 0, 2);
	tcase_add_loop_test(tc, word_that_changes_meanwhile_is_looked_at_again, 0, 2);
	tcase_add_test(tc, lock_of_misaligned_or_unmapped_word);
	tcase_add_test(tc, lock_of_read_only_word_is_EFAULT_but_own_one_EDEADLK_if_private);
	tcase_add_test(tc, lock_with_wrong_deadline_is_EINVAL_even_if_free);
	tcase_add_test(tc, unlock_checks_memory_then_owner_then_alignment);
	tcase_add_test(tc, unlock_by_another_is_EPERM);
	tcase_add_test(tc, unlock_of_a_word_that_changes_meanwhile_is_EAGAIN_if_nobody_waits);
	tcase_add_test(tc, unlock_that_misses_WAITERS_of_one_who_waits_looks_again);
	tcase_add_test(tc, unlock_of_a_word_that_is_stolen_from_waiters_is_EINVAL);
	tcase_add_test(tc, unlock_hands_over_in_order_and_always_says_WAITERS);
	tcase_add_test(tc, more_urgent_waiters_come_first_and_equal_ones_in_order);
	tcase_add_loop_test(tc, any_waiter_may_give_up_and_the_owner_stays_known, 0, 3);
	tcase_add_test(tc, made_owner_reports_0_whatever_else_came);
	tcase_add_loop_test(tc, ring_of_owners_is_EDEADLK, 0, 4);
	tcase_add_test(tc, long_chain_that_is_no_ring_is_waited_for);
	tcase_add_test(tc, plain_waiter_and_owner_do_not_mix);
	tcase_add_test(tc, wake_and_requeue_of_who_waits_for_an_owner_is_EINVAL);
	tcase_add_test(tc, wake_takes_plain_waiters_up_to_one_for_an_owner);
	tcase_add_test(tc, requeue_puts_plain_waiters_behind_who_waits_for_an_owner);
	tcase_add_loop_test(tc, word_that_contradicts_the_known_owner_is_EINVAL, 0, 8);
	tcase_add_test(tc, exit_gives_each_word_to_its_first_waiter);
	tcase_add_test(tc, exit_gives_a_word_that_the_robust_list_has_marked);
	tcase_add_test(tc, exit_with_a_word_that_cannot_be_written_is_EFAULT_for_the_heir);
	tcase_add_test(tc, exit_of_who_owns_nothing_does_nothing);
	tcase_add_test(tc, owner_is_what_the_manager_knows_or_else_the_word);
	tcase_add_test(tc, classes_have_waiters_apart);
	tcase_add_test(tc, growth_moves_who_waits_for_an_owner);
	tcase_add_test(tc, reset_forgets_who_waits_for_an_owner);
	return tc;
}
