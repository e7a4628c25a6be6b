/* SPDX-License-Identifier: MIT */
#include "shim/schedule/processors.h"

#include "shim/base/host.h"
#include "shim/memory/umem.h"

#define PROCESSORS 0xfULL /* their mask */

long fx_processors_tell(long pid, long size, long mask)
{
	const long written = fx_host(__NR_sched_getaffinity, pid, size, mask);
	uint64_t word = PROCESSORS;

	for (long at = 0; at + 8 <= written; at += 8) {
		if (fx_umem_store64((uintptr_t)(mask + at), word) < 0)
			return -EFAULT;
		word = 0;
	}
	return written;
}

long fx_processors_set(long size, long mask)
{
	uint64_t word;

	if ((unsigned long)size < sizeof(word))
		return -EINVAL;
	if (fx_umem_load64((uintptr_t)mask, &word) < 0)
		return -EFAULT;
	return word & PROCESSORS ? 0 : -EINVAL;
}
