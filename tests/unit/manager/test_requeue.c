/* SPDX-License-Identifier: MIT */
#include <limits.h>

#include "tests/unit/manager/guest.h"

static int cmp_requeue(unsigned from, unsigned to, int nr_wake, int nr_requeue, uint32_t val)
{
	return fx_requeue(&manager, at(from), at(to), FX_KEY_PRIVATE, FX_KEY_PRIVATE, nr_wake,
			  nr_requeue, &val);
}

static int requeue_raw(uintptr_t from, uintptr_t to, enum fx_key_class cls)
{
	return fx_requeue(&manager, from, to, cls, cls, 0, 1, NULL);
}

/* The second word in the first one's bucket, and in another. */
static unsigned other_word(int i)
{
	return i == 0 ? neighbour_of(0) : stranger_to(0);
}

START_TEST(requeue_of_nobody_is_0)
{
	ck_assert_int_eq(requeue(0, other_word(_i), 1, INT_MAX), 0);
}
END_TEST

START_TEST(requeue_with_negative_count_is_EINVAL_before_value)
{
	ck_assert_int_eq(requeue(0, 1, -1, 1), -FX_EINVAL);
	ck_assert_int_eq(requeue(0, 1, 1, -1), -FX_EINVAL);
	ck_assert_int_eq(cmp_requeue(0, 1, 0, INT_MIN, 5), -FX_EINVAL);
}
END_TEST

START_TEST(requeue_with_misaligned_word_is_EINVAL)
{
	uint32_t wrong = 1;

	ck_assert_int_eq(requeue_raw(at(0) + 1, at(1), FX_KEY_PRIVATE), -FX_EINVAL);
	ck_assert_int_eq(requeue_raw(at(0), at(1) + 2, FX_KEY_PRIVATE), -FX_EINVAL);
	ck_assert_int_eq(fx_requeue(&manager, at(0), at(1) + 3, FX_KEY_PRIVATE, FX_KEY_PRIVATE, 0,
				    1, &wrong),
			 -FX_EINVAL);
}
END_TEST

START_TEST(process_requeue_with_unmapped_word_is_EFAULT_in_order_of_words)
{
	ck_assert_int_eq(requeue_raw(GUEST_HOLE, at(0), FX_KEY_PROCESS), -FX_EFAULT);
	ck_assert_int_eq(requeue_raw(at(0), GUEST_HOLE, FX_KEY_PROCESS), -FX_EFAULT);
	ck_assert_int_eq(requeue_raw(GUEST_HOLE, at(0) + 1, FX_KEY_PROCESS), -FX_EFAULT);
	ck_assert_int_eq(requeue_raw(at(0) + 1, GUEST_HOLE, FX_KEY_PROCESS), -FX_EINVAL);
}
END_TEST

START_TEST(private_requeue_with_unmapped_word_is_EFAULT_only_if_it_is_compared)
{
	uint32_t zero = 0;

	ck_assert_int_eq(requeue_raw(GUEST_HOLE, at(0), FX_KEY_PRIVATE), 0);
	ck_assert_int_eq(requeue_raw(at(0), GUEST_HOLE, FX_KEY_PRIVATE), 0);
	ck_assert_int_eq(fx_requeue(&manager, GUEST_HOLE, at(0), FX_KEY_PRIVATE, FX_KEY_PRIVATE, 0,
				    1, &zero),
			 -FX_EFAULT);
}
END_TEST

START_TEST(cmp_requeue_on_another_value_is_EAGAIN_and_moves_nobody)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	ck_assert_int_eq(cmp_requeue(0, 1, 1, 1, 7), -FX_EAGAIN);
	ck_assert_int_eq(wake(1, 1), 0);
	expect_left(&w);
}
END_TEST

static void change_before_third_load(unsigned nth)
{
	if (nth == 3)
		guest_words[0] = 1;
}

START_TEST(cmp_requeue_compares_under_the_locks)
{
	struct fx_waiter w;

	guest_before_load = change_before_third_load;
	ck_assert_int_eq(fx_wait_begin(&manager, &w, at(0), FX_KEY_PRIVATE, 0, 1), 0);
	guest_words[0] = 0;
	ck_assert_int_eq(cmp_requeue(0, other_word(_i), 1, 1, 0), -FX_EAGAIN);
	expect_left(&w);
}
END_TEST

START_TEST(requeue_wakes_the_oldest_and_moves_the_next)
{
	struct fx_waiter w[4];
	unsigned to = other_word(_i);

	queue_n_on(w, 4, 0);
	ck_assert_int_eq(cmp_requeue(0, to, 1, 2, 0), 3);
	expect_woken(&w[0]);
	ck_assert_int_eq(wake(to, 1), 1);
	expect_woken(&w[1]);
	ck_assert_int_eq(wake(0, INT_MAX), 1);
	expect_woken(&w[3]);
	ck_assert_int_eq(wake(to, INT_MAX), 1);
	expect_woken(&w[2]);
}
END_TEST

START_TEST(requeue_of_none_moves_none)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	ck_assert_int_eq(requeue(0, other_word(_i), 0, 0), 0);
	ck_assert_int_eq(wake(0, 1), 1);
	expect_woken(&w);
}
END_TEST

START_TEST(requeue_with_wake_0_wakes_nobody)
{
	struct fx_waiter w[2];
	unsigned to = other_word(_i);

	queue_n_on(w, 2, 0);
	ck_assert_int_eq(requeue(0, to, 0, 1), 1);
	ck_assert(!fx_waiter_woken(&w[0]));
	ck_assert_int_eq(wake(0, INT_MAX), 1);
	expect_woken(&w[1]);
	expect_left(&w[0]);
}
END_TEST

START_TEST(requeue_of_all_counts_all)
{
	struct fx_waiter w[50];
	unsigned to = other_word(_i);
	unsigned i;

	queue_n_on(w, 50, 0);
	ck_assert_int_eq(requeue(0, to, INT_MAX, INT_MAX), 50);
	for (i = 0; i < 50; i++)
		expect_woken(&w[i]);
	queue_n_on(w, 50, 0);
	ck_assert_int_eq(requeue(0, to, 0, INT_MAX), 50);
	ck_assert_int_eq(wake(0, 1), 0);
	ck_assert_int_eq(wake(to, INT_MAX), 50);
	for (i = 0; i < 50; i++)
		expect_woken(&w[i]);
}
END_TEST

START_TEST(requeued_come_after_those_who_wait_there_already)
{
	struct fx_waiter w[3];
	unsigned to = other_word(_i);

	queue_on(&w[0], 0);
	queue_on(&w[1], 0);
	queue_on(&w[2], to);
	ck_assert_int_eq(requeue(0, to, 0, 2), 2);
	ck_assert_int_eq(wake(to, 1), 1);
	expect_woken(&w[2]);
	ck_assert_int_eq(wake(to, 1), 1);
	expect_woken(&w[0]);
	expect_left(&w[1]);
}
END_TEST

START_TEST(requeue_to_same_word_touches_each_waiter_once)
{
	struct fx_waiter w[3];

	queue_n_on(w, 3, 0);
	ck_assert_int_eq(requeue(0, 0, 0, INT_MAX), 3);
	ck_assert_int_eq(requeue(0, 0, 1, 1), 2);
	expect_woken(&w[0]);
	ck_assert_int_eq(wake(0, 1), 1);
	expect_woken(&w[1]);
	expect_left(&w[2]);
}
END_TEST

START_TEST(requeue_looks_at_no_bitset_and_keeps_it)
{
	struct fx_waiter w[2];
	unsigned to = other_word(_i);

	queue_bitset(&w[0], 0, 1);
	queue_bitset(&w[1], 0, 2);
	ck_assert_int_eq(requeue(0, to, 1, 1), 2);
	expect_woken(&w[0]);
	ck_assert_int_eq(fx_wake(&manager, at(to), FX_KEY_PRIVATE, 1, 1), 0);
	ck_assert_int_eq(fx_wake(&manager, at(to), FX_KEY_PRIVATE, 1, 2), 1);
	expect_woken(&w[1]);
}
END_TEST

START_TEST(requeued_waiter_still_times_out)
{
	struct fx_waiter w[2];
	unsigned to = other_word(_i);

	queue_n_on(w, 2, 0);
	ck_assert_int_eq(requeue(0, to, 0, 2), 2);
	expect_left(&w[0]);
	ck_assert_int_eq(wake(0, 1), 0);
	ck_assert_int_eq(wake(to, INT_MAX), 1);
	expect_woken(&w[1]);
}
END_TEST

START_TEST(requeue_there_and_back_again)
{
	struct fx_waiter w;
	unsigned to = other_word(_i);

	queue_on(&w, 0);
	ck_assert_int_eq(requeue(0, to, 0, 1), 1);
	ck_assert_int_eq(requeue(to, 0, 0, 1), 1);
	ck_assert_int_eq(wake(to, 1), 0);
	ck_assert_int_eq(wake(0, 1), 1);
	expect_woken(&w);
}
END_TEST

START_TEST(requeue_between_key_classes_changes_the_class)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	ck_assert_int_eq(
		fx_requeue(&manager, at(0), at(0), FX_KEY_PROCESS, FX_KEY_PRIVATE, 0, 1, NULL), 0);
	ck_assert_int_eq(
		fx_requeue(&manager, at(0), at(0), FX_KEY_PRIVATE, FX_KEY_PROCESS, 0, 1, NULL), 1);
	ck_assert_int_eq(wake(0, 1), 0);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PROCESS, 1, FX_BITSET_ANY), 1);
	expect_woken(&w);
}
END_TEST

TCase *requeue_cases(void)
{
	TCase *tc = tcase_create("requeue");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_loop_test(tc, requeue_of_nobody_is_0, 0, 2);
	tcase_add_test(tc, requeue_with_negative_count_is_EINVAL_before_value);
	tcase_add_test(tc, requeue_with_misaligned_word_is_EINVAL);
	tcase_add_test(tc, process_requeue_with_unmapped_word_is_EFAULT_in_order_of_words);
	tcase_add_test(tc, private_requeue_with_unmapped_word_is_EFAULT_only_if_it_is_compared);
	tcase_add_test(tc, cmp_requeue_on_another_value_is_EAGAIN_and_moves_nobody);
	tcase_add_loop_test(tc, cmp_requeue_compares_under_the_locks, 0, 2);
	tcase_add_loop_test(tc, requeue_wakes_the_oldest_and_moves_the_next, 0, 2);
	tcase_add_loop_test(tc, requeue_of_none_moves_none, 0, 2);
	tcase_add_loop_test(tc, requeue_with_wake_0_wakes_nobody, 0, 2);
	tcase_add_loop_test(tc, requeue_of_all_counts_all, 0, 2);
	tcase_add_loop_test(tc, requeued_come_after_those_who_wait_there_already, 0, 2);
	tcase_add_test(tc, requeue_to_same_word_touches_each_waiter_once);
	tcase_add_loop_test(tc, requeue_looks_at_no_bitset_and_keeps_it, 0, 2);
	tcase_add_loop_test(tc, requeued_waiter_still_times_out, 0, 2);
	tcase_add_loop_test(tc, requeue_there_and_back_again, 0, 2);
	tcase_add_test(tc, requeue_between_key_classes_changes_the_class);
	return tc;
}
