/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include "manager/bucket.h"
#include "tests/unit/manager/guest.h"

static void grow_to(size_t bytes)
{
	fx_manager_grow(&manager, new_table(bytes), bytes);
}

START_TEST(smallest_table_is_big_enough_for_one_thread)
{
	ck_assert_uint_eq(fx_manager_grow_bytes(&manager, 1), 0);
}
END_TEST

START_TEST(growth_is_at_least_a_doubling_and_then_enough)
{
	size_t before = FX_MANAGER_MIN_TABLE;
	unsigned n;

	for (n = 1; n <= 1000; n++) {
		size_t bytes = fx_manager_grow_bytes(&manager, n);

		if (bytes == 0)
			continue;
		ck_assert_uint_ge(bytes, 2 * before);
		grow_to(bytes);
		ck_assert_uint_eq(fx_manager_grow_bytes(&manager, n), 0);
		before = bytes;
	}
	ck_assert_uint_ge(fx_table_count(manager.table), 1000);
}
END_TEST

START_TEST(table_that_is_no_larger_is_ignored)
{
	uintptr_t before = manager.table;

	grow_to(FX_MANAGER_MIN_TABLE);
	ck_assert_uint_eq(manager.table, before);
}
END_TEST

START_TEST(table_of_any_size_is_used_up_to_a_power_of_two)
{
	size_t bytes = 3 * FX_MANAGER_MIN_TABLE;

	grow_to(bytes);
	ck_assert_uint_eq(fx_table_count(manager.table), 32);
}
END_TEST

START_TEST(waiters_go_along_in_order)
{
	struct fx_waiter w[3 * 64];
	unsigned i;

	for (i = 0; i < 3 * 64; i++)
		queue_on(&w[i], i % 64);
	grow_to(8 * FX_MANAGER_MIN_TABLE);
	grow_to(64 * FX_MANAGER_MIN_TABLE);
	for (i = 0; i < 3 * 64; i++) {
		ck_assert(!fx_waiter_woken(&w[i]));
		ck_assert_int_eq(wake(i % 64, 1), 1);
		expect_woken(&w[i]);
	}
	ck_assert(manager_is_empty(&manager));
}
END_TEST

START_TEST(waiter_that_was_moved_by_growth_can_leave)
{
	struct fx_waiter w[2];

	queue_n_on(w, 2, 0);
	grow_to(4 * FX_MANAGER_MIN_TABLE);
	expect_left(&w[0]);
	ck_assert_int_eq(wake(0, INT_MAX), 1);
	expect_woken(&w[1]);
}
END_TEST

START_TEST(waiters_meet_across_growth)
{
	struct fx_waiter w[3];
	unsigned to;

	queue_on(&w[0], 0);
	grow_to(4 * FX_MANAGER_MIN_TABLE);
	to = stranger_to(0);
	queue_on(&w[1], 0);
	queue_on(&w[2], to);
	ck_assert_int_eq(requeue(0, to, 1, 1), 2);
	expect_woken(&w[0]);
	ck_assert_int_eq(wake(to, 1), 1);
	expect_woken(&w[2]);
	ck_assert_int_eq(wake(to, 1), 1);
	expect_woken(&w[1]);
}
END_TEST

START_TEST(retired_buckets_never_look_empty)
{
	const struct fx_bucket *b = fx_table_buckets(manager.table);
	struct fx_waiter w;
	unsigned i;

	queue_on(&w, 0);
	grow_to(2 * FX_MANAGER_MIN_TABLE);
	expect_left(&w);
	for (i = 0; i < 16; i++) {
		ck_assert_uint_ne(b[i].waiters, 0);
		ck_assert_uint_eq(b[i].lock, 0);
		ck_assert_ptr_null(b[i].queues);
	}
}
END_TEST

START_TEST(reset_forgets_the_waiters_and_frees_the_locks)
{
	struct fx_waiter lost[2], w;
	struct fx_bucket *b = fx_table_buckets(manager.table);

	queue_n_on(lost, 2, 0);
	b[3].lock = 1;
	b[4].lock = 2;
	manager.grow_lock = 1;
	fx_manager_reset(&manager);
	ck_assert(manager_is_empty(&manager));
	ck_assert_int_eq(wake(0, INT_MAX), 0);
	queue_on(&w, 0);
	ck_assert_int_eq(wake(0, INT_MAX), 1);
	expect_woken(&w);
	grow_to(2 * FX_MANAGER_MIN_TABLE);
}
END_TEST

TCase *table_cases(void)
{
	TCase *tc = tcase_create("table");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_test(tc, smallest_table_is_big_enough_for_one_thread);
	tcase_add_test(tc, growth_is_at_least_a_doubling_and_then_enough);
	tcase_add_test(tc, table_that_is_no_larger_is_ignored);
	tcase_add_test(tc, table_of_any_size_is_used_up_to_a_power_of_two);
	tcase_add_test(tc, waiters_go_along_in_order);
	tcase_add_test(tc, waiter_that_was_moved_by_growth_can_leave);
	tcase_add_test(tc, waiters_meet_across_growth);
	tcase_add_test(tc, retired_buckets_never_look_empty);
	tcase_add_test(tc, reset_forgets_the_waiters_and_frees_the_locks);
	return tc;
}
