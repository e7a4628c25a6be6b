/* SPDX-License-Identifier: MIT */
/*
 * Real threads on the real platform. Nobody sleeps to synchronise: a waiter's
 * word says when its thread is parked or about to be, and after that the
 * platform's contract makes no difference between the two.
 */
#include <limits.h>
#include <string.h>

#include "tests/unit/manager/guest.h"

struct sleeper {
	struct place_thread thread;
	struct fx_waiter waiter;
	uint32_t begun; /* atomic: the waiter is queued */
	unsigned word;
	const struct fx_deadline *deadline;
	int result;
};

static void *sleeper_main(void *arg)
{
	struct sleeper *s = arg;
	int rc = fx_wait_begin(&manager, &s->waiter, at(s->word), FX_KEY_PRIVATE, 0, FX_BITSET_ANY);

	ck_assert_int_eq(rc, 0);
	__atomic_store_n(&s->begun, 1, __ATOMIC_RELEASE);
	s->result =
		fx_wait_end(&manager, &s->waiter, fx_wait_sleep(&manager, &s->waiter, s->deadline));
	return NULL;
}

static void start(struct sleeper *s, unsigned word, const struct fx_deadline *deadline)
{
	memset(s, 0, sizeof(*s));
	s->word = word;
	s->deadline = deadline;
	s->result = 1;
	place_start(&s->thread, sleeper_main, s);
}

static void await_parked(struct sleeper *s)
{
	await_that(__atomic_load_n(&s->begun, __ATOMIC_ACQUIRE));
	await_that(fx_waiter_parked(__atomic_load_n(&s->waiter.word, __ATOMIC_ACQUIRE)));
}

static int join(struct sleeper *s)
{
	place_join(&s->thread);
	return s->result;
}

START_TEST(parked_thread_is_woken)
{
	struct sleeper s;

	start(&s, 0, NULL);
	await_parked(&s);
	ck_assert_int_eq(wake(0, 1), 1);
	ck_assert_int_eq(join(&s), 0);
}
END_TEST

START_TEST(parked_threads_are_all_woken)
{
	struct sleeper s[8];
	unsigned i;

	for (i = 0; i < 8; i++) {
		start(&s[i], 0, NULL);
		await_parked(&s[i]);
	}
	ck_assert_int_eq(wake(0, INT_MAX), 8);
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(join(&s[i]), 0);
}
END_TEST

START_TEST(parked_threads_are_woken_oldest_first)
{
	struct sleeper s[4];
	unsigned i;

	for (i = 0; i < 4; i++) {
		start(&s[i], 0, NULL);
		await_parked(&s[i]);
	}
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(wake(0, 1), 1);
		ck_assert_int_eq(join(&s[i]), 0);
	}
}
END_TEST

START_TEST(parked_thread_is_woken_at_the_word_it_was_requeued_to)
{
	struct sleeper s[2];
	unsigned to = _i == 0 ? neighbour_of(0) : stranger_to(0);

	start(&s[0], 0, NULL);
	await_parked(&s[0]);
	start(&s[1], 0, NULL);
	await_parked(&s[1]);
	ck_assert_int_eq(requeue(0, to, 1, 1), 2);
	ck_assert_int_eq(join(&s[0]), 0);
	ck_assert_int_eq(wake(0, 1), 0);
	ck_assert_int_eq(wake(to, 1), 1);
	ck_assert_int_eq(join(&s[1]), 0);
}
END_TEST

START_TEST(parked_thread_that_was_requeued_times_out_on_either_clock)
{
	enum fx_clock clock = _i == 0 ? FX_CLOCK_MONOTONIC : FX_CLOCK_REALTIME;
	struct fx_deadline until = deadline_in(clock, 20000000);
	struct sleeper s;
	unsigned to = stranger_to(0);
	int moved;

	start(&s, 0, &until);
	await_that(__atomic_load_n(&s.begun, __ATOMIC_ACQUIRE));
	moved = requeue(0, to, 0, 1);
	ck_assert_int_eq(join(&s), -FX_ETIMEDOUT);
	ck_assert(moved == 0 || moved == 1);
	ck_assert_int_eq(wake(to, 1), 0);
}
END_TEST

START_TEST(growth_moves_parked_threads)
{
	struct sleeper s[4];
	unsigned i;
	size_t bytes = 8 * FX_MANAGER_MIN_TABLE;

	for (i = 0; i < 4; i++) {
		start(&s[i], i, NULL);
		await_parked(&s[i]);
	}
	fx_manager_grow(&manager, new_table(bytes), bytes);
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(wake(i, 1), 1);
		ck_assert_int_eq(join(&s[i]), 0);
	}
}
END_TEST

/* Two threads hand a word to and fro; a lost wake would hang them. */

static void pass(uint32_t mine, uint32_t theirs)
{
	uintptr_t uaddr = at(0);
	unsigned i, rounds = rounds_of(5000);

	for (i = 0; i < rounds; i++) {
		while (__atomic_load_n(&guest_words[0], __ATOMIC_ACQUIRE) != mine)
			fx_wait(&manager, uaddr, FX_KEY_PRIVATE, theirs, FX_BITSET_ANY, NULL);
		__atomic_store_n(&guest_words[0], theirs, __ATOMIC_RELEASE);
		fx_wake(&manager, uaddr, FX_KEY_PRIVATE, 1, FX_BITSET_ANY);
	}
}

static void *other_player(void *arg)
{
	pass(1, 0);
	return arg;
}

START_TEST(two_threads_pass_a_word_to_and_fro)
{
	struct place_thread thread;

	manager.spin_max = _i == 0 ? 0 : 200;
	place_start(&thread, other_player, NULL);
	pass(0, 1);
	place_join(&thread);
}
END_TEST

/* Every wake counted is a wait that returned 0, while timeouts race with wakes. */

static uint32_t waits_done, waits_woken;

static void *racing_waiter(void *arg)
{
	unsigned i, rounds = rounds_of(300);

	for (i = 0; i < rounds; i++) {
		struct fx_deadline until = deadline_in(FX_CLOCK_MONOTONIC, (int64_t)(i % 7) * 3000);
		int rc = fx_wait(&manager, at(0), FX_KEY_PRIVATE, 0, FX_BITSET_ANY, &until);

		ck_assert(rc == 0 || rc == -FX_ETIMEDOUT);
		if (rc == 0)
			__atomic_fetch_add(&waits_woken, 1, __ATOMIC_RELAXED);
	}
	__atomic_fetch_add(&waits_done, 1, __ATOMIC_RELEASE);
	return arg;
}

START_TEST(every_wake_counted_is_a_wait_that_was_woken)
{
	struct place_thread thread[3];
	uint32_t counted = 0;
	unsigned i;

	waits_done = waits_woken = 0;
	for (i = 0; i < 3; i++)
		place_start(&thread[i], racing_waiter, NULL);
	while (__atomic_load_n(&waits_done, __ATOMIC_ACQUIRE) < 3) {
		counted += (uint32_t)wake(0, 2);
		place_yield();
	}
	for (i = 0; i < 3; i++)
		place_join(&thread[i]);
	ck_assert_uint_eq(counted, waits_woken);
}
END_TEST

/*
 * (A) to (D) of manager/bucket.h, over and over: a wait begins while the word is changed and then
 * woken. Either the wake finds the waiter, or that finds the new value; that both miss each other
 * is a wake lost for good, which nothing hides here.
 */

static uint32_t round_begun, round_ended; /* atomic */
static int round_woken;

static void *changes_and_wakes(void *arg)
{
	const uint32_t rounds = *(const uint32_t *)arg;

	for (uint32_t r = 1; r <= rounds; r++) {
		await_that(__atomic_load_n(&round_begun, __ATOMIC_ACQUIRE) == r);
		__atomic_store_n(&guest_words[0], r, __ATOMIC_RELAXED);
		round_woken = wake(0, 1);
		__atomic_store_n(&round_ended, r, __ATOMIC_RELEASE);
	}
	return NULL;
}

START_TEST(wake_finds_the_waiter_or_the_waiter_the_value)
{
	uint32_t r, rounds = rounds_of(5000);
	struct place_thread thread;

	round_begun = round_ended = 0;
	place_start(&thread, changes_and_wakes, &rounds);
	for (r = 1; r <= rounds; r++) {
		struct fx_waiter w;
		int rc;

		__atomic_store_n(&round_begun, r, __ATOMIC_RELEASE);
		rc = fx_wait_begin(&manager, &w, at(0), FX_KEY_PRIVATE, r - 1, FX_BITSET_ANY);
		await_that(__atomic_load_n(&round_ended, __ATOMIC_ACQUIRE) == r);
		ck_assert(rc == 0 || rc == -FX_EAGAIN);
		ck_assert_int_eq(round_woken, rc == 0 ? 1 : 0);
		if (rc == 0)
			expect_woken(&w);
	}
	place_join(&thread);
}
END_TEST

START_TEST(signal_ends_a_parked_wait_with_EINTR)
{
	struct sleeper s;

	if (place_lacks_signals)
		skip_test(place_lacks_signals);
	start(&s, 0, NULL);
	await_parked(&s);
	/* The thread may not have reached the host yet: again until it ends. */
	for (unsigned sent = 1; __atomic_load_n(&s.result, __ATOMIC_RELAXED) == 1; sent++) {
		place_interrupt(&s.thread);
		/* Ever longer, or it might do no more than handle them. */
		for (unsigned i = 0; i < sent; i++)
			place_yield();
	}
	ck_assert_int_eq(join(&s), -FX_EINTR);
	ck_assert_int_eq(wake(0, 1), 0);
}
END_TEST

TCase *thread_cases(void)
{
	TCase *tc = tcase_create("threads");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_test(tc, parked_thread_is_woken);
	tcase_add_test(tc, parked_threads_are_all_woken);
	tcase_add_test(tc, parked_threads_are_woken_oldest_first);
	tcase_add_loop_test(tc, parked_thread_is_woken_at_the_word_it_was_requeued_to, 0, 2);
	tcase_add_loop_test(tc, parked_thread_that_was_requeued_times_out_on_either_clock, 0, 2);
	tcase_add_test(tc, growth_moves_parked_threads);
	tcase_add_loop_test(tc, two_threads_pass_a_word_to_and_fro, 0, 2);
	tcase_add_test(tc, every_wake_counted_is_a_wait_that_was_woken);
	tcase_add_test(tc, wake_finds_the_waiter_or_the_waiter_the_value);
	tcase_add_test(tc, signal_ends_a_parked_wait_with_EINTR);
	return tc;
}
