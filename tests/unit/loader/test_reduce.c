/* SPDX-License-Identifier: MIT */
/* loader/test/reduce.h: what is needed is left and nothing else, of failures that are played. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "loader/test/reduce.h"

#define MOST 200

static unsigned tried, enough;

/* Whether one of the list is of that thread and that event of its own, and how it was decided. */
static const struct fx_decision *has(const struct fx_list *l, unsigned from, uint64_t own)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->decision[i].from == from && l->decision[i].own == own)
			return &l->decision[i];
	}
	return NULL;
}

static bool try_by(bool (*fails)(const struct fx_list *), struct fx_list *c, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		tried++;
		c[i].fails = fails(&c[i]);
		fx_cost_count(&c[i], &c[i].cost);
		c[i].cost.switches = c[i].cost.events = c[i].count;
	}
	return !enough || tried < enough;
}

/* The i-th is of thread i % 3, each fourth a choice. */
static struct fx_list list_of(size_t count)
{
	static struct fx_decision d[MOST];
	struct fx_list l = {.decision = d, .count = count};

	for (size_t i = 0; i < count; i++)
		d[i] = (struct fx_decision){.event = i + 1,
					    .own = i / 3 + 1,
					    .from = (uint16_t)(i % 3),
					    .to = (uint16_t)((i + 1) % 3),
					    .how = i % 4 ? FX_HOW_FREE : 0};
	fx_cost_count(&l, &l.cost);
	l.cost.switches = l.cost.events = count;
	return l;
}

static struct fx_list reduced_from(struct fx_list best, unsigned at_once, fx_try *try)
{
	static struct fx_decision room[FX_AT_ONCE_MOST][MOST];
	static struct fx_list candidate[FX_AT_ONCE_MOST];
	struct fx_reduction r = {
		.best = best, .candidate = candidate, .at_once = at_once, .try = try};

	for (unsigned i = 0; i < FX_AT_ONCE_MOST; i++)
		candidate[i].decision = room[i];
	tried = 0;
	fx_reduce(&r);
	ck_assert(!r.over || enough);
	return r.best;
}

static struct fx_list reduced(size_t count, unsigned at_once, fx_try *try)
{
	return reduced_from(list_of(count), at_once, try);
}

static bool needs_three(const struct fx_list *l)
{
	return has(l, 0, 3) && has(l, 1, 11) && has(l, 2, 30);
}

static bool try_three(void *of, struct fx_list *c, unsigned n)
{
	(void)of;
	return try_by(needs_three, c, n);
}

START_TEST(what_is_needed_is_left)
{
	const struct fx_list left = reduced(100, (unsigned)_i, try_three);

	ck_assert_uint_eq(left.count, 3);
	ck_assert(needs_three(&left));
	ck_assert_uint_lt(tried, 400);
}
END_TEST

static bool always(void *of, struct fx_list *c, unsigned n)
{
	(void)of;
	for (unsigned i = 0; i < n; i++) {
		c[i].fails = true;
		fx_cost_count(&c[i], &c[i].cost);
		c[i].cost.switches = c[i].cost.events = c[i].count;
	}
	return true;
}

START_TEST(nothing_is_left_where_nothing_is_needed)
{
	ck_assert_uint_eq(reduced(MOST, 2, always).count, 0);
	ck_assert_uint_eq(reduced(0, 2, always).count, 0);
}
END_TEST

/* Of two that are of use only together, one alone makes it pass. */
static bool both_or_none(const struct fx_list *l)
{
	return !has(l, 1, 2) == !has(l, 0, 6) && has(l, 2, 4);
}

static bool try_both(void *of, struct fx_list *c, unsigned n)
{
	(void)of;
	return try_by(both_or_none, c, n);
}

START_TEST(two_that_go_together_are_left_out)
{
	const struct fx_list left = reduced(20, 1, try_both);

	ck_assert_uint_eq(left.count, 1);
	ck_assert(has(&left, 2, 4));
}
END_TEST

/* Whoever is stopped there might as well run on to where it cannot. */
static bool as_a_choice(const struct fx_list *l)
{
	return has(l, 1, 1);
}

static bool try_choice(void *of, struct fx_list *c, unsigned n)
{
	(void)of;
	return try_by(as_a_choice, c, n);
}

START_TEST(a_choice_is_better_than_a_preemption)
{
	const struct fx_list left = reduced(10, 2, try_choice);

	ck_assert_uint_eq(left.count, 1);
	ck_assert_uint_eq(left.cost.preemptions, 0);
	ck_assert_uint_eq(left.cost.choices, 1);
}
END_TEST

/* Two at their places, or one that is in between. */
static bool two_or_between(const struct fx_list *l)
{
	struct fx_cost cost;

	fx_cost_count(l, &cost);
	return cost.choices == 0 && (has(l, 1, 8) || (has(l, 1, 5) && has(l, 2, 10)));
}

static bool try_between(void *of, struct fx_list *c, unsigned n)
{
	(void)of;
	return try_by(two_or_between, c, n);
}

START_TEST(one_is_moved_to_do_the_work_of_two)
{
	struct fx_decision two[] = {
		{.event = 1, .from = 1, .own = 5, .how = FX_HOW_FREE},
		{.event = 2, .from = 2, .own = 10, .how = FX_HOW_FREE},
	};
	const struct fx_list left =
		reduced_from((struct fx_list){.decision = two, .count = 2, .cost = {2, 0, 2, 2}}, 2,
			     try_between);

	ck_assert_uint_eq(left.count, 1);
	ck_assert(has(&left, 1, 8));
}
END_TEST

START_TEST(enough_is_enough)
{
	struct fx_list left;

	enough = 5;
	left = reduced(100, 2, try_three);
	ck_assert(needs_three(&left));
	ck_assert_uint_le(tried, 6);
	enough = 0;
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reduce");
	TCase *tc = tcase_create("reduce");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, what_is_needed_is_left, 1, 5);
	tcase_add_test(tc, nothing_is_left_where_nothing_is_needed);
	tcase_add_test(tc, two_that_go_together_are_left_out);
	tcase_add_test(tc, a_choice_is_better_than_a_preemption);
	tcase_add_test(tc, one_is_moved_to_do_the_work_of_two);
	tcase_add_test(tc, enough_is_enough);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
