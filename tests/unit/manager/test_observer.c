/* SPDX-License-Identifier: MIT */
#include <limits.h>

#include "tests/unit/manager/guest.h"

static char seen[256];

static void note(const char *what)
{
	harness_append(seen, sizeof(seen), what);
}

static void on_begin(struct fx_manager *m, const struct fx_waiter *w)
{
	ck_assert_ptr_eq(m, &manager);
	ck_assert_uint_eq(fx_key_uaddr(w->key), at(0));
	note("begin ");
}

static void on_wake(struct fx_manager *m, const struct fx_waiter *w)
{
	(void)m;
	ck_assert(!fx_waiter_woken(w));
	note("wake ");
}

static void on_requeue(struct fx_manager *m, const struct fx_waiter *w, struct fx_key from)
{
	(void)m;
	ck_assert_uint_eq(fx_key_uaddr(from), at(0));
	ck_assert_uint_eq(fx_key_uaddr(w->key), at(1));
	ck_assert_int_eq(fx_key_class_of(w->key), FX_KEY_PRIVATE);
	note("requeue ");
}

static void on_end(struct fx_manager *m, const struct fx_waiter *w, int result)
{
	(void)m;
	(void)w;
	note("end=");
	harness_append_number(seen, sizeof(seen), result);
	note(" ");
}

static struct fx_waiter *choose_youngest(struct fx_manager *m, struct fx_waiter *first,
					 uint32_t bitset)
{
	struct fx_waiter *w = first->prev;

	(void)m;
	while (!(w->bitset & bitset)) {
		if (w == first)
			return NULL;
		w = w->prev;
	}
	return w;
}

static struct fx_observer observer = {
	.wait_begin = on_begin,
	.wake = on_wake,
	.requeue = on_requeue,
	.wait_end = on_end,
	.choose = fx_observer_choose_first,
};

static void observed_setup(void)
{
	guest_setup();
	seen[0] = '\0';
	manager.observer = &observer;
}

START_TEST(observer_sees_a_wait_and_its_wake)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	ck_assert_int_eq(wake(0, 1), 1);
	expect_woken(&w);
	ck_assert_str_eq(seen, "begin wake end=0 ");
}
END_TEST

START_TEST(observer_sees_a_timeout)
{
	struct fx_waiter w;

	queue_on(&w, 0);
	expect_left(&w);
	ck_assert_str_eq(seen, "begin end=-110 ");
}
END_TEST

START_TEST(observer_sees_nothing_of_a_wait_that_does_not_begin)
{
	ck_assert_int_eq(fx_wait(&manager, at(0), FX_KEY_PRIVATE, 1, 1, NULL), -FX_EAGAIN);
	ck_assert_str_eq(seen, "");
}
END_TEST

START_TEST(observer_sees_a_requeue_and_both_words)
{
	struct fx_waiter w[2];

	queue_n_on(w, 2, 0);
	ck_assert_int_eq(requeue(0, 1, 1, 1), 2);
	expect_woken(&w[0]);
	expect_left(&w[1]);
	ck_assert_str_eq(seen, "begin begin wake requeue end=0 end=-110 ");
}
END_TEST

START_TEST(default_choice_is_the_oldest_that_meets_the_bitset)
{
	struct fx_waiter w[3];

	queue_bitset(&w[0], 0, 1);
	queue_bitset(&w[1], 0, 2);
	queue_bitset(&w[2], 0, 2);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PRIVATE, 1, 2), 1);
	expect_woken(&w[1]);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PRIVATE, INT_MAX, 4), 0);
	ck_assert_int_eq(wake(0, INT_MAX), 2);
	expect_woken(&w[0]);
	expect_woken(&w[2]);
}
END_TEST

START_TEST(observer_may_choose_whom_to_wake)
{
	struct fx_waiter w[3];
	struct fx_observer other = observer;

	other.choose = choose_youngest;
	manager.observer = &other;
	queue_bitset(&w[0], 0, 3);
	queue_bitset(&w[1], 0, 1);
	queue_bitset(&w[2], 0, 2);
	ck_assert_int_eq(fx_wake(&manager, at(0), FX_KEY_PRIVATE, 1, 1), 1);
	expect_woken(&w[1]);
	ck_assert_int_eq(requeue(0, 1, 1, 1), 2);
	expect_woken(&w[2]);
	expect_left(&w[0]);
}
END_TEST

TCase *observer_cases(void)
{
	TCase *tc = tcase_create("observer");

	tcase_add_checked_fixture(tc, observed_setup, guest_teardown);
	tcase_add_test(tc, observer_sees_a_wait_and_its_wake);
	tcase_add_test(tc, observer_sees_a_timeout);
	tcase_add_test(tc, observer_sees_nothing_of_a_wait_that_does_not_begin);
	tcase_add_test(tc, observer_sees_a_requeue_and_both_words);
	tcase_add_test(tc, default_choice_is_the_oldest_that_meets_the_bitset);
	tcase_add_test(tc, observer_may_choose_whom_to_wake);
	return tc;
}
