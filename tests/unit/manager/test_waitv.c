/* SPDX-License-Identifier: MIT */
/* A wait on several words; its thread's sleep is scripted where order matters. */
#include <limits.h>

#include "tests/unit/manager/guest.h"

#define N 4

static struct fx_waitv vector[200];
static struct fx_waiter waiters[200];
static const struct fx_deadline past = {0, 0, FX_CLOCK_MONOTONIC};

static void name_words(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		vector[i] = (struct fx_waitv){at(i), 0, FX_KEY_PRIVATE};
}

static int waitv(unsigned n, const struct fx_deadline *deadline)
{
	return fx_waitv(&manager, vector, waiters, n, deadline);
}

/* What happens while the thread sleeps, once, and how its sleep ends. */
static void (*while_asleep)(void);
static int sleep_result;

static int scripted_park(const struct fx_spot *spot, const struct fx_deadline *deadline,
			 enum fx_park_kind kind)
{
	(void)spot;
	(void)deadline;
	(void)kind;
	if (while_asleep)
		while_asleep();
	return sleep_result;
}

static int waitv_asleep(unsigned n, void (*during)(void), int result)
{
	while_asleep = during;
	sleep_result = result;
	scripted_platform.park = scripted_park;
	return waitv(n, NULL);
}

START_TEST(vector_of_none_or_with_wrong_deadline_is_EINVAL)
{
	struct fx_deadline wrong = {0, -1, FX_CLOCK_MONOTONIC};

	name_words(1);
	ck_assert_int_eq(waitv(0, NULL), -FX_EINVAL);
	ck_assert_int_eq(waitv(1, &wrong), -FX_EINVAL);
}
END_TEST

START_TEST(misaligned_word_is_EINVAL_before_any_value_is_compared)
{
	name_words(N);
	guest_words[0] = 1;
	vector[N - 1].uaddr++;
	ck_assert_int_eq(waitv(N, NULL), -FX_EINVAL);
}
END_TEST

START_TEST(unmapped_word_is_EFAULT_at_once_only_without_private)
{
	name_words(N);
	vector[N - 1].uaddr = GUEST_HOLE;
	ck_assert_int_eq(waitv(N, NULL), -FX_EFAULT);
	guest_words[0] = 1;
	ck_assert_int_eq(waitv(N, NULL), -FX_EAGAIN);
	vector[N - 1].cls = FX_KEY_PROCESS;
	ck_assert_int_eq(waitv(N, NULL), -FX_EFAULT);
}
END_TEST

START_TEST(other_value_anywhere_is_EAGAIN_and_nothing_stays_queued)
{
	name_words(N);
	guest_words[_i] = 1;
	ck_assert_int_eq(waitv(N, NULL), -FX_EAGAIN);
	ck_assert_int_eq(wake(0, 1), 0);
}
END_TEST

START_TEST(past_deadline_is_ETIMEDOUT)
{
	name_words(N);
	ck_assert_int_eq(waitv(N, &past), -FX_ETIMEDOUT);
}
END_TEST

static unsigned wake_at;

static void wake_one_word(void)
{
	ck_assert_int_eq(wake(wake_at, 1), 1);
}

START_TEST(result_is_the_index_of_the_word_that_was_woken)
{
	name_words(N);
	wake_at = (unsigned)_i;
	ck_assert_int_eq(waitv_asleep(N, wake_one_word, 0), _i);
}
END_TEST

START_TEST(wake_counts_more_than_timeout_or_signal)
{
	name_words(N);
	wake_at = 2;
	ck_assert_int_eq(waitv_asleep(N, wake_one_word, _i ? -FX_ETIMEDOUT : -FX_EINTR), 2);
}
END_TEST

START_TEST(signal_is_EINTR_or_EBAIL)
{
	name_words(N);
	ck_assert_int_eq(waitv_asleep(N, NULL, -FX_EINTR), -FX_EINTR);
	ck_assert_int_eq(waitv_asleep(N, NULL, -FX_EBAIL), -FX_EBAIL);
}
END_TEST

static void wake_three(void)
{
	ck_assert_int_eq(wake(3, 1), 1);
	ck_assert_int_eq(wake(0, 1), 1);
	ck_assert_int_eq(wake(1, 1), 1);
}

START_TEST(of_several_woken_words_the_last_counts)
{
	name_words(N);
	ck_assert_int_eq(waitv_asleep(N, wake_three, 0), 3);
}
END_TEST

static void wake_same_word(void)
{
	ck_assert_int_eq(wake(0, INT_MAX), 2);
}

START_TEST(same_word_twice_is_two_waiters)
{
	name_words(2);
	vector[1] = vector[0];
	ck_assert_int_eq(waitv_asleep(2, wake_same_word, 0), 1);
}
END_TEST

static void move_then_wake(void)
{
	ck_assert_int_eq(requeue(1, 100, 0, 1), 1);
	ck_assert_int_eq(wake(1, 1), 0);
	ck_assert_int_eq(wake(100, 1), 1);
}

START_TEST(requeued_element_is_woken_at_its_new_word)
{
	name_words(N);
	ck_assert_int_eq(waitv_asleep(N, move_then_wake, 0), 1);
}
END_TEST

static void wake_classes(void)
{
	ck_assert_int_eq(fx_wake(&manager, at(1), FX_KEY_PROCESS, 1, FX_BITSET_ANY), 0);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PROCESS, 1, FX_BITSET_ANY), 1);
}

START_TEST(each_element_has_its_own_class)
{
	name_words(2);
	vector[0].cls = FX_KEY_PROCESS;
	ck_assert_int_eq(waitv_asleep(2, wake_classes, 0), 0);
}
END_TEST

/*
 * Loads of a vector of two: two for the first word, then two for the second. Before
 * the second one's first, the first is woken and the second changes.
 */
static void wake_first_change_second(unsigned nth)
{
	if (nth == 3) {
		ck_assert_int_eq(wake(0, 1), 1);
		guest_words[1] = 1;
	}
}

START_TEST(wake_while_enqueuing_counts_more_than_another_value)
{
	name_words(2);
	guest_before_load = wake_first_change_second;
	ck_assert_int_eq(waitv(2, NULL), 0);
}
END_TEST

static void wake_first_before_fault(unsigned nth)
{
	if (nth == 3)
		ck_assert_int_eq(wake(0, 1), 1);
}

START_TEST(wake_while_enqueuing_counts_more_than_a_fault)
{
	name_words(2);
	vector[1].uaddr = GUEST_HOLE;
	guest_before_load = wake_first_before_fault;
	ck_assert_int_eq(waitv(2, NULL), 0);
}
END_TEST

static void wake_last(void)
{
	ck_assert_int_eq(wake(199, 1), 1);
}

START_TEST(vector_may_be_longer_than_128)
{
	name_words(200);
	ck_assert_int_eq(waitv_asleep(200, wake_last, 0), 199);
}
END_TEST

START_TEST(element_waits_in_line_with_plain_waiters)
{
	struct fx_waiter w;

	name_words(1);
	queue_on(&w, 0);
	wake_at = 0;
	ck_assert_int_eq(waitv_asleep(1, wake_one_word, -FX_ETIMEDOUT), -FX_ETIMEDOUT);
	expect_woken(&w);
}
END_TEST

static void *real_waiter(void *arg)
{
	*(int *)arg = waitv(N, NULL);
	return NULL;
}

START_TEST(parked_thread_is_woken_by_any_of_its_words)
{
	struct place_thread thread;
	int result = -1;

	name_words(N);
	place_start(&thread, real_waiter, &result);
	await_that(wake((unsigned)_i, 1) != 0);
	place_join(&thread);
	ck_assert_int_eq(result, _i);
}
END_TEST

TCase *waitv_cases(void)
{
	TCase *tc = tcase_create("waitv");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_test(tc, vector_of_none_or_with_wrong_deadline_is_EINVAL);
	tcase_add_test(tc, misaligned_word_is_EINVAL_before_any_value_is_compared);
	tcase_add_test(tc, unmapped_word_is_EFAULT_at_once_only_without_private);
	tcase_add_loop_test(tc, other_value_anywhere_is_EAGAIN_and_nothing_stays_queued, 0, N);
	tcase_add_test(tc, past_deadline_is_ETIMEDOUT);
	tcase_add_loop_test(tc, result_is_the_index_of_the_word_that_was_woken, 0, N);
	tcase_add_loop_test(tc, wake_counts_more_than_timeout_or_signal, 0, 2);
	tcase_add_test(tc, signal_is_EINTR_or_EBAIL);
	tcase_add_test(tc, of_several_woken_words_the_last_counts);
	tcase_add_test(tc, same_word_twice_is_two_waiters);
	tcase_add_test(tc, requeued_element_is_woken_at_its_new_word);
	tcase_add_test(tc, each_element_has_its_own_class);
	tcase_add_test(tc, wake_while_enqueuing_counts_more_than_another_value);
	tcase_add_test(tc, wake_while_enqueuing_counts_more_than_a_fault);
	tcase_add_test(tc, vector_may_be_longer_than_128);
	tcase_add_test(tc, element_waits_in_line_with_plain_waiters);
	tcase_add_loop_test(tc, parked_thread_is_woken_by_any_of_its_words, 0, N);
	return tc;
}
