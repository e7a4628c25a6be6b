/* SPDX-License-Identifier: MIT */
/*
 * Guest memory as a trusted execution environment sees it: what is not in the table of ranges that
 * the other side may use is refused before it is touched, since there is no fault to catch and
 * what lies beside may be ours.
 */
#include "manager/errno.h"
#include "manager/platform_bare/bare.h"

static const struct fx_bare_range *ranges;
static size_t nranges;

void fx_bare_set_memory(const struct fx_bare_range *table, size_t n)
{
	ranges = table;
	nranges = n;
}

/* Whole, in one range; no sum can overflow. */
static bool allowed(uintptr_t uaddr, size_t bytes, bool write)
{
	for (size_t i = 0; i < nranges; i++) {
		const struct fx_bare_range *r = &ranges[i];

		if (uaddr >= r->base && uaddr - r->base < r->bytes &&
		    r->bytes - (uaddr - r->base) >= bytes)
			return r->writable || !write;
	}
	return false;
}

static int load32(uintptr_t uaddr, uint32_t *out)
{
	if (!allowed(uaddr, sizeof(*out), false))
		return -FX_EFAULT;
	*out = __atomic_load_n((uint32_t *)uaddr, __ATOMIC_SEQ_CST);
	return 0;
}

static int cmpxchg32(uintptr_t uaddr, uint32_t expected, uint32_t desired, uint32_t *seen)
{
	if (!allowed(uaddr, sizeof(*seen), true))
		return -FX_EFAULT;
	__atomic_compare_exchange_n((uint32_t *)uaddr, &expected, desired, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	*seen = expected;
	return 0;
}

static int load64(uintptr_t uaddr, uint64_t *out)
{
	if (!allowed(uaddr, sizeof(*out), false))
		return -FX_EFAULT;
	*out = __atomic_load_n((uint64_t *)uaddr, __ATOMIC_SEQ_CST);
	return 0;
}

const struct fx_memory_ops fx_memory_bare = {
	.load32 = load32,
	.cmpxchg32 = cmpxchg32,
	.load64 = load64,
};
