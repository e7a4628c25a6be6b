/* SPDX-License-Identifier: MIT */
/* Places in lots: who gets which, and that a wake of many is few calls of the platform. */
#include <limits.h>

#include "tests/unit/manager/guest.h"

#define MANY 70

static struct fx_waiter waiters[MANY];
static unsigned calls;
static uint32_t called; /* bits of all calls, and so places, if they were of one lot each */
static unsigned bits_called;

static void count_set(uint32_t *address, uint32_t bits)
{
	(void)address;
	calls++;
	called |= bits;
	bits_called += (unsigned)fx_spot_count(bits);
}

static unsigned unparks;

static void count_one(uint32_t *word)
{
	(void)word;
	unparks++;
}

/* As the waiting threads would, of which there are none here. */
static void park_all(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		uint32_t place = fx_lot_take(&manager, waiters[i].lot);

		waiters[i].word = place ? place : FX_WAITER_PARKED;
	}
}

static void leave_all(unsigned n, const uint32_t *places)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (fx_lot_is_place(places[i]))
			fx_lot_leave(&manager, places[i]);
}

static void wake_and_leave(unsigned n)
{
	uint32_t places[MANY];
	unsigned i;

	calls = called = bits_called = unparks = 0;
	for (i = 0; i < n; i++)
		places[i] = waiters[i].word;
	ck_assert_int_eq(wake(0, INT_MAX), (int)n);
	for (i = 0; i < n; i++)
		expect_woken(&waiters[i]);
	leave_all(n, places);
}

static void lots_are_empty(void)
{
	unsigned i;

	for (i = 0; i < FX_LOTS; i++)
		ck_assert_uint_eq(manager.lots[i].places, 0);
}

START_TEST(places_are_as_many_as_there_are_and_each_is_another)
{
	static uint32_t places[FX_LOTS * FX_LOT_PLACES];
	const unsigned all = FX_LOTS * FX_LOT_PLACES;
	unsigned i;

	for (i = 0; i < all; i++) {
		places[i] = fx_lot_take(&manager, 5);
		ck_assert(fx_lot_is_place(places[i]));
		ck_assert(fx_waiter_parked(places[i]));
	}
	for (i = 0; i < FX_LOTS; i++)
		ck_assert_uint_eq(manager.lots[i].places, 0xffffffffU);
	ck_assert_uint_eq(fx_lot_take(&manager, 5), 0);
	fx_lot_leave(&manager, places[77]);
	ck_assert_uint_eq(fx_lot_take(&manager, 5), places[77]);
	leave_all(all, places);
	lots_are_empty();
}
END_TEST

START_TEST(no_number_and_no_unpark_set_have_no_place)
{
	ck_assert_uint_eq(fx_lot_take(&manager, FX_LOT_NONE), 0);
	scripted_platform.unpark_set = NULL;
	ck_assert_uint_eq(fx_lot_take(&manager, 0), 0);
}
END_TEST

START_TEST(lone_waiter_sleeps_on_its_own_word)
{
	queue_on(&waiters[0], 0);
	ck_assert_uint_eq(waiters[0].lot, FX_LOT_NONE);
	park_all(1);
	wake_and_leave(1);
	ck_assert_uint_eq(unparks, 1);
	ck_assert_uint_eq(calls, 0);
}
END_TEST

START_TEST(wake_of_thirty_three_is_two_calls_and_the_next_one_too)
{
	queue_n_on(waiters, 33, 0);
	park_all(33);
	wake_and_leave(33);
	ck_assert_uint_eq(unparks, 1);
	ck_assert_uint_eq(calls, 1);
	ck_assert_uint_eq(called, 0xffffffffU);
	lots_are_empty();

	/* Where several were woken the first one sleeps with them. */
	queue_n_on(waiters, 33, 0);
	park_all(33);
	wake_and_leave(33);
	ck_assert_uint_eq(unparks, 0);
	ck_assert_uint_eq(calls, 2);
	ck_assert_uint_eq(bits_called, 33);
	lots_are_empty();
}
END_TEST

START_TEST(wake_of_one_in_a_lot_calls_no_other)
{
	uint32_t place;

	queue_n_on(waiters, 3, 0);
	park_all(3);
	calls = called = bits_called = unparks = 0;
	ck_assert_int_eq(wake(0, 1), 1);
	ck_assert_uint_eq(unparks, 1);
	place = waiters[1].word;
	ck_assert_int_eq(wake(0, 1), 1);
	ck_assert_uint_eq(calls, 1);
	ck_assert_uint_eq(bits_called, 1);
	ck_assert_uint_eq(called, 1U << place % FX_LOT_PLACES);
	fx_lot_leave(&manager, place);
	expect_woken(&waiters[0]);
	expect_woken(&waiters[1]);
	place = waiters[2].word;
	expect_left(&waiters[2]);
	fx_lot_leave(&manager, place);
	lots_are_empty();
}
END_TEST

START_TEST(who_is_not_asleep_needs_no_call)
{
	queue_n_on(waiters, 10, 0);
	wake_and_leave(10);
	ck_assert_uint_eq(unparks + calls, 0);
}
END_TEST

START_TEST(reset_leaves_the_lots_empty)
{
	ck_assert(fx_lot_take(&manager, 3) != 0);
	fx_manager_reset(&manager);
	lots_are_empty();
}
END_TEST

static void lot_setup(void)
{
	guest_setup();
	scripted_platform.unpark = count_one;
	scripted_platform.unpark_set = count_set;
}

TCase *lot_cases(void)
{
	TCase *tc = tcase_create("lot");

	tcase_add_checked_fixture(tc, lot_setup, guest_teardown);
	tcase_add_test(tc, places_are_as_many_as_there_are_and_each_is_another);
	tcase_add_test(tc, no_number_and_no_unpark_set_have_no_place);
	tcase_add_test(tc, lone_waiter_sleeps_on_its_own_word);
	tcase_add_test(tc, wake_of_thirty_three_is_two_calls_and_the_next_one_too);
	tcase_add_test(tc, wake_of_one_in_a_lot_calls_no_other);
	tcase_add_test(tc, who_is_not_asleep_needs_no_call);
	tcase_add_test(tc, reset_leaves_the_lots_empty);
	return tc;
}
