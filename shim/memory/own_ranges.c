/* SPDX-License-Identifier: MIT */
#include "shim/memory/own_ranges.h"

#include <asm/mman.h>
#include <linux/mman.h>

#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/base/table.h"

#define MOST_RANGES 1024

/*
 * Ranges are only ever added, and the count is published after the range, so
 * readers need no lock.
 */
static struct {
	uintptr_t start, end;
} range[MOST_RANGES] FX_TABLE;
static uint32_t ranges;
static uint32_t lock;

void fx_own_add(uintptr_t start, uintptr_t end)
{
	uint32_t n = ranges;

	if (n == MOST_RANGES)
		return;
	range[n].start = start;
	range[n].end = end;
	__atomic_store_n(&ranges, n + 1, __ATOMIC_RELEASE);
}

static uintptr_t map(size_t bytes, size_t align, int prot)
{
	long raw;
	uintptr_t start, end;

	fx_shim_lock(&lock);
	if (ranges == MOST_RANGES) {
		fx_shim_unlock(&lock);
		return 0;
	}
	raw = fx_host(__NR_mmap, 0, bytes + align, prot,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (raw < 0 && raw > -4096) {
		fx_shim_unlock(&lock);
		return 0;
	}
	start = ((uintptr_t)raw + align - 1) & ~(align - 1);
	end = start + bytes;
	if (start > (uintptr_t)raw)
		fx_host(__NR_munmap, raw, start - (uintptr_t)raw);
	if ((uintptr_t)raw + bytes + align > end)
		fx_host(__NR_munmap, end, (uintptr_t)raw + bytes + align - end);
	fx_own_add(start, end);
	fx_shim_unlock(&lock);
	return start;
}

uintptr_t fx_own_map(size_t bytes, size_t align)
{
	return map(bytes, align, PROT_READ | PROT_WRITE);
}

uintptr_t fx_own_reserve(size_t bytes, size_t align)
{
	return map(bytes, align, PROT_NONE);
}

uintptr_t fx_own_map_at(uintptr_t address, size_t bytes)
{
	long r = -ENOMEM;

	fx_shim_lock(&lock);
	if (ranges < MOST_RANGES)
		r = fx_host(__NR_mmap, address, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if ((uintptr_t)r == address)
		fx_own_add(address, address + bytes);
	fx_shim_unlock(&lock);
	return (uintptr_t)r == address ? address : 0;
}

bool fx_own_overlaps(uintptr_t start, size_t length)
{
	uint32_t n = __atomic_load_n(&ranges, __ATOMIC_ACQUIRE);
	uintptr_t end = start + length < start ? UINTPTR_MAX : start + length;

	for (uint32_t i = 0; i < n; i++)
		if (start < range[i].end && end > range[i].start)
			return true;
	return false;
}

void fx_own_lock_all(void)
{
	fx_shim_lock(&lock);
}

void fx_own_unlock_all(void)
{
	fx_shim_unlock(&lock);
}
