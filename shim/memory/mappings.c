/* SPDX-License-Identifier: MIT */
#include "shim/memory/mappings.h"

#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/base/mem.h"
#include "shim/memory/own_ranges.h"

struct mapping {
	uintptr_t start, end;
};

static uint32_t lock; /* guards all below; count may be read without it */
static struct mapping *table;
static size_t room;
static size_t count;

void fx_mappings_lock(void)
{
	fx_shim_lock(&lock);
}

void fx_mappings_unlock(void)
{
	fx_shim_unlock(&lock);
}

bool fx_mappings_any(void)
{
	return __atomic_load_n(&count, __ATOMIC_RELAXED) != 0;
}

/* Tables double, so the old ones, which are not given back, are less than the newest. */
static bool grow(void)
{
	size_t more = room ? room * 2 : 4096 / sizeof(struct mapping);
	struct mapping *bigger = (struct mapping *)fx_own_map(more * sizeof(*bigger), 4096);

	if (!bigger)
		return false;
	memcpy(bigger, table, count * sizeof(*table));
	table = bigger;
	room = more;
	return true;
}

/* The first mapping that ends after the address. */
static size_t find(uintptr_t address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (table[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void insert(size_t i, uintptr_t start, uintptr_t end)
{
	memmove(table + i + 1, table + i, (count - i) * sizeof(*table));
	table[i] = (struct mapping){start, end};
	__atomic_store_n(&count, count + 1, __ATOMIC_RELAXED);
}

static void erase(size_t i)
{
	memmove(table + i, table + i + 1, (count - i - 1) * sizeof(*table));
	__atomic_store_n(&count, count - 1, __ATOMIC_RELAXED);
}

int fx_mappings_add(uintptr_t start, size_t length)
{
	uintptr_t end = start + length;
	size_t i;

	/* One entry more here, and one for a mapping that a later removal splits. */
	if (count + 2 > room && !grow())
		return -ENOMEM;
	fx_mappings_remove(start, length);
	i = find(start);
	if (i > 0 && table[i - 1].end == start) {
		table[i - 1].end = end;
		i--;
	} else {
		insert(i, start, end);
	}
	if (i + 1 < count && table[i + 1].start == end) {
		table[i].end = table[i + 1].end;
		erase(i + 1);
	}
	return 0;
}

void fx_mappings_remove(uintptr_t start, size_t length)
{
	uintptr_t end = start + length;
	size_t i = find(start);

	while (i < count && table[i].start < end) {
		struct mapping *m = table + i;

		if (m->start < start && m->end > end) {
			uintptr_t tail = m->end;

			/* add() and this keep one entry free, but a split without room
			 * must not forget shared memory: keep the whole then. */
			if (count == room && !grow())
				return;
			table[i].end = start;
			insert(i + 1, end, tail);
			return;
		}
		if (m->start < start) {
			m->end = start;
			i++;
		} else if (m->end > end) {
			m->start = end;
			return;
		} else {
			erase(i);
		}
	}
}

int fx_mappings_move(uintptr_t from, size_t old_length, uintptr_t to, size_t new_length)
{
	uintptr_t end = from + (old_length ? old_length : 1), at = from, new_end = to + new_length;
	int r = 0;

	if (to != from)
		fx_mappings_remove(to, new_length);
	else if (new_length < old_length)
		fx_mappings_remove(from + new_length, old_length - new_length);
	/* There may be several mappings (since Linux 6.17); only the last one grows. */
	while (at < end) {
		size_t i = find(at);
		uintptr_t start, new_start;

		if (i == count || table[i].start >= end)
			break;
		start = table[i].start > at ? table[i].start : at;
		new_start = start - from + to;
		at = table[i].end < end ? table[i].end : end;
		if (new_start >= new_end)
			break;
		if (at == end || at - from >= new_length)
			r |= fx_mappings_add(new_start, new_end - new_start);
		else
			r |= fx_mappings_add(new_start, at - start);
	}
	return r;
}

uintptr_t fx_mappings_end(uintptr_t address)
{
	size_t i = find(address);

	return i < count && table[i].start <= address ? table[i].end : 0;
}

bool fx_mappings_shared(uintptr_t uaddr)
{
	bool shared;
	size_t i;

	if (!fx_mappings_any())
		return false;
	fx_shim_lock(&lock);
	i = find(uaddr);
	shared = i < count && table[i].start <= uaddr;
	fx_shim_unlock(&lock);
	return shared;
}
