/* SPDX-License-Identifier: MIT */
#include "shim/audit/shared_table.h"

#include <linux/mman.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/memory/own_ranges.h"

static struct fx_audit_table *table;

int fx_shared_table_init(void)
{
	long r = -ENODEV;

	if (!fx_config.aside)
		r = fx_host(__NR_mmap, 0, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED,
			    fx_fd(FX_FD_AUDIT), 0);
	/*
	 * No file: a limit forbade it, and then each program that is executed has its own. Or it is
	 * not the run's program whose calls are counted.
	 */
	if (r == -ENODEV)
		r = fx_host(__NR_mmap, 0, sizeof(*table), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r < 0 && r > -4096)
		return (int)r;
	table = (struct fx_audit_table *)r;
	fx_own_add((uintptr_t)r, (uintptr_t)r + ((sizeof(*table) + 4095) & ~4095UL));
	return 0;
}

static int claim(struct fx_audit_slot *slots, int count, uint64_t hash, uint32_t nr, uint64_t sub,
		 const char *text, bool *first)
{
	*first = true;
	for (int i = 0; i < count; i++) {
		struct fx_audit_slot *s = &slots[i];
		uint32_t state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);

		if (state == FX_AUDIT_FREE &&
		    __atomic_compare_exchange_n(&s->state, &state, FX_AUDIT_CLAIMED, false,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
			s->nr = nr;
			s->sub = sub;
			s->hash = hash;
			s->count = 1;
			memcpy(s->text, text, fx_strlen(text) + 1);
			__atomic_store_n(&s->state, FX_AUDIT_READY, __ATOMIC_RELEASE);
			return i;
		}
		if (state == FX_AUDIT_READY && s->hash == hash && s->nr == nr && s->sub == sub) {
			__atomic_add_fetch(&s->count, 1, __ATOMIC_RELAXED);
			*first = false;
			return i;
		}
	}
	return -1;
}

int fx_shared_table_slot(uint64_t hash, uint32_t nr, uint64_t sub, const char *text, bool *first)
{
	int slot = claim(table->slot, FX_AUDIT_SLOTS, hash, nr, sub, text, first);

	if (slot < 0)
		__atomic_add_fetch(&table->dropped, 1, __ATOMIC_RELAXED);
	return slot;
}

void fx_shared_table_not_there(uint64_t hash, const char *path)
{
	bool first;

	if (fx_strlen(path) >= FX_AUDIT_TEXT ||
	    claim(table->not_there, FX_AUDIT_NOT_THERE, hash, 0, 0, path, &first) < 0)
		__atomic_add_fetch(&table->not_told, 1, __ATOMIC_RELAXED);
}

void fx_shared_table_other(int slot, const char *text)
{
	if (slot >= 0 && memcmp(table->slot[slot].text, text, fx_strlen(text) + 1) != 0)
		__atomic_add_fetch(&table->slot[slot].others, 1, __ATOMIC_RELAXED);
}

void fx_shared_table_count(int slot, uint64_t times)
{
	if (slot >= 0)
		__atomic_add_fetch(&table->slot[slot].count, times, __ATOMIC_RELAXED);
	else
		__atomic_add_fetch(&table->dropped, times, __ATOMIC_RELAXED);
}

void fx_shared_table_lost(uint64_t lines, long error)
{
	__atomic_store_n(&table->lost_errno, (uint32_t)-error, __ATOMIC_RELAXED);
	__atomic_add_fetch(&table->lost, lines, __ATOMIC_RELAXED);
}

bool fx_shared_table_any(void)
{
	return __atomic_load_n(&table->slot[0].state, __ATOMIC_ACQUIRE) == FX_AUDIT_READY ||
	       __atomic_load_n(&table->dropped, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&table->lost, __ATOMIC_RELAXED);
}

struct fx_audit_table *fx_shared_table(void)
{
	return table;
}

/* The same mount, or one above: nothing is known of those between. */
static bool is_below(const char *path, const char *mount)
{
	size_t n = fx_strlen(mount);

	return fx_str_starts(path, mount) &&
	       (path[n] == '/' || path[n] == 0 || (n && mount[n - 1] == '/'));
}

bool fx_shared_table_read_only(const char *path)
{
	size_t at = 0;

	while (at < FX_AUDIT_MOUNTS && table->read_only[at]) {
		char mount[FX_AUDIT_MOUNTS];
		size_t n = 0;

		/* The guest may write there: each byte is read once, and no further than the end.
		 */
		while (at + n < FX_AUDIT_MOUNTS - 1 && (mount[n] = table->read_only[at + n]))
			n++;
		mount[n] = 0;
		if (is_below(path, mount))
			return true;
		at += n + 1;
	}
	return false;
}
