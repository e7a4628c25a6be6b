/* SPDX-License-Identifier: MIT */
#include <limits.h>

#include "tests/unit/manager/guest.h"

static int wake_bitset(unsigned i, int nr, uint32_t bitset)
{
	return fx_wake(&manager, at(i), FX_KEY_PRIVATE, nr, bitset);
}

START_TEST(wake_of_nobody_is_0)
{
	ck_assert_int_eq(wake(0, 1), 0);
	ck_assert_int_eq(wake(0, INT_MAX), 0);
}
END_TEST

START_TEST(wake_with_bitset_zero_is_EINVAL)
{
	ck_assert_int_eq(wake_bitset(0, 1, 0), -FX_EINVAL);
	ck_assert_int_eq(fx_wake(&manager, GUEST_HOLE, FX_KEY_PROCESS, 1, 0), -FX_EINVAL);
}
END_TEST

START_TEST(wake_on_misaligned_word_is_EINVAL)
{
	ck_assert_int_eq(fx_wake(&manager, at(0) + 2, FX_KEY_PRIVATE, 1, 1), -FX_EINVAL);
	ck_assert_int_eq(fx_wake(&manager, GUEST_HOLE + 1, FX_KEY_PROCESS, 1, 1), -FX_EINVAL);
}
END_TEST

START_TEST(private_wake_on_unmapped_word_is_0)
{
	ck_assert_int_eq(fx_wake(&manager, GUEST_HOLE, FX_KEY_PRIVATE, 1, 1), 0);
}
END_TEST

START_TEST(process_wake_on_unmapped_word_is_EFAULT)
{
	ck_assert_int_eq(fx_wake(&manager, GUEST_HOLE, FX_KEY_PROCESS, 1, 1), -FX_EFAULT);
}
END_TEST

START_TEST(wake_takes_the_oldest_first)
{
	struct fx_waiter w[3];
	unsigned i;

	queue_n_on(w, 3, 0);
	for (i = 0; i < 3; i++) {
		ck_assert(!fx_waiter_woken(&w[i]));
		ck_assert_int_eq(wake(0, 1), 1);
		expect_woken(&w[i]);
	}
}
END_TEST

START_TEST(wake_of_some_leaves_the_youngest)
{
	struct fx_waiter w[4];

	queue_n_on(w, 4, 0);
	ck_assert_int_eq(wake(0, 3), 3);
	expect_woken(&w[0]);
	expect_woken(&w[1]);
	expect_woken(&w[2]);
	expect_left(&w[3]);
}
END_TEST

static const int less_than_one[] = {0, -1, INT_MIN};

START_TEST(wake_of_0_or_fewer_wakes_one)
{
	struct fx_waiter w[2];

	queue_n_on(w, 2, 0);
	ck_assert_int_eq(wake(0, less_than_one[_i]), 1);
	expect_woken(&w[0]);
	expect_left(&w[1]);
}
END_TEST

START_TEST(wake_of_all_wakes_any_number)
{
	struct fx_waiter w[100];
	unsigned i;

	queue_n_on(w, 100, 0);
	ck_assert_int_eq(wake(0, INT_MAX), 100);
	for (i = 0; i < 100; i++)
		expect_woken(&w[i]);
	ck_assert_int_eq(wake(0, INT_MAX), 0);
}
END_TEST

START_TEST(wake_passes_over_waiters_whose_bitset_it_does_not_meet)
{
	struct fx_waiter w[4];

	queue_bitset(&w[0], 0, 1);
	queue_bitset(&w[1], 0, 2);
	queue_bitset(&w[2], 0, 3);
	queue_bitset(&w[3], 0, 2);
	ck_assert_int_eq(wake_bitset(0, INT_MAX, 4), 0);
	ck_assert_int_eq(wake_bitset(0, 2, 6), 2);
	expect_woken(&w[1]);
	expect_woken(&w[2]);
	ck_assert_int_eq(wake_bitset(0, 1, 1), 1);
	expect_woken(&w[0]);
	expect_left(&w[3]);
}
END_TEST

START_TEST(wake_meets_the_last_waiter_when_all_before_it_are_passed_over)
{
	struct fx_waiter w[3];

	queue_bitset(&w[0], 0, 1);
	queue_bitset(&w[1], 0, 1);
	queue_bitset(&w[2], 0, 8);
	ck_assert_int_eq(wake_bitset(0, 5, 8), 1);
	expect_woken(&w[2]);
	expect_left(&w[0]);
	expect_left(&w[1]);
}
END_TEST

START_TEST(key_classes_never_match)
{
	struct fx_waiter private_one, process_one;

	queue_on(&private_one, 0);
	ck_assert_int_eq(fx_wait_begin(&manager, &process_one, at(0), FX_KEY_PROCESS, 0, 1), 0);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PROCESS, INT_MAX, FX_BITSET_ANY), 1);
	expect_woken(&process_one);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PROCESS, INT_MAX, FX_BITSET_ANY), 0);
	ck_assert_int_eq(wake(0, INT_MAX), 1);
	expect_woken(&private_one);
}
END_TEST

START_TEST(wake_leaves_another_word_of_the_same_bucket_alone)
{
	struct fx_waiter w[4];
	unsigned other = neighbour_of(0);

	queue_on(&w[0], other);
	queue_on(&w[1], 0);
	queue_on(&w[2], other);
	queue_on(&w[3], 0);
	ck_assert_int_eq(wake(0, INT_MAX), 2);
	expect_woken(&w[1]);
	expect_woken(&w[3]);
	ck_assert_int_eq(wake(0, 1), 0);
	ck_assert_int_eq(wake(other, INT_MAX), 2);
	expect_woken(&w[0]);
	expect_woken(&w[2]);
}
END_TEST

START_TEST(one_that_leaves_keeps_the_order_of_the_others)
{
	struct fx_waiter w[4];
	struct fx_waiter other;
	int i;

	queue_on(&other, neighbour_of(0));
	queue_n_on(w, 4, 0);
	expect_left(&w[_i]);
	for (i = 0; i < 4; i++) {
		if (i == _i)
			continue;
		ck_assert_int_eq(wake(0, 1), 1);
		expect_woken(&w[i]);
	}
	ck_assert_int_eq(wake(0, 1), 0);
	expect_left(&other);
}
END_TEST

TCase *wake_cases(void)
{
	TCase *tc = tcase_create("wake");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_test(tc, wake_of_nobody_is_0);
	tcase_add_test(tc, wake_with_bitset_zero_is_EINVAL);
	tcase_add_test(tc, wake_on_misaligned_word_is_EINVAL);
	tcase_add_test(tc, private_wake_on_unmapped_word_is_0);
	tcase_add_test(tc, process_wake_on_unmapped_word_is_EFAULT);
	tcase_add_test(tc, wake_takes_the_oldest_first);
	tcase_add_test(tc, wake_of_some_leaves_the_youngest);
	tcase_add_loop_test(tc, wake_of_0_or_fewer_wakes_one, 0, 3);
	tcase_add_test(tc, wake_of_all_wakes_any_number);
	tcase_add_test(tc, wake_passes_over_waiters_whose_bitset_it_does_not_meet);
	tcase_add_test(tc, wake_meets_the_last_waiter_when_all_before_it_are_passed_over);
	tcase_add_test(tc, key_classes_never_match);
	tcase_add_test(tc, wake_leaves_another_word_of_the_same_bucket_alone);
	tcase_add_loop_test(tc, one_that_leaves_keeps_the_order_of_the_others, 0, 4);
	return tc;
}
