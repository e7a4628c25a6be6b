/* SPDX-License-Identifier: MIT */
#include "loader/test/plan.h"

bool fx_plan_seed(const struct fx_plan *plan, uint64_t i, uint64_t *seed)
{
	const uint64_t at = i * plan->shards + (plan->shard - 1);

	*seed = plan->first + at;
	return plan->seeds == 0 || at < plan->seeds;
}

enum fx_points fx_plan_points(enum fx_points asked, uint64_t seed)
{
	static const enum fx_points eighths[] = {
		FX_POINTS_CALLS,    FX_POINTS_ATOMICS,	FX_POINTS_ATOMICS,  FX_POINTS_ATOMICS,
		FX_POINTS_ACCESSES, FX_POINTS_ACCESSES, FX_POINTS_ACCESSES, FX_POINTS_ACCESSES,
	};

	/* Not the seed's own lowest bits: shards have seeds of one kind. */
	return asked == FX_POINTS_MIX ? eighths[seed * 0x9e3779b97f4a7c15ULL >> 61] : asked;
}

uint64_t fx_plan_count(const struct fx_plan *plan)
{
	const uint64_t before = plan->shard - 1;

	return plan->seeds <= before ? 0 : (plan->seeds - before + plan->shards - 1) / plan->shards;
}
