/* SPDX-License-Identifier: MIT */
/*
 * What a platform promises (manager/platform.h), asked of it directly, and what is only seen when
 * it serves many: hand-overs that lose nothing, a broadcast to 64, a clock that is set.
 */
#include <limits.h>

#include "tests/unit/manager/guest.h"

static uint32_t word; /* what is parked on */
static const struct fx_spot spot_of_word = {&word, &word, 0, ~(uint32_t)0};

static enum fx_clock clock_of(int turn)
{
	return turn == 0 ? FX_CLOCK_MONOTONIC : FX_CLOCK_REALTIME;
}

START_TEST(park_on_another_value_is_EAGAIN)
{
	word = 1;
	ck_assert_int_eq(place_platform->park(&spot_of_word, NULL, FX_PARK_WAIT), -FX_EAGAIN);
}
END_TEST

START_TEST(park_until_past_deadline_is_ETIMEDOUT)
{
	const struct fx_deadline past = {1, 0, clock_of(_i)};

	word = 0;
	ck_assert_int_eq(place_platform->park(&spot_of_word, &past, FX_PARK_WAIT), -FX_ETIMEDOUT);
}
END_TEST

/* It may return 0 for no reason, but -ETIMEDOUT not too early. */
START_TEST(park_ends_at_its_deadline_and_not_before)
{
	const struct fx_deadline until = deadline_in(clock_of(_i), 3000000);
	struct fx_deadline now;
	int rc;

	word = 0;
	do {
		rc = place_platform->park(&spot_of_word, &until, FX_PARK_WAIT);
	} while (rc == 0);
	ck_assert_int_eq(rc, -FX_ETIMEDOUT);
	place_platform->clock_now(until.clock, &now);
	ck_assert(now.sec > until.sec || (now.sec == until.sec && now.nsec >= until.nsec));
}
END_TEST

START_TEST(unpark_of_nobody_touches_no_memory)
{
	place_platform->unpark((uint32_t *)GUEST_HOLE);
}
END_TEST

START_TEST(clocks_go_forward)
{
	struct fx_deadline before, after;

	place_platform->clock_now(clock_of(_i), &before);
	do {
		place_platform->clock_now(clock_of(_i), &after);
		ck_assert(after.sec >= before.sec && after.nsec >= 0 && after.nsec < 1000000000);
		ck_assert(after.sec > before.sec || after.nsec >= before.nsec);
	} while (after.sec == before.sec && after.nsec == before.nsec);
	ck_assert_int_eq(after.clock, clock_of(_i));
}
END_TEST

/* Each sleeps on one sequence with a bit of its own, until its word is 1. */

struct bit_sleeper {
	struct place_thread thread;
	uint32_t word;
	uint32_t bit;
};

static uint32_t sequence;

static void *sleep_by_bit(void *arg)
{
	struct bit_sleeper *s = arg;

	for (;;) {
		const struct fx_spot spot = {&s->word, &sequence,
					     __atomic_load_n(&sequence, __ATOMIC_ACQUIRE), s->bit};

		if (__atomic_load_n(&s->word, __ATOMIC_ACQUIRE) == 1)
			return arg;
		place_platform->park(&spot, NULL, FX_PARK_LOCK);
	}
}

static void wake_by_bits(struct bit_sleeper *sleepers, uint32_t bits)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		if (bits & sleepers[i].bit)
			__atomic_store_n(&sleepers[i].word, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&sequence, 1, __ATOMIC_SEQ_CST);
	place_platform->unpark_set(&sequence, bits);
	for (i = 0; i < 4; i++)
		if (bits & sleepers[i].bit)
			place_join(&sleepers[i].thread);
}

/* One that is not woken hangs here. */
START_TEST(unpark_set_wakes_all_of_its_bits)
{
	static struct bit_sleeper sleepers[4];
	unsigned i;

	if (!place_platform->unpark_set)
		skip_test("the platform wakes one at a time");
	sequence = 0;
	for (i = 0; i < 4; i++) {
		sleepers[i].word = 0;
		sleepers[i].bit = i == 3 ? 0x80000000U : 1U << i;
		place_start(&sleepers[i].thread, sleep_by_bit, &sleepers[i]);
	}
	for (i = 0; i < 1000; i++)
		place_yield();
	wake_by_bits(sleepers, 0x80000002U);
	wake_by_bits(sleepers, 1);
	wake_by_bits(sleepers, 4);
}
END_TEST

/* Parks until the word is 1, and says how often it was told so. */
static uint32_t parkers_awake;

static void *parker(void *arg)
{
	while (__atomic_load_n(&word, __ATOMIC_ACQUIRE) == 0)
		place_platform->park(&spot_of_word, NULL, FX_PARK_LOCK);
	__atomic_fetch_add(&parkers_awake, 1, __ATOMIC_RELEASE);
	return arg;
}

/* Each unpark wakes one at most; that it wakes none that sleeps would hang the last. */
START_TEST(as_many_unparks_as_sleepers_wake_all)
{
	struct place_thread thread[4];
	unsigned i;

	word = parkers_awake = 0;
	for (i = 0; i < 4; i++)
		place_start(&thread[i], parker, NULL);
	for (i = 0; i < 1000; i++)
		place_yield();
	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < 4; i++)
		place_platform->unpark(&word);
	for (i = 0; i < 4; i++)
		place_join(&thread[i]);
	ck_assert_uint_eq(parkers_awake, 4);
}
END_TEST

/* Guest memory as the platform has it. */

START_TEST(memory_is_read_and_changed)
{
	static uint64_t two = 0x1122334455667788;
	uint64_t both;
	uint32_t seen;

	if (!place_memory_ops)
		skip_test(place_lacks_memory);
	guest_words[0] = 7;
	ck_assert_int_eq(place_memory_ops->load32(at(0), &seen), 0);
	ck_assert_uint_eq(seen, 7);
	ck_assert_int_eq(place_memory_ops->cmpxchg32(at(0), 8, 9, &seen), 0);
	ck_assert_uint_eq(seen, 7);
	ck_assert_uint_eq(guest_words[0], 7);
	ck_assert_int_eq(place_memory_ops->cmpxchg32(at(0), 7, 9, &seen), 0);
	ck_assert_uint_eq(seen, 7);
	ck_assert_uint_eq(guest_words[0], 9);
	ck_assert_int_eq(place_memory_ops->load64((uintptr_t)&two, &both), 0);
	ck_assert_uint_eq(both, two);
}
END_TEST

START_TEST(memory_that_is_not_there_is_EFAULT_and_nothing_is_written)
{
	uintptr_t hole;
	uint32_t seen = 5;
	uint64_t both = 5;

	if (!place_memory_ops)
		skip_test(place_lacks_memory);
	hole = place_hole();
	ck_assert_int_eq(place_memory_ops->load32(hole, &seen), -FX_EFAULT);
	ck_assert_int_eq(place_memory_ops->cmpxchg32(hole, 0, 1, &seen), -FX_EFAULT);
	ck_assert_int_eq(place_memory_ops->load64(hole, &both), -FX_EFAULT);
	ck_assert_uint_eq(seen, 5);
	ck_assert_uint_eq(both, 5);
}
END_TEST

START_TEST(memory_that_is_read_only_is_EFAULT_for_a_change_alone)
{
	uintptr_t uaddr;
	uint32_t seen = 5;

	if (!place_memory_ops)
		skip_test(place_lacks_memory);
	uaddr = place_read_only();
	ck_assert_int_eq(place_memory_ops->cmpxchg32(uaddr, 0, 1, &seen), -FX_EFAULT);
	ck_assert_uint_eq(seen, 5);
	ck_assert_int_eq(place_memory_ops->load32(uaddr, &seen), 0);
	ck_assert_uint_eq(seen, 0);
}
END_TEST

/* The manager on it: what a wait on such a word says. */
START_TEST(wait_on_memory_that_is_not_there_is_EFAULT)
{
	if (!place_memory_ops)
		skip_test(place_lacks_memory);
	manager.memory = place_memory_ops;
	ck_assert_int_eq(fx_wait(&manager, place_hole(), FX_KEY_PRIVATE, 0, 1, NULL), -FX_EFAULT);
	ck_assert_int_eq(fx_wake(&manager, place_hole(), FX_KEY_PRIVATE, 1, 1), 0);
	ck_assert_int_eq(fx_wake(&manager, place_hole(), FX_KEY_PROCESS, 1, 1), -FX_EFAULT);
	ck_assert_int_eq(fx_lock_pi(&manager, place_read_only(), FX_KEY_PRIVATE, 5, NULL),
			 -FX_EFAULT);
}
END_TEST

/* Many hand-overs, with and without a spin: each is a park and an unpark, or nearly. */

static unsigned passes;

static void pass(uint32_t mine, uint32_t theirs)
{
	for (unsigned i = 0; i < passes; i++) {
		while (__atomic_load_n(&guest_words[0], __ATOMIC_ACQUIRE) != mine)
			fx_wait(&manager, at(0), FX_KEY_PRIVATE, theirs, FX_BITSET_ANY, NULL);
		__atomic_store_n(&guest_words[0], theirs, __ATOMIC_RELEASE);
		fx_wake(&manager, at(0), FX_KEY_PRIVATE, 1, FX_BITSET_ANY);
	}
}

static void *other_player(void *arg)
{
	pass(1, 0);
	return arg;
}

static int64_t nsec_since(const struct fx_deadline *begin)
{
	struct fx_deadline now;

	place_platform->clock_now(FX_CLOCK_MONOTONIC, &now);
	return (now.sec - begin->sec) * 1000000000 + now.nsec - begin->nsec;
}

START_TEST(many_hand_overs_lose_nothing)
{
	struct place_thread thread;
	struct fx_deadline begin;

	passes = harness_amount("handovers", 2000) / 2;
	manager.spin_max = _i == 0 ? 0 : 200;
	place_platform->clock_now(FX_CLOCK_MONOTONIC, &begin);
	place_start(&thread, other_player, NULL);
	pass(0, 1);
	place_join(&thread);
	harness_note(_i == 0 ? "ns a hand-over" : "ns a hand-over, with a spin",
		     nsec_since(&begin) / (2 * passes));
}
END_TEST

START_TEST(wake_of_nobody_is_quick)
{
	const unsigned rounds = rounds_of(10000);
	struct fx_deadline begin;

	place_platform->clock_now(FX_CLOCK_MONOTONIC, &begin);
	for (unsigned i = 0; i < rounds; i++)
		ck_assert_int_eq(wake(0, 1), 0);
	harness_note("ns a wake of nobody", nsec_since(&begin) / rounds);
}
END_TEST

#define CROWD 64

static struct fx_waiter crowd[CROWD];
static uint32_t crowd_woken;

static void *one_of_the_crowd(void *arg)
{
	struct fx_waiter *w = arg;
	int rc = fx_wait_begin(&manager, w, at(0), FX_KEY_PRIVATE, 0, FX_BITSET_ANY);

	ck_assert_int_eq(rc, 0);
	rc = fx_wait_end(&manager, w, fx_wait_sleep(&manager, w, NULL));
	ck_assert_int_eq(rc, 0);
	__atomic_fetch_add(&crowd_woken, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void broadcast_to_the_crowd(void)
{
	struct place_thread thread[CROWD];
	unsigned i;

	crowd_woken = 0;
	for (i = 0; i < CROWD; i++) {
		crowd[i] = (struct fx_waiter){0};
		place_start(&thread[i], one_of_the_crowd, &crowd[i]);
	}
	for (i = 0; i < CROWD; i++)
		await_that(fx_waiter_parked(__atomic_load_n(&crowd[i].word, __ATOMIC_ACQUIRE)));
	ck_assert_int_eq(wake(0, INT_MAX), CROWD);
	for (i = 0; i < CROWD; i++)
		place_join(&thread[i]);
	ck_assert_uint_eq(crowd_woken, CROWD);
}

/* The second time the first of them sleeps as the others do (lot.h). */
START_TEST(broadcast_wakes_sixty_four_parked_threads)
{
	broadcast_to_the_crowd();
	broadcast_to_the_crowd();
}
END_TEST

/* A clock that is set. */

static struct fx_deadline tomorrow;
static struct fx_waiter sleeper;
static uint32_t sleeper_ended;

static void *sleep_until_tomorrow(void *arg)
{
	int rc = fx_wait_begin(&manager, &sleeper, at(0), FX_KEY_PRIVATE, 0, FX_BITSET_ANY);

	ck_assert_int_eq(rc, 0);
	*(int *)arg = fx_wait_end(&manager, &sleeper, fx_wait_sleep(&manager, &sleeper, &tomorrow));
	__atomic_store_n(&sleeper_ended, 1, __ATOMIC_RELEASE);
	return NULL;
}

START_TEST(deadline_on_REALTIME_comes_when_the_clock_is_set_ahead_and_MONOTONIC_does_not)
{
	struct place_thread thread;
	const char *lack;
	int result = 1;

	tomorrow = deadline_in(clock_of(_i), 0);
	tomorrow.sec += 86400;
	sleeper = (struct fx_waiter){0};
	sleeper_ended = 0;
	place_start(&thread, sleep_until_tomorrow, &result);
	await_that(fx_waiter_parked(__atomic_load_n(&sleeper.word, __ATOMIC_ACQUIRE)));
	lack = place_set_clock(86400 + 1);
	if (lack || clock_of(_i) == FX_CLOCK_MONOTONIC) {
		ck_assert_int_eq(wake(0, 1), 1);
		place_join(&thread);
		ck_assert_int_eq(result, 0);
	} else {
		await_that(__atomic_load_n(&sleeper_ended, __ATOMIC_ACQUIRE));
		place_join(&thread);
		ck_assert_int_eq(result, -FX_ETIMEDOUT);
	}
	if (lack)
		skip_test(lack);
}
END_TEST

START_TEST(clock_set_back_does_not_end_a_wait_too_early)
{
	struct fx_deadline until = deadline_in(FX_CLOCK_REALTIME, 0), now;
	struct place_thread thread;
	const char *lack;
	int result = 1;

	/* An hour and a little: back by the hour, then ahead by it. */
	until.sec += 3600;
	tomorrow = until;
	sleeper = (struct fx_waiter){0};
	sleeper_ended = 0;
	place_start(&thread, sleep_until_tomorrow, &result);
	await_that(fx_waiter_parked(__atomic_load_n(&sleeper.word, __ATOMIC_ACQUIRE)));
	lack = place_set_clock(-3600);
	if (lack) {
		ck_assert_int_eq(wake(0, 1), 1);
		place_join(&thread);
		skip_test(lack);
	}
	ck_assert_uint_eq(__atomic_load_n(&sleeper_ended, __ATOMIC_ACQUIRE), 0);
	place_set_clock(7200);
	await_that(__atomic_load_n(&sleeper_ended, __ATOMIC_ACQUIRE));
	place_join(&thread);
	ck_assert_int_eq(result, -FX_ETIMEDOUT);
	place_platform->clock_now(FX_CLOCK_REALTIME, &now);
	ck_assert(now.sec >= until.sec);
}
END_TEST

TCase *platform_cases(void)
{
	TCase *tc = tcase_create("platform");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_test(tc, park_on_another_value_is_EAGAIN);
	tcase_add_loop_test(tc, park_until_past_deadline_is_ETIMEDOUT, 0, 2);
	tcase_add_loop_test(tc, park_ends_at_its_deadline_and_not_before, 0, 2);
	tcase_add_test(tc, unpark_of_nobody_touches_no_memory);
	tcase_add_loop_test(tc, clocks_go_forward, 0, 2);
	tcase_add_test(tc, as_many_unparks_as_sleepers_wake_all);
	tcase_add_test(tc, unpark_set_wakes_all_of_its_bits);
	tcase_add_test(tc, memory_is_read_and_changed);
	tcase_add_test(tc, memory_that_is_not_there_is_EFAULT_and_nothing_is_written);
	tcase_add_test(tc, memory_that_is_read_only_is_EFAULT_for_a_change_alone);
	tcase_add_test(tc, wait_on_memory_that_is_not_there_is_EFAULT);
	tcase_add_loop_test(tc, many_hand_overs_lose_nothing, 0, 2);
	tcase_add_test(tc, wake_of_nobody_is_quick);
	tcase_add_test(tc, broadcast_wakes_sixty_four_parked_threads);
	tcase_add_loop_test(
		tc, deadline_on_REALTIME_comes_when_the_clock_is_set_ahead_and_MONOTONIC_does_not,
		0, 2);
	tcase_add_test(tc, clock_set_back_does_not_end_a_wait_too_early);
	return tc;
}
