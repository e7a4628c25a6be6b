/* SPDX-License-Identifier: MIT */
/* Waits that call a function. */
#include <limits.h>
#include <string.h>

#include "tests/unit/manager/guest.h"

static unsigned called;

static void count(struct fx_async *a, int result)
{
	(void)a;
	ck_assert_int_eq(result, 0);
	called++;
}

static void begin(struct fx_async *a, unsigned word, void (*done)(struct fx_async *, int))
{
	called = 0;
	a->done = done;
	ck_assert_int_eq(fx_wait_async(&manager, a, at(word), FX_KEY_PRIVATE, 0, FX_BITSET_ANY), 0);
}

START_TEST(async_wait_that_cannot_begin_calls_nothing)
{
	struct fx_async a = {.done = count};

	called = 0;
	ck_assert_int_eq(fx_wait_async(&manager, &a, at(0), FX_KEY_PRIVATE, 0, 0), -FX_EINVAL);
	ck_assert_int_eq(fx_wait_async(&manager, &a, at(0) + 1, FX_KEY_PRIVATE, 0, 1), -FX_EINVAL);
	ck_assert_int_eq(fx_wait_async(&manager, &a, GUEST_HOLE, FX_KEY_PRIVATE, 0, 1), -FX_EFAULT);
	ck_assert_int_eq(fx_wait_async(&manager, &a, at(0), FX_KEY_PRIVATE, 1, 1), -FX_EAGAIN);
	ck_assert_int_eq(wake(0, 1), 0);
	ck_assert_uint_eq(called, 0);
}
END_TEST

START_TEST(wake_calls_the_function_before_it_returns)
{
	struct fx_async a;

	begin(&a, 0, count);
	ck_assert_int_eq(wake(0, 1), 1);
	ck_assert_uint_eq(called, 1);
	ck_assert_int_eq(fx_wait_async_cancel(&manager, &a), -FX_EALREADY);
}
END_TEST

START_TEST(cancelled_wait_is_not_called)
{
	struct fx_async a;

	begin(&a, 0, count);
	ck_assert_int_eq(fx_wait_async_cancel(&manager, &a), 0);
	ck_assert_int_eq(wake(0, 1), 0);
	ck_assert_uint_eq(called, 0);
}
END_TEST

START_TEST(bitset_and_order_hold_for_async_waits)
{
	struct fx_async a[2];
	struct fx_waiter w;

	called = 0;
	a[0].done = a[1].done = count;
	ck_assert_int_eq(fx_wait_async(&manager, &a[0], at(0), FX_KEY_PRIVATE, 0, 1), 0);
	queue_on(&w, 0);
	ck_assert_int_eq(fx_wait_async(&manager, &a[1], at(0), FX_KEY_PRIVATE, 0, 2), 0);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PRIVATE, 1, 2), 1);
	expect_woken(&w);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PRIVATE, 2, 2), 1);
	ck_assert_uint_eq(called, 1);
	ck_assert_int_eq(fx_wait_async_cancel(&manager, &a[0]), 0);
	ck_assert_int_eq(fx_wait_async_cancel(&manager, &a[1]), -FX_EALREADY);
}
END_TEST

START_TEST(requeue_moves_an_async_wait)
{
	struct fx_async a;
	unsigned to = _i == 0 ? stranger_to(0) : neighbour_of(0);

	begin(&a, 0, count);
	ck_assert_int_eq(requeue(0, to, 0, 1), 1);
	ck_assert_int_eq(wake(0, 1), 0);
	ck_assert_int_eq(wake(to, 1), 1);
	ck_assert_uint_eq(called, 1);
}
END_TEST

static void wake_neighbour(struct fx_async *a, int result)
{
	ck_assert_int_eq(result, 0);
	called++;
	ck_assert_int_eq(wake(neighbour_of(0), 1), 1);
	memset(a, 0xdb, sizeof(*a));
	place_memory_free(a);
}

START_TEST(function_may_wake_others_and_free_its_own)
{
	struct fx_async *a = place_memory(sizeof(*a));
	struct fx_waiter w;

	begin(a, 0, wake_neighbour);
	queue_on(&w, neighbour_of(0));
	ck_assert_int_eq(wake(0, 1), 1);
	ck_assert_uint_eq(called, 1);
	expect_woken(&w);
}
END_TEST

static void queue_again(struct fx_async *a, int result)
{
	ck_assert_int_eq(result, 0);
	called++;
	ck_assert_int_eq(fx_wait_async(&manager, a, at(0), FX_KEY_PRIVATE, 0, FX_BITSET_ANY), 0);
}

START_TEST(function_may_queue_its_own_again)
{
	struct fx_async a;

	begin(&a, 0, queue_again);
	ck_assert_int_eq(wake(0, INT_MAX), 1);
	ck_assert_int_eq(wake(0, INT_MAX), 1);
	ck_assert_uint_eq(called, 2);
	ck_assert_int_eq(fx_wait_async_cancel(&manager, &a), 0);
}
END_TEST

START_TEST(wake_op_calls_it_too)
{
	struct fx_async a;

	begin(&a, 0, count);
	ck_assert_int_eq(fx_wake_op(&manager, at(0), at(1), FX_KEY_PRIVATE, FX_KEY_PRIVATE, 1, 1,
				    1U << 28 | 1U << 12),
			 1);
	ck_assert_uint_eq(called, 1);
}
END_TEST

/* A cancel from another thread does not return while the function runs. */

static uint32_t inside, may_go_on, cancelled; /* atomic */

static void linger(struct fx_async *a, int result)
{
	(void)a;
	(void)result;
	__atomic_store_n(&inside, 1, __ATOMIC_RELEASE);
	await_that(__atomic_load_n(&may_go_on, __ATOMIC_ACQUIRE));
	ck_assert_uint_eq(__atomic_load_n(&cancelled, __ATOMIC_ACQUIRE), 0);
	called++;
}

static void *waker(void *arg)
{
	ck_assert_int_eq(wake(0, 1), 1);
	return arg;
}

static void *canceller(void *arg)
{
	ck_assert_int_eq(fx_wait_async_cancel(&manager, arg), -FX_EALREADY);
	__atomic_store_n(&cancelled, 1, __ATOMIC_RELEASE);
	ck_assert_uint_eq(called, 1);
	memset(arg, 0xdb, sizeof(struct fx_async));
	return NULL;
}

START_TEST(cancel_returns_after_the_function)
{
	struct place_thread thread[2];
	struct fx_async a;
	unsigned i;

	inside = may_go_on = cancelled = 0;
	begin(&a, 0, linger);
	place_start(&thread[0], waker, NULL);
	await_that(__atomic_load_n(&inside, __ATOMIC_ACQUIRE));
	place_start(&thread[1], canceller, &a);
	for (i = 0; i < 100; i++)
		place_yield();
	__atomic_store_n(&may_go_on, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 2; i++)
		place_join(&thread[i]);
}
END_TEST

TCase *async_cases(void)
{
	TCase *tc = tcase_create("async");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_test(tc, async_wait_that_cannot_begin_calls_nothing);
	tcase_add_test(tc, wake_calls_the_function_before_it_returns);
	tcase_add_test(tc, cancelled_wait_is_not_called);
	tcase_add_test(tc, bitset_and_order_hold_for_async_waits);
	tcase_add_loop_test(tc, requeue_moves_an_async_wait, 0, 2);
	tcase_add_test(tc, function_may_wake_others_and_free_its_own);
	tcase_add_test(tc, function_may_queue_its_own_again);
	tcase_add_test(tc, wake_op_calls_it_too);
	tcase_add_test(tc, cancel_returns_after_the_function);
	return tc;
}
