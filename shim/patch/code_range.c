/* SPDX-License-Identifier: MIT */
#include "shim/patch/code_range.h"

#define MOST_RANGES 128

static struct {
	uintptr_t start, end; /* 0, 0: free */
} range[MOST_RANGES];
static uint32_t ranges; /* all behind have always been free */

bool fx_code_range_has(uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < ranges; i++)
		if (range[i].start <= start && end <= range[i].end)
			return true;
	return false;
}

void fx_code_range_add(uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < MOST_RANGES && start < end; i++) {
		if (range[i].end)
			continue;
		range[i].start = start;
		range[i].end = end;
		if (i >= ranges)
			__atomic_store_n(&ranges, i + 1, __ATOMIC_RELEASE);
		return;
	}
}

bool fx_code_range_meets(uintptr_t start, uintptr_t end)
{
	uint32_t n = __atomic_load_n(&ranges, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < n; i++)
		if (__atomic_load_n(&range[i].start, __ATOMIC_RELAXED) < end &&
		    start < __atomic_load_n(&range[i].end, __ATOMIC_RELAXED))
			return true;
	return false;
}

void fx_code_range_forget(uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < ranges; i++) {
		uintptr_t from = range[i].start, to = range[i].end;

		if (from >= end || start >= to)
			continue;
		range[i].start = range[i].end = 0;
		fx_code_range_add(from, start);
		fx_code_range_add(end, to);
	}
}
