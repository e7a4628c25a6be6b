/* SPDX-License-Identifier: MIT */
/* What an observer sees of waits that are not of one thread for one word without an owner. */
#include <limits.h>

#include "tests/unit/manager/guest.h"

static const struct fx_deadline past = {0, 0, FX_CLOCK_MONOTONIC};

static char seen[256];

static int64_t word_of(struct fx_key key)
{
	return (int64_t)((fx_key_uaddr(key) - at(0)) / sizeof(uint32_t));
}

static void note(const char *what, struct fx_key key, const char *more)
{
	harness_append(seen, sizeof(seen), what);
	harness_append_number(seen, sizeof(seen), word_of(key));
	harness_append(seen, sizeof(seen), more);
	harness_append(seen, sizeof(seen), " ");
}

static void on_begin(struct fx_manager *m, const struct fx_waiter *w)
{
	(void)m;
	note("begin", w->key, "");
}

static void on_wake(struct fx_manager *m, const struct fx_waiter *w)
{
	(void)m;
	ck_assert(!fx_waiter_woken(w));
	note("wake", w->key, "");
}

static void on_requeue(struct fx_manager *m, const struct fx_waiter *w, struct fx_key from)
{
	char to[16] = ">";

	(void)m;
	harness_append_number(to, sizeof(to), word_of(w->key));
	note("move", from, to);
}

static void on_end(struct fx_manager *m, const struct fx_waiter *w, int result)
{
	char text[16] = "=";

	(void)m;
	harness_append_number(text, sizeof(text), result);
	note("end", w->key, text);
}

static unsigned choices;

static struct fx_waiter *choose_and_count(struct fx_manager *m, struct fx_waiter *first,
					  uint32_t bitset)
{
	choices++;
	return fx_observer_choose_first(m, first, bitset);
}

static const struct fx_observer observer = {
	.wait_begin = on_begin,
	.wake = on_wake,
	.requeue = on_requeue,
	.wait_end = on_end,
	.choose = choose_and_count,
};

static void observed_setup(void)
{
	guest_setup();
	seen[0] = '\0';
	choices = 0;
	manager.observer = &observer;
}

static void queue_for(struct fx_pi_waiter *pw, unsigned i, uint32_t tid)
{
	ck_assert_int_eq(fx_lock_pi_begin(&manager, pw, at(i), FX_KEY_PRIVATE, tid), 0);
}

static void queue_to_be_moved(struct fx_pi_waiter *pw, uint32_t tid)
{
	ck_assert_int_eq(fx_requeue_pi_begin(&manager, pw, at(0), at(1), FX_KEY_PRIVATE, 0,
					     FX_BITSET_ANY, tid),
			 0);
}

static int unlock(unsigned i, uint32_t tid)
{
	return fx_unlock_pi(&manager, at(i), FX_KEY_PRIVATE, tid);
}

START_TEST(observer_sees_nothing_of_a_lock_that_is_got_or_refused_at_once)
{
	ck_assert_int_eq(fx_lock_pi(&manager, at(0), FX_KEY_PRIVATE, 5, NULL), 0);
	ck_assert_int_eq(fx_lock_pi(&manager, at(0), FX_KEY_PRIVATE, 5, NULL), -FX_EDEADLK);
	ck_assert_int_eq(fx_trylock_pi(&manager, at(0), FX_KEY_PRIVATE, 7), -FX_EAGAIN);
	ck_assert_int_eq(unlock(0, 7), -FX_EPERM);
	ck_assert_int_eq(unlock(0, 5), 0);
	ck_assert_str_eq(seen, "");
}
END_TEST

START_TEST(observer_sees_a_lock_handed_over_as_a_wake)
{
	struct fx_pi_waiter pw[2];

	guest_words[2] = 5;
	queue_for(&pw[0], 2, 10);
	queue_for(&pw[1], 2, 11);
	ck_assert_int_eq(unlock(2, 5), 0);
	ck_assert_int_eq(fx_lock_pi_end(&manager, &pw[0], 0), 0);
	ck_assert_int_eq(unlock(2, 10), 0);
	ck_assert_int_eq(fx_lock_pi_end(&manager, &pw[1], -FX_ETIMEDOUT), 0);
	ck_assert_str_eq(seen, "begin2 begin2 wake2 end2=0 wake2 end2=0 ");
}
END_TEST

START_TEST(observer_sees_that_a_lock_is_given_up)
{
	guest_words[2] = 5;
	ck_assert_int_eq(fx_lock_pi(&manager, at(2), FX_KEY_PRIVATE, 10, &past), -FX_ETIMEDOUT);
	ck_assert_str_eq(seen, "begin2 end2=-110 ");
}
END_TEST

START_TEST(observer_sees_a_lock_inherited_from_the_dead)
{
	struct fx_pi_waiter pw;

	guest_words[2] = 5;
	queue_for(&pw, 2, 10);
	guest_dead[5] = true;
	fx_pi_exit(&manager, 5);
	ck_assert_int_eq(fx_lock_pi_end(&manager, &pw, -FX_EINTR), 0);
	ck_assert_str_eq(seen, "begin2 wake2 end2=0 ");
}
END_TEST

START_TEST(observer_is_never_asked_who_is_to_own)
{
	struct fx_pi_waiter pw;

	guest_words[2] = 5;
	queue_for(&pw, 2, 10);
	ck_assert_int_eq(unlock(2, 5), 0);
	ck_assert_uint_eq(choices, 0);
	ck_assert_int_eq(fx_lock_pi_end(&manager, &pw, 0), 0);
}
END_TEST

START_TEST(wake_of_a_word_with_an_owner_fails_with_an_observer_too)
{
	struct fx_pi_waiter pw;

	guest_words[2] = 5;
	queue_for(&pw, 2, 10);
	ck_assert_int_eq(wake(2, 1), -FX_EINVAL);
	ck_assert_uint_eq(choices, 1);
	ck_assert_int_eq(fx_lock_pi_end(&manager, &pw, -FX_EINTR), -FX_EINTR);
	ck_assert_str_eq(seen, "begin2 end2=-4 ");
}
END_TEST

START_TEST(observer_sees_who_is_made_owner_and_who_is_moved)
{
	struct fx_pi_waiter pw[3];
	uint32_t i;

	for (i = 0; i < 3; i++)
		queue_to_be_moved(&pw[i], 10 + i);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), at(1), FX_KEY_PRIVATE, 1, INT_MAX, 0),
			 3);
	ck_assert_str_eq(seen, "begin0 begin0 begin0 wake0 move0>1 move0>1 ");
	seen[0] = 0;
	ck_assert_int_eq(fx_requeue_pi_end(&manager, &pw[0], 0), 0);
	ck_assert_int_eq(unlock(1, 10), 0);
	ck_assert_int_eq(fx_requeue_pi_end(&manager, &pw[1], 0), 0);
	ck_assert_str_eq(seen, "end0=0 wake1 end1=0 ");
	ck_assert_int_eq(unlock(1, 11), 0);
	ck_assert_int_eq(fx_requeue_pi_end(&manager, &pw[2], 0), 0);
}
END_TEST

START_TEST(observer_sees_the_end_of_one_that_was_moved_or_not)
{
	struct fx_pi_waiter pw[2];

	guest_words[1] = 5;
	queue_to_be_moved(&pw[0], 10);
	queue_to_be_moved(&pw[1], 11);
	ck_assert_int_eq(fx_cmp_requeue_pi(&manager, at(0), at(1), FX_KEY_PRIVATE, 1, 0, 0), 1);
	ck_assert_int_eq(fx_requeue_pi_end(&manager, &pw[0], -FX_EINTR), -FX_EAGAIN);
	ck_assert_int_eq(fx_requeue_pi_end(&manager, &pw[1], -FX_ETIMEDOUT), -FX_ETIMEDOUT);
	/* What wait_end is told is why the wait ended; the call makes EAGAIN of it. */
	ck_assert_str_eq(seen, "begin0 begin0 move0>1 end1=-4 end0=-110 ");
}
END_TEST

static struct fx_waitv vector[3];
static struct fx_waiter waiters[3];
static void (*while_asleep)(void);

static int scripted_park(const struct fx_spot *spot, const struct fx_deadline *deadline,
			 enum fx_park_kind kind)
{
	(void)spot;
	(void)deadline;
	(void)kind;
	if (!while_asleep)
		return -FX_ETIMEDOUT;
	while_asleep();
	return 0;
}

static int waitv(void (*during)(void))
{
	unsigned i;

	for (i = 0; i < 3; i++)
		vector[i] = (struct fx_waitv){at(i), 0, FX_KEY_PRIVATE};
	while_asleep = during;
	scripted_platform.park = scripted_park;
	return fx_waitv(&manager, vector, waiters, 3, NULL);
}

static void wake_the_second(void)
{
	ck_assert_int_eq(wake(1, 1), 1);
}

static void move_and_wake(void)
{
	ck_assert_int_eq(requeue(0, 5, 0, 1), 1);
	ck_assert_int_eq(wake(5, 1), 1);
}

START_TEST(observer_sees_a_wait_and_an_end_for_each_word_of_a_vector)
{
	ck_assert_int_eq(waitv(wake_the_second), 1);
	ck_assert_str_eq(seen, "begin0 begin1 begin2 wake1 end0=-125 end1=0 end2=-125 ");
	ck_assert_uint_eq(choices, 1);
}
END_TEST

START_TEST(observer_sees_a_word_of_a_vector_moved)
{
	ck_assert_int_eq(waitv(move_and_wake), 0);
	ck_assert_str_eq(seen, "begin0 begin1 begin2 move0>5 wake5 end5=0 end1=-125 end2=-125 ");
}
END_TEST

START_TEST(observer_sees_a_vector_time_out)
{
	ck_assert_int_eq(waitv(NULL), -FX_ETIMEDOUT);
	ck_assert_str_eq(seen, "begin0 begin1 begin2 end0=-110 end1=-110 end2=-110 ");
}
END_TEST

START_TEST(observer_sees_the_words_before_one_with_another_value)
{
	guest_words[2] = 1;
	ck_assert_int_eq(waitv(NULL), -FX_EAGAIN);
	ck_assert_str_eq(seen, "begin0 begin1 end0=-11 end1=-11 ");
}
END_TEST

static void done(struct fx_async *a, int result)
{
	(void)a;
	(void)result;
	harness_append(seen, sizeof(seen), "done ");
}

START_TEST(observer_sees_the_end_of_a_wait_before_its_function_runs)
{
	struct fx_async a = {.done = done};

	ck_assert_int_eq(fx_wait_async(&manager, &a, at(3), FX_KEY_PRIVATE, 0, 1), 0);
	ck_assert_int_eq(wake(3, 1), 1);
	ck_assert_str_eq(seen, "begin3 wake3 end3=0 done ");
}
END_TEST

START_TEST(observer_sees_a_wait_cancelled)
{
	struct fx_async a = {.done = done};

	ck_assert_int_eq(fx_wait_async(&manager, &a, at(3), FX_KEY_PRIVATE, 0, 1), 0);
	ck_assert_int_eq(fx_wait_async_cancel(&manager, &a), 0);
	ck_assert_str_eq(seen, "begin3 end3=-125 ");
}
END_TEST

TCase *observer_kinds_cases(void)
{
	TCase *tc = tcase_create("observer of other kinds");

	tcase_add_checked_fixture(tc, observed_setup, guest_teardown);
	tcase_add_test(tc, observer_sees_nothing_of_a_lock_that_is_got_or_refused_at_once);
	tcase_add_test(tc, observer_sees_a_lock_handed_over_as_a_wake);
	tcase_add_test(tc, observer_sees_that_a_lock_is_given_up);
	tcase_add_test(tc, observer_sees_a_lock_inherited_from_the_dead);
	tcase_add_test(tc, observer_is_never_asked_who_is_to_own);
	tcase_add_test(tc, wake_of_a_word_with_an_owner_fails_with_an_observer_too);
	tcase_add_test(tc, observer_sees_who_is_made_owner_and_who_is_moved);
	tcase_add_test(tc, observer_sees_the_end_of_one_that_was_moved_or_not);
	tcase_add_test(tc, observer_sees_a_wait_and_an_end_for_each_word_of_a_vector);
	tcase_add_test(tc, observer_sees_a_word_of_a_vector_moved);
	tcase_add_test(tc, observer_sees_a_vector_time_out);
	tcase_add_test(tc, observer_sees_the_words_before_one_with_another_value);
	tcase_add_test(tc, observer_sees_the_end_of_a_wait_before_its_function_runs);
	tcase_add_test(tc, observer_sees_a_wait_cancelled);
	return tc;
}
