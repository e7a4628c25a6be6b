/* SPDX-License-Identifier: MIT */
#include "shim/hang/text_ranges.h"

#include "shim/audit/clock.h"
#include "shim/audit/log.h"
#include "shim/base/host.h"
#include "shim/memory/maps.h"
#include "shim/memory/own_ranges.h"

#define LOOKS_APART_US 10000
#define PAGE	       4096UL
#define PAIR	       ((2 * sizeof(struct fx_text_ranges) + PAGE - 1) & ~(PAGE - 1))

/* One is read, and the other written: by who has the lock, which is only ever tried. */
static struct fx_text_ranges *both, *current;
static uint32_t lock;
static uint32_t changes; /* one more than of mappings, before the last look; 0: none was */
static int64_t looked_us;

struct look {
	const struct fx_text_ranges *old;
	struct fx_text_ranges *new;
	uintptr_t base; /* where the file of this name begins */
	uint64_t name;
};

static uint64_t hash(const char *path)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	while (*path)
		h = (h ^ (unsigned char)*path++) * 0x100000001b3ULL; /* FNV-1a */
	return h;
}

/* The last one that begins at or before the address, or NULL. */
static const struct fx_text_range *before(const struct fx_text_ranges *r, uint64_t address)
{
	uint32_t low = 0, high = r->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (r->range[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &r->range[low - 1] : NULL;
}

static void tell(uintptr_t start, const char *path)
{
	char line[FX_LOG_LINE];
	struct fx_text x;

	fx_log_begin(&x, line, "module");
	fx_json_hex(&x, "start", start);
	fx_json_str(&x, "path", path);
	fx_log_end(&x);
}

bool fx_text_ranges_init(void)
{
	both = (struct fx_text_ranges *)fx_own_map(PAIR, PAGE);
	current = both;
	return both != NULL;
}

/* From the first page with code to the last: those that were patched are mappings of their own. */
static bool take(void *arg, const struct fx_mapping *m)
{
	struct look *l = arg;
	const struct fx_text_range *old;
	struct fx_text_range *new = &l->new->range[l->new->count];
	uint64_t name;

	if (*m->path != '/' || fx_own_overlaps(m->start, m->end - m->start))
		return true;
	name = hash(m->path);
	if (m->offset == 0) {
		l->base = m->start;
		l->name = name;
	}
	if (!m->executable || name != l->name)
		return true;
	if (l->new->count &&new[-1].base == l->base &&new[-1].name == name) {
		new[-1].end = m->end;
		return true;
	}
	if (l->new->count == FX_TEXT_RANGES)
		return false;
	*new = (struct fx_text_range){m->start, m->end, l->base, name};
	l->new->count++;
	old = before(l->old, m->start);
	if (!old || old->base != l->base || old->name != name)
		tell(l->base, m->path);
	return true;
}

static void look(void)
{
	struct look l = {.old = current, .new = current == &both[0] ? &both[1] : &both[0]};

	uint32_t seen = fx_maps_changes() + 1;

	l.new->count = 0;
	fx_maps_each(take, &l);
	__atomic_store_n(&current, l.new, __ATOMIC_RELEASE);
	__atomic_store_n(&changes, seen, __ATOMIC_RELEASE);
}

/* Nobody has looked before, and somebody does now. Not for ever: he may have been killed. */
static void await_first(void)
{
	const struct {
		int64_t sec, nsec;
	} moment = {0, 100000};

	for (int i = 0; i < 1000 && !fx_text_ranges_now()->count; i++)
		fx_host(__NR_nanosleep, &moment, 0);
}

void fx_text_ranges_look(void)
{
	uint32_t free = 0;
	int64_t now;

	if (__atomic_load_n(&changes, __ATOMIC_ACQUIRE) == fx_maps_changes() + 1)
		return;
	now = fx_clock_us();
	if (__atomic_load_n(&changes, __ATOMIC_RELAXED) &&
	    now - __atomic_load_n(&looked_us, __ATOMIC_RELAXED) < LOOKS_APART_US)
		return;
	if (!__atomic_compare_exchange_n(&lock, &free, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED)) {
		await_first();
		return;
	}
	__atomic_store_n(&looked_us, now, __ATOMIC_RELAXED);
	look();
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

const struct fx_text_ranges *fx_text_ranges_now(void)
{
	return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}

bool fx_text_ranges_have(const struct fx_text_ranges *r, uint64_t address)
{
	const struct fx_text_range *found;

	if (!r->count || address < r->range[0].start || address >= r->range[r->count - 1].end)
		return false;
	found = before(r, address);
	return found && address < found->end;
}

void fx_text_ranges_after_fork(void)
{
	both[0].count = both[1].count = 0;
	lock = 0;
	changes = 0;
}
