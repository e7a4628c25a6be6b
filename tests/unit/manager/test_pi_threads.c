/* SPDX-License-Identifier: MIT */
/* Words with owners under real threads on the real platform. Nobody sleeps to synchronise. */
#include <string.h>

#include "tests/unit/manager/guest.h"

struct locker {
	struct place_thread thread;
	struct fx_pi_waiter pw;
	uint32_t tid;
	uint32_t begun; /* atomic */
	const struct fx_deadline *deadline;
	int result;
};

static void *locker_main(void *arg)
{
	struct locker *l = arg;
	int rc = fx_lock_pi_begin(&manager, &l->pw, at(0), FX_KEY_PRIVATE, l->tid);

	ck_assert_int_eq(rc, 0);
	__atomic_store_n(&l->begun, 1, __ATOMIC_RELEASE);
	rc = fx_lock_pi_end(&manager, &l->pw, fx_wait_sleep(&manager, &l->pw.waiter, l->deadline));
	__atomic_store_n(&l->result, rc, __ATOMIC_RELEASE);
	return NULL;
}

static void start(struct locker *l, uint32_t tid, const struct fx_deadline *deadline)
{
	memset(l, 0, sizeof(*l));
	l->tid = tid;
	l->deadline = deadline;
	l->result = 1;
	place_start(&l->thread, locker_main, l);
	await_that(__atomic_load_n(&l->begun, __ATOMIC_ACQUIRE));
}

static void await_parked(struct locker *l)
{
	await_that(fx_waiter_parked(__atomic_load_n(&l->pw.waiter.word, __ATOMIC_ACQUIRE)));
}

static int join(struct locker *l)
{
	place_join(&l->thread);
	return l->result;
}

START_TEST(parked_threads_become_owner_by_priority)
{
	struct locker l[3];
	uint32_t owner = 5;
	uint32_t i;

	guest_words[0] = owner;
	for (i = 0; i < 3; i++) {
		guest_priority[10 + i] = 90 - (int)i;
		start(&l[i], 10 + i, NULL);
		await_parked(&l[i]);
	}
	for (i = 3; i-- > 0; owner = 10 + i) {
		ck_assert_int_eq(fx_unlock_pi(&manager, at(0), FX_KEY_PRIVATE, owner), 0);
		ck_assert_int_eq(join(&l[i]), 0);
	}
}
END_TEST

START_TEST(parked_thread_inherits_from_a_dead_owner)
{
	struct locker l;

	guest_words[0] = 5;
	start(&l, 10, NULL);
	await_parked(&l);
	guest_dead[5] = true;
	fx_pi_exit(&manager, 5);
	ck_assert_int_eq(join(&l), 0);
	ck_assert_uint_eq(guest_words[0], 10 | FX_PI_WAITERS | FX_PI_OWNER_DIED);
}
END_TEST

START_TEST(parked_thread_times_out_on_either_clock)
{
	struct fx_deadline until =
		deadline_in(_i == 0 ? FX_CLOCK_MONOTONIC : FX_CLOCK_REALTIME, 10000000);
	struct locker l;

	guest_words[0] = 5;
	start(&l, 10, &until);
	ck_assert_int_eq(join(&l), -FX_ETIMEDOUT);
	ck_assert_uint_eq(guest_words[0], 5 | FX_PI_WAITERS);
}
END_TEST

/* A counter that only the lock protects. */

static unsigned counter;

static void *count(void *arg)
{
	uint32_t tid = (uint32_t)(uintptr_t)arg;
	unsigned i, rounds = rounds_of(2000);

	for (i = 0; i < rounds; i++) {
		uint32_t expected = 0;

		if (!__atomic_compare_exchange_n(&guest_words[0], &expected, tid, false,
						 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			ck_assert_int_eq(fx_lock_pi(&manager, at(0), FX_KEY_PRIVATE, tid, NULL), 0);
		counter++;
		if (i % 64 == 0)
			place_yield();
		expected = tid;
		if (!__atomic_compare_exchange_n(&guest_words[0], &expected, 0, false,
						 __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			ck_assert_int_eq(fx_unlock_pi(&manager, at(0), FX_KEY_PRIVATE, tid), 0);
	}
	return NULL;
}

START_TEST(one_thread_at_a_time_owns_the_word)
{
	struct place_thread thread[4];
	uintptr_t i;

	counter = 0;
	manager.spin_max = _i == 0 ? 0 : 100;
	for (i = 0; i < 4; i++)
		place_start(&thread[i], count, (void *)(i + 1));
	for (i = 0; i < 4; i++)
		place_join(&thread[i]);
	ck_assert_uint_eq(counter, 4 * rounds_of(2000));
	ck_assert_uint_eq(guest_words[0], 0);
}
END_TEST

START_TEST(signal_ends_a_parked_lock_with_EINTR)
{
	struct locker l;

	if (place_lacks_signals)
		skip_test(place_lacks_signals);
	guest_words[0] = 5;
	start(&l, 10, NULL);
	await_parked(&l);
	for (unsigned sent = 1; __atomic_load_n(&l.result, __ATOMIC_ACQUIRE) == 1; sent++) {
		place_interrupt(&l.thread);
		/* Ever longer, or it might do no more than handle them. */
		for (unsigned i = 0; i < sent; i++)
			place_yield();
	}
	ck_assert_int_eq(join(&l), -FX_EINTR);
	ck_assert_int_eq(fx_unlock_pi(&manager, at(0), FX_KEY_PRIVATE, 5), 0);
	ck_assert_uint_eq(guest_words[0], 0);
}
END_TEST

TCase *pi_thread_cases(void)
{
	TCase *tc = tcase_create("pi threads");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_test(tc, parked_threads_become_owner_by_priority);
	tcase_add_test(tc, parked_thread_inherits_from_a_dead_owner);
	tcase_add_loop_test(tc, parked_thread_times_out_on_either_clock, 0, 2);
	tcase_add_loop_test(tc, one_thread_at_a_time_owns_the_word, 0, 2);
	tcase_add_test(tc, signal_ends_a_parked_lock_with_EINTR);
	return tc;
}
