/* SPDX-License-Identifier: MIT */
/* Which seeds are whose: every one is somebody's, and nobody's twice. */
#include <check.h>
#include <string.h>

#include "loader/test/plan.h"

START_TEST(one_has_all)
{
	const struct fx_plan plan = {.first = 1, .seeds = 3, .shard = 1, .shards = 1};
	uint64_t seed;

	for (uint64_t i = 0; i < 3; i++) {
		ck_assert(fx_plan_seed(&plan, i, &seed));
		ck_assert_uint_eq(seed, i + 1);
	}
	ck_assert(!fx_plan_seed(&plan, 3, &seed));
	ck_assert_uint_eq(fx_plan_count(&plan), 3);
}
END_TEST

START_TEST(shards_share)
{
	for (unsigned shards = 1; shards < 12; shards++) {
		unsigned char of[120] = {0};
		uint64_t all = 0;

		for (unsigned shard = 1; shard <= shards; shard++) {
			const struct fx_plan plan = {
				.first = 10, .seeds = 100, .shard = shard, .shards = shards};
			uint64_t seed, n = 0;

			while (fx_plan_seed(&plan, n, &seed)) {
				ck_assert(seed >= 10 && seed < 110);
				ck_assert_uint_eq(of[seed]++, 0);
				n++;
			}
			ck_assert_uint_eq(n, fx_plan_count(&plan));
			ck_assert(n == 100 / shards || n == 100 / shards + 1);
			all += n;
		}
		ck_assert_uint_eq(all, 100);
	}
}
END_TEST

START_TEST(more_shards_than_seeds)
{
	const struct fx_plan plan = {.first = 1, .seeds = 3, .shard = 5, .shards = 9};
	uint64_t seed;

	ck_assert_uint_eq(fx_plan_count(&plan), 0);
	ck_assert(!fx_plan_seed(&plan, 0, &seed));
}
END_TEST

START_TEST(without_end)
{
	const struct fx_plan plan = {.first = 1, .seeds = 0, .shard = 2, .shards = 3};
	uint64_t seed;

	ck_assert(fx_plan_seed(&plan, 1000000, &seed));
	ck_assert_uint_eq(seed, 3000002);
	ck_assert_uint_eq(fx_plan_count(&plan), 0);
}
END_TEST

/* Of each shard, too: a machine with every eighth seed has all kinds of points. */
START_TEST(points_are_mixed)
{
	for (unsigned shards = 1; shards <= 16; shards++) {
		const struct fx_plan plan = {
			.first = 1, .seeds = 8000, .shard = shards, .shards = shards};
		unsigned count[FX_POINTS_MIX] = {0};
		uint64_t seed, all = fx_plan_count(&plan);

		for (uint64_t i = 0; fx_plan_seed(&plan, i, &seed); i++)
			count[fx_plan_points(FX_POINTS_MIX, seed)]++;
		ck_assert_uint_gt(count[FX_POINTS_CALLS], all / 16);
		ck_assert_uint_gt(count[FX_POINTS_ATOMICS], all / 4);
		ck_assert_uint_gt(count[FX_POINTS_ACCESSES], all / 3);
	}
	ck_assert_int_eq(fx_plan_points(FX_POINTS_CALLS, 12), FX_POINTS_CALLS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plan");
	TCase *tc = tcase_create("plan");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, one_has_all);
	tcase_add_test(tc, shards_share);
	tcase_add_test(tc, more_shards_than_seeds);
	tcase_add_test(tc, without_end);
	tcase_add_test(tc, points_are_mixed);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
