/* SPDX-License-Identifier: MIT */
/* Failures that look the same, and those that are. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/test/group.h"

static struct fx_failures all;
static struct fx_groups groups;

static void add(uint64_t signature, uint64_t seed)
{
	const struct fx_failure one = {
		.signature = signature,
		.verdict = {.kind = FX_VERDICT_HANG},
		.order = {.seed = seed},
		.outcome = {.decisions = 1},
		.decisions = calloc(1, sizeof(struct fx_decision)),
		.output = strdup("text"),
	};

	one.decisions[0].event = seed;
	fx_failures_add(&all, &one);
}

static void clear(void)
{
	fx_failures_free(&all);
	memset(&all, 0, sizeof(all));
}

START_TEST(the_lowest_seed_is_the_sample)
{
	add(1, 50);
	add(1, 20);
	add(2, 5);
	add(1, 70);
	ck_assert_uint_eq(all.count, 2);
	ck_assert_uint_eq(all.all, 4);
	ck_assert_uint_eq(all.of[FX_VERDICT_HANG], 4);
	ck_assert_uint_eq(all.failure[0].count, 3);
	ck_assert_uint_eq(all.failure[0].order.seed, 20);
	ck_assert_uint_eq(all.failure[0].decisions[0].event, 20);
	ck_assert_uint_eq(all.failure[0].seeds_count, 3);
	ck_assert_uint_eq(all.failure[0].seeds[0], 20);
	ck_assert_uint_eq(all.failure[0].seeds[2], 70);
	clear();
}
END_TEST

START_TEST(few_seeds_are_named)
{
	for (uint64_t seed = 100; seed > 0; seed--)
		add(1, seed);
	ck_assert_uint_eq(all.failure[0].count, 100);
	ck_assert_uint_eq(all.failure[0].seeds_count, FX_GROUP_SEEDS);
	for (size_t i = 0; i < FX_GROUP_SEEDS; i++)
		ck_assert_uint_eq(all.failure[0].seeds[i], i + 1);
	clear();
}
END_TEST

START_TEST(too_many_kinds)
{
	for (uint64_t i = 0; i < FX_FAILURES_MOST + 10; i++)
		add(i, i + 1);
	ck_assert_uint_eq(all.count, FX_FAILURES_MOST);
	ck_assert_uint_eq(all.unsorted, 10);
	ck_assert_uint_eq(all.all, FX_FAILURES_MOST + 10);
	clear();
}
END_TEST

START_TEST(the_most_frequent_first)
{
	const struct fx_verdict hang = {.kind = FX_VERDICT_HANG},
				crash = {.kind = FX_VERDICT_CRASH};
	const uint64_t early[] = {3}, late[] = {4, 9};

	fx_group_add(fx_groups_of(&groups, &hang, 1, "a"), 1, early, 1);
	fx_group_add(fx_groups_of(&groups, &crash, 1, "b"), 2, late, 2);
	fx_group_add(fx_groups_of(&groups, &hang, 1, "other words"), 4, late, 2);
	fx_group_add(fx_groups_of(&groups, &hang, 2, "c"), 2, early, 1);
	ck_assert_uint_eq(groups.count, 3);
	fx_groups_sort(&groups);
	ck_assert_str_eq(groups.group[0].what, "a");
	ck_assert_uint_eq(groups.group[0].count, 5);
	ck_assert_uint_eq(groups.group[0].seeds_count, 3);
	ck_assert_uint_eq(groups.group[0].seeds[0], 3);
	ck_assert_str_eq(groups.group[1].what, "c");
	ck_assert_str_eq(groups.group[2].what, "b");
	fx_groups_free(&groups);
}
END_TEST

/* A record of a deadlock, with other numbers and addresses each time. */
static const char *record(int tid, const char *word, const char *function)
{
	static char log[1200];

	snprintf(log, sizeof(log),
		 "{\"type\":\"start\"}\n{\"type\":\"hang\",\"reason\":\"stuck\",\"threads\":["
		 "{\"tid\":%d,\"name\":\"left\",\"wait\":{\"text\":\"mutex %s\"},"
		 "\"frames\":[{\"function\":\"lock\"},"
		 "{\"function\":\"%s\",\"own\":true,\"file\":\"/src/bank.c\",\"line\":%d}]},"
		 "{\"tid\":%d,\"name\":\"right\",\"wait\":{\"text\":\"the end of thread %d\"},"
		 "\"frames\":[]},{\"tid\":1,\"name\":\"main\"}],\"findings\":[{\"what\":\"cycle\","
		 "\"title\":\"deadlock\",\"threads\":[%d,%d]}]}\n{\"type\":\"exit\"}\n",
		 tid, word, function, 30 + tid % 10, tid + 1, tid, tid, tid + 1);
	return log;
}

START_TEST(words_of_a_hang)
{
	char what[FX_HANG_WORDS];
	uint64_t key, again;

	ck_assert(fx_hang_words(record(4711, "0x7f0010 in the heap", "transfer"), what, &key));
	ck_assert_str_eq(what, "deadlock: left waits for mutex 0x7f0010 in the heap in transfer "
			       "(bank.c:31); right waits for the end of left");
	ck_assert(fx_hang_words(record(20000, "0x7fffff in the heap", "transfer"), what, &again));
	ck_assert_uint_eq(key, again);
	ck_assert(fx_hang_words(record(4711, "0x7f0010 in the heap", "withdraw"), what, &again));
	ck_assert_uint_ne(key, again);
	ck_assert(fx_hang_words(record(4711, "account[2].lock", "transfer"), what, &again));
	ck_assert_uint_ne(key, again);
}
END_TEST

START_TEST(words_of_nothing)
{
	static const char *const logs[] = {
		"",
		"{\"type\":\"start\"}\n",
		"{\"type\":\"hang\"}\n",
		"{\"type\":\"hang\",\"reason\":",
		"{\"type\":\"hang\",\"reason\":7}",
	};
	char what[FX_HANG_WORDS];
	uint64_t key;

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++)
		ck_assert(!fx_hang_words(logs[i], what, &key));
	ck_assert(fx_hang_words("{\"type\":\"hang\",\"reason\":\"crash\",\"threads\":[1,null]}",
				what, &key));
	ck_assert(fx_hang_words("{\"type\":\"hang\",\"reason\":\"stuck\",\"threads\":[1,{}],"
				"\"findings\":[[]]}",
				what, &key));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("group");
	TCase *tc = tcase_create("group");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, the_lowest_seed_is_the_sample);
	tcase_add_test(tc, few_seeds_are_named);
	tcase_add_test(tc, too_many_kinds);
	tcase_add_test(tc, the_most_frequent_first);
	tcase_add_test(tc, words_of_a_hang);
	tcase_add_test(tc, words_of_nothing);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
