/* SPDX-License-Identifier: MIT */
#include <limits.h>

#include "tests/unit/manager/guest.h"

enum { SET, ADD, OR, ANDN, XOR, SHIFT = 8 };
enum { EQ, NE, LT, LE, GT, GE };

/* linux/futex.h's FUTEX_OP. */
static uint32_t encode(unsigned op, int oparg, unsigned cmp, int cmparg)
{
	return (op & 15U) << 28 | (cmp & 15U) << 24 | ((unsigned)oparg & 0xfffU) << 12 |
	       ((unsigned)cmparg & 0xfffU);
}

static int wake_op(unsigned i, unsigned j, int nr_wake, int nr_wake2, uint32_t encoded)
{
	return fx_wake_op(&manager, at(i), at(j), FX_KEY_PRIVATE, FX_KEY_PRIVATE, nr_wake, nr_wake2,
			  encoded);
}

static const struct {
	unsigned op;
	int arg;
	uint32_t before, after;
} operations[] = {
	{SET, 9, 7, 9},		{SET, -1, 7, UINT32_MAX}, {ADD, 3, 7, 10},
	{ADD, -3, 7, 4},	{ADD, 1, UINT32_MAX, 0},  {OR, 8, 7, 15},
	{ANDN, 5, 7, 2},	{XOR, 5, 7, 2},		  {SET | SHIFT, 4, 7, 16},
	{OR | SHIFT, 4, 7, 23}, {SET | SHIFT, 33, 7, 2},  {SET | SHIFT, -1, 7, 0x80000000U},
};

START_TEST(operation_changes_the_second_word)
{
	guest_words[1] = operations[_i].before;
	ck_assert_int_eq(wake_op(0, 1, 1, 1, encode(operations[_i].op, operations[_i].arg, EQ, 0)),
			 0);
	ck_assert_uint_eq(guest_words[1], operations[_i].after);
}
END_TEST

static const struct {
	unsigned cmp;
	uint32_t old;
	int arg;
	int second; /* woken on the second word */
} comparisons[] = {
	{EQ, 5, 5, 1},
	{EQ, 5, 4, 0},
	{NE, 5, 4, 1},
	{NE, 5, 5, 0},
	{LT, 4, 5, 1},
	{LT, 5, 5, 0},
	{LE, 5, 5, 1},
	{LE, 6, 5, 0},
	{GT, 6, 5, 1},
	{GT, 5, 5, 0},
	{GE, 5, 5, 1},
	{GE, 4, 5, 0},
	{LT, (uint32_t)-5, -4, 1},
	{GT, (uint32_t)-5, 0, 0},
};

START_TEST(old_value_decides_about_the_second_word)
{
	struct fx_waiter first, second;

	queue_on(&first, 0);
	queue_on(&second, 1);
	guest_words[1] = comparisons[_i].old;
	ck_assert_int_eq(
		wake_op(0, 1, 1, 1, encode(SET, 0, comparisons[_i].cmp, comparisons[_i].arg)),
		1 + comparisons[_i].second);
	expect_woken(&first);
	if (comparisons[_i].second)
		expect_woken(&second);
	else
		expect_left(&second);
}
END_TEST

START_TEST(each_word_wakes_its_number)
{
	struct fx_waiter w[6];
	unsigned to = _i == 0 ? neighbour_of(0) : stranger_to(0);

	queue_n_on(w, 3, 0);
	queue_n_on(w + 3, 3, to);
	ck_assert_int_eq(wake_op(0, to, 2, 1, encode(SET, 0, EQ, 0)), 3);
	expect_woken(&w[0]);
	expect_woken(&w[1]);
	expect_left(&w[2]);
	expect_woken(&w[3]);
	expect_left(&w[4]);
	expect_left(&w[5]);
}
END_TEST

START_TEST(counts_of_0_or_fewer_wake_one_each)
{
	struct fx_waiter w[4];

	queue_n_on(w, 2, 0);
	queue_n_on(w + 2, 2, 1);
	ck_assert_int_eq(wake_op(0, 1, _i, _i, encode(SET, 0, EQ, 0)), 2);
	expect_woken(&w[0]);
	expect_left(&w[1]);
	expect_woken(&w[2]);
	expect_left(&w[3]);
}
END_TEST

START_TEST(same_word_twice_wakes_both_numbers)
{
	struct fx_waiter w[3];

	queue_n_on(w, 3, 0);
	ck_assert_int_eq(wake_op(0, 0, 1, 1, encode(SET, 0, EQ, 0)), 2);
	expect_woken(&w[0]);
	expect_woken(&w[1]);
	expect_left(&w[2]);
}
END_TEST

START_TEST(unknown_operation_is_ENOSYS_and_changes_nothing)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	guest_words[1] = 7;
	ck_assert_int_eq(wake_op(0, 1, 1, 1, encode((unsigned)_i, 9, EQ, 0)), -FX_ENOSYS);
	ck_assert_uint_eq(guest_words[1], 7);
	expect_left(&w);
}
END_TEST

START_TEST(unknown_comparison_is_ENOSYS_after_the_change)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	guest_words[1] = 7;
	ck_assert_int_eq(wake_op(0, 1, 1, 1, encode(SET, 9, (unsigned)_i, 0)), -FX_ENOSYS);
	ck_assert_uint_eq(guest_words[1], 9);
	expect_left(&w);
}
END_TEST

static int raw(uintptr_t uaddr1, uintptr_t uaddr2, enum fx_key_class cls)
{
	return fx_wake_op(&manager, uaddr1, uaddr2, cls, cls, 1, 1, encode(SET, 0, EQ, 0));
}

START_TEST(wake_op_on_misaligned_word_is_EINVAL)
{
	ck_assert_int_eq(raw(at(0) + 1, at(1), FX_KEY_PRIVATE), -FX_EINVAL);
	ck_assert_int_eq(raw(at(0), at(1) + 2, FX_KEY_PRIVATE), -FX_EINVAL);
	ck_assert_int_eq(raw(at(0) + 1, GUEST_HOLE, FX_KEY_PROCESS), -FX_EINVAL);
}
END_TEST

START_TEST(wake_op_on_unmapped_word_is_EFAULT_for_the_first_in_the_process_class_only)
{
	ck_assert_int_eq(raw(GUEST_HOLE, at(1), FX_KEY_PRIVATE), 0);
	ck_assert_int_eq(raw(GUEST_HOLE, at(1) + 1, FX_KEY_PROCESS), -FX_EFAULT);
	ck_assert_int_eq(raw(at(0), GUEST_HOLE, FX_KEY_PRIVATE), -FX_EFAULT);
	ck_assert_int_eq(raw(at(0), GUEST_HOLE, FX_KEY_PROCESS), -FX_EFAULT);
}
END_TEST

static void change_first_time(uint32_t *word)
{
	guest_before_cmpxchg = NULL;
	*word = 20;
}

START_TEST(operation_is_atomic_against_the_guest)
{
	guest_before_cmpxchg = change_first_time;
	ck_assert_int_eq(wake_op(0, 1, 1, 1, encode(ADD, 1, EQ, 20)), 0);
	ck_assert_uint_eq(guest_words[1], 21);
}
END_TEST

TCase *wake_op_cases(void)
{
	TCase *tc = tcase_create("wake_op");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_loop_test(tc, operation_changes_the_second_word, 0, 12);
	tcase_add_loop_test(tc, old_value_decides_about_the_second_word, 0, 14);
	tcase_add_loop_test(tc, each_word_wakes_its_number, 0, 2);
	tcase_add_loop_test(tc, counts_of_0_or_fewer_wake_one_each, -1, 1);
	tcase_add_test(tc, same_word_twice_wakes_both_numbers);
	tcase_add_loop_test(tc, unknown_operation_is_ENOSYS_and_changes_nothing, 5, 8);
	tcase_add_loop_test(tc, unknown_comparison_is_ENOSYS_after_the_change, 6, 16);
	tcase_add_test(tc, wake_op_on_misaligned_word_is_EINVAL);
	tcase_add_test(tc,
		       wake_op_on_unmapped_word_is_EFAULT_for_the_first_in_the_process_class_only);
	tcase_add_test(tc, operation_is_atomic_against_the_guest);
	return tc;
}
