/* SPDX-License-Identifier: MIT */
#include "loader/test/plan.h"

bool fx_plan_seed(const struct fx_plan *plan, uint64_t i, uint64_t *seed)
{
	const uint64_t at = i * plan->shards + (plan->shard - 1);

	*seed = plan->first + at;
	return plan->seeds == 0 || at < plan->seeds;
}

uint64_t fx_plan_count(const struct fx_plan *plan)
{
	const uint64_t before = plan->shard - 1;

	return plan->seeds <= before ? 0 : (plan->seeds - before + plan->shards - 1) / plan->shards;
}
