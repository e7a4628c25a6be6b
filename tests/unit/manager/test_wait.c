/* SPDX-License-Identifier: MIT */
#include "tests/unit/manager/guest.h"

static int wait_until(unsigned i, uint32_t val, const struct fx_deadline *deadline)
{
	return fx_wait(&manager, at(i), FX_KEY_PRIVATE, val, FX_BITSET_ANY, deadline);
}

static const enum fx_clock clocks[] = {FX_CLOCK_REALTIME, FX_CLOCK_MONOTONIC};

START_TEST(wait_on_another_value_is_EAGAIN)
{
	ck_assert_int_eq(wait_until(0, 1, NULL), -FX_EAGAIN);
}
END_TEST

START_TEST(wait_with_bitset_zero_is_EINVAL)
{
	ck_assert_int_eq(fx_wait(&manager, at(0), FX_KEY_PRIVATE, 0, 0, NULL), -FX_EINVAL);
	ck_assert_int_eq(fx_wait(&manager, GUEST_HOLE, FX_KEY_PRIVATE, 0, 0, NULL), -FX_EINVAL);
}
END_TEST

START_TEST(wait_on_misaligned_word_is_EINVAL_even_if_unmapped)
{
	uintptr_t off;

	for (off = 1; off < 4; off++) {
		ck_assert_int_eq(fx_wait(&manager, at(0) + off, FX_KEY_PRIVATE, 0, 1, NULL),
				 -FX_EINVAL);
		ck_assert_int_eq(fx_wait(&manager, GUEST_HOLE + off, FX_KEY_PRIVATE, 0, 1, NULL),
				 -FX_EINVAL);
	}
}
END_TEST

START_TEST(wait_on_unmapped_word_is_EFAULT)
{
	ck_assert_int_eq(fx_wait(&manager, GUEST_HOLE, FX_KEY_PRIVATE, 0, 1, NULL), -FX_EFAULT);
	ck_assert_int_eq(fx_wait(&manager, 0, FX_KEY_PROCESS, 0, 1, NULL), -FX_EFAULT);
}
END_TEST

START_TEST(wait_until_unnormalised_deadline_is_EINVAL_before_value)
{
	static const struct fx_deadline bad[] = {
		{0, 1000000000, FX_CLOCK_MONOTONIC},
		{0, -1, FX_CLOCK_MONOTONIC},
		{-1, 0, FX_CLOCK_REALTIME},
	};

	ck_assert_int_eq(wait_until(0, 1, &bad[_i]), -FX_EINVAL);
}
END_TEST

START_TEST(wait_until_past_deadline_is_EAGAIN_on_another_value)
{
	struct fx_deadline past = {0, 0, clocks[_i]};

	ck_assert_int_eq(wait_until(0, 1, &past), -FX_EAGAIN);
}
END_TEST

START_TEST(wait_until_past_deadline_is_ETIMEDOUT)
{
	struct fx_deadline past = {1, 0, clocks[_i]};

	ck_assert_int_eq(wait_until(0, 0, &past), -FX_ETIMEDOUT);
	ck_assert_int_eq(wake(0, 1), 0);
}
END_TEST

START_TEST(wait_times_out_at_its_deadline_and_not_before)
{
	struct fx_deadline until = deadline_in(clocks[_i], 2000000);
	struct fx_deadline now;

	ck_assert_int_eq(wait_until(0, 0, &until), -FX_ETIMEDOUT);
	scripted_platform.clock_now(clocks[_i], &now);
	ck_assert(now.sec > until.sec || (now.sec == until.sec && now.nsec >= until.nsec));
	ck_assert_int_eq(wake(0, 1), 0);
}
END_TEST

static void change_before_second_load(unsigned nth)
{
	if (nth == 2)
		guest_words[0] = 1;
}

START_TEST(value_that_changes_before_the_lock_is_EAGAIN)
{
	guest_before_load = change_before_second_load;
	ck_assert_int_eq(wait_until(0, 0, NULL), -FX_EAGAIN);
	ck_assert(manager_is_empty(&manager));
}
END_TEST

static int own_loads;

static int fault_at_second_load(uintptr_t uaddr, uint32_t *out)
{
	if (++own_loads == 2)
		return -FX_EFAULT;
	return guest_memory.load32(uaddr, out);
}

START_TEST(word_unmapped_before_the_lock_is_EFAULT)
{
	struct fx_memory_ops memory = guest_memory;

	memory.load32 = fault_at_second_load;
	manager.memory = &memory;
	own_loads = 0;
	ck_assert_int_eq(wait_until(0, 0, NULL), -FX_EFAULT);
	ck_assert(manager_is_empty(&manager));
}
END_TEST

static const int reasons[] = {-FX_ETIMEDOUT, -FX_EINTR, -FX_EBAIL, 0};

START_TEST(woken_waiter_reports_0_whatever_else_happened)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	ck_assert_int_eq(wake(0, 1), 1);
	ck_assert_int_eq(fx_wait_end(&manager, &w, reasons[_i]), 0);
}
END_TEST

START_TEST(waiter_that_was_not_woken_reports_the_reason_and_is_gone)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	ck_assert(!fx_waiter_woken(&w));
	ck_assert_int_eq(fx_wait_end(&manager, &w, reasons[_i]), reasons[_i]);
	ck_assert_int_eq(wake(0, 1), 0);
}
END_TEST

START_TEST(woken_waiter_does_not_sleep)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	ck_assert_int_eq(wake(0, 1), 1);
	ck_assert_int_eq(fx_wait_sleep(&manager, &w, NULL), 0);
	expect_woken(&w);
}
END_TEST

/* Platforms that play a script; the real one is not asked. */

static int park_result;
static int parks;

static int park_scripted(const struct fx_spot *spot, const struct fx_deadline *deadline,
			 enum fx_park_kind kind)
{
	(void)deadline;
	ck_assert_int_eq(kind, FX_PARK_WAIT);
	ck_assert_uint_eq(*spot->address, spot->expected);
	parks++;
	return park_result;
}

START_TEST(reason_why_park_ended_is_the_result)
{
	scripted_platform.park = park_scripted;
	park_result = reasons[_i];
	ck_assert_int_eq(wait_until(0, 0, NULL), reasons[_i]);
	ck_assert_int_eq(parks, 1);
}
END_TEST

static int park_idly(const struct fx_spot *spot, const struct fx_deadline *deadline,
		     enum fx_park_kind kind)
{
	static const int idle[] = {0, -FX_EAGAIN, 0};

	if (parks < 3) {
		park_result = idle[parks];
		return park_scripted(spot, deadline, kind);
	}
	ck_assert_int_eq(wake(0, 1), 1);
	return 0;
}

START_TEST(park_that_ends_for_no_reason_is_repeated)
{
	scripted_platform.park = park_idly;
	ck_assert_int_eq(wait_until(0, 0, NULL), 0);
	ck_assert_int_eq(parks, 3);
}
END_TEST

static int park_while_woken(const struct fx_spot *spot, const struct fx_deadline *deadline,
			    enum fx_park_kind kind)
{
	(void)spot;
	(void)deadline;
	(void)kind;
	ck_assert_int_eq(wake(0, 1), 1);
	return park_result;
}

START_TEST(wake_that_came_while_park_was_ending_is_not_lost)
{
	scripted_platform.park = park_while_woken;
	park_result = reasons[_i];
	ck_assert_int_eq(wait_until(0, 0, NULL), 0);
}
END_TEST

static int relaxes;

static void relax_then_wake(void)
{
	if (++relaxes == 5)
		ck_assert_int_eq(wake(0, 1), 1);
}

START_TEST(wake_during_the_spin_saves_the_sleep)
{
	scripted_platform.park = park_scripted;
	scripted_platform.relax = relax_then_wake;
	manager.spin_max = 100;
	ck_assert_int_eq(wait_until(0, 0, NULL), 0);
	ck_assert_int_eq(parks, 0);
	ck_assert_int_eq(relaxes, 5);
}
END_TEST

static void relax_only(void)
{
	relaxes++;
}

START_TEST(spin_is_bounded)
{
	scripted_platform.park = park_scripted;
	scripted_platform.relax = relax_only;
	park_result = -FX_ETIMEDOUT;
	manager.spin_max = 7;
	ck_assert_int_eq(wait_until(0, 0, NULL), -FX_ETIMEDOUT);
	ck_assert_int_eq(relaxes, 7);
	ck_assert_int_eq(parks, 1);
}
END_TEST

static void wait_setup(void)
{
	guest_setup();
	park_result = 0;
	parks = 0;
	relaxes = 0;
}

TCase *wait_cases(void)
{
	TCase *tc = tcase_create("wait");

	tcase_add_checked_fixture(tc, wait_setup, guest_teardown);
	tcase_add_test(tc, wait_on_another_value_is_EAGAIN);
	tcase_add_test(tc, wait_with_bitset_zero_is_EINVAL);
	tcase_add_test(tc, wait_on_misaligned_word_is_EINVAL_even_if_unmapped);
	tcase_add_test(tc, wait_on_unmapped_word_is_EFAULT);
	tcase_add_loop_test(tc, wait_until_unnormalised_deadline_is_EINVAL_before_value, 0, 3);
	tcase_add_loop_test(tc, wait_until_past_deadline_is_EAGAIN_on_another_value, 0, 2);
	tcase_add_loop_test(tc, wait_until_past_deadline_is_ETIMEDOUT, 0, 2);
	tcase_add_loop_test(tc, wait_times_out_at_its_deadline_and_not_before, 0, 2);
	tcase_add_test(tc, value_that_changes_before_the_lock_is_EAGAIN);
	tcase_add_test(tc, word_unmapped_before_the_lock_is_EFAULT);
	tcase_add_loop_test(tc, woken_waiter_reports_0_whatever_else_happened, 0, 4);
	tcase_add_loop_test(tc, waiter_that_was_not_woken_reports_the_reason_and_is_gone, 0, 4);
	tcase_add_test(tc, woken_waiter_does_not_sleep);
	tcase_add_loop_test(tc, reason_why_park_ended_is_the_result, 0, 3);
	tcase_add_test(tc, park_that_ends_for_no_reason_is_repeated);
	tcase_add_loop_test(tc, wake_that_came_while_park_was_ending_is_not_lost, 0, 4);
	tcase_add_test(tc, wake_during_the_spin_saves_the_sleep);
	tcase_add_test(tc, spin_is_bounded);
	return tc;
}
