/* SPDX-License-Identifier: MIT */
#include "tests/unit/manager/guest.h"

#include <string.h>

#include "manager/bucket.h"

uint32_t guest_words[GUEST_WORDS];
bool guest_dead[GUEST_THREADS];
int guest_priority[GUEST_THREADS];
struct fx_manager manager;
void (*guest_before_load)(unsigned nth);
void (*guest_before_cmpxchg)(uint32_t *word);
struct fx_platform_ops scripted_platform;

uintptr_t guest_read_only;

static unsigned loads;
static void *tables[32];
static unsigned ntables;

static bool mapped(uintptr_t uaddr)
{
	return uaddr >= 2 * GUEST_HOLE;
}

static int load32(uintptr_t uaddr, uint32_t *out)
{
	if (guest_before_load)
		guest_before_load(++loads);
	if (!mapped(uaddr))
		return -FX_EFAULT;
	*out = __atomic_load_n((uint32_t *)uaddr, __ATOMIC_SEQ_CST);
	return 0;
}

static int cmpxchg32(uintptr_t uaddr, uint32_t expected, uint32_t desired, uint32_t *seen)
{
	if (!mapped(uaddr) || uaddr == guest_read_only)
		return -FX_EFAULT;
	if (guest_before_cmpxchg)
		guest_before_cmpxchg((uint32_t *)uaddr);
	__atomic_compare_exchange_n((uint32_t *)uaddr, &expected, desired, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	*seen = expected;
	return 0;
}

static int load64(uintptr_t uaddr, uint64_t *out)
{
	if (!mapped(uaddr))
		return -FX_EFAULT;
	memcpy(out, (const void *)uaddr, sizeof(*out));
	return 0;
}

const struct fx_memory_ops guest_memory = {
	.load32 = load32,
	.cmpxchg32 = cmpxchg32,
	.load64 = load64,
};

static bool alive(uint32_t tid)
{
	return tid < GUEST_THREADS && !guest_dead[tid];
}

static int priority(uint32_t tid)
{
	return tid < GUEST_THREADS && guest_priority[tid] != 0 ? guest_priority[tid] : 120;
}

const struct fx_thread_ops guest_threads = {
	.alive = alive,
	.priority = priority,
};

void *new_table(size_t bytes)
{
	void *table = place_memory(bytes);

	ck_assert_ptr_nonnull(table);
	tables[ntables++] = table;
	return table;
}

void guest_setup(void)
{
	memset(guest_words, 0, sizeof(guest_words));
	memset(guest_dead, 0, sizeof(guest_dead));
	memset(guest_priority, 0, sizeof(guest_priority));
	guest_read_only = 0;
	guest_before_load = NULL;
	guest_before_cmpxchg = NULL;
	loads = 0;
	scripted_platform = *place_platform;
	fx_manager_init(&manager, &scripted_platform, &guest_memory, &guest_threads,
			new_table(FX_MANAGER_MIN_TABLE), FX_MANAGER_MIN_TABLE);
}

void guest_teardown(void)
{
	ck_assert(manager_is_empty(&manager));
	while (ntables > 0)
		place_memory_free(tables[--ntables]);
}

void queue_bitset(struct fx_waiter *w, unsigned i, uint32_t bitset)
{
	ck_assert_int_eq(fx_wait_begin(&manager, w, at(i), FX_KEY_PRIVATE, 0, bitset), 0);
}

void queue_on(struct fx_waiter *w, unsigned i)
{
	queue_bitset(w, i, FX_BITSET_ANY);
}

void queue_n_on(struct fx_waiter *w, unsigned n, unsigned i)
{
	while (n-- > 0)
		queue_on(w++, i);
}

void expect_woken(struct fx_waiter *w)
{
	ck_assert(fx_waiter_woken(w));
	ck_assert_int_eq(fx_wait_end(&manager, w, -FX_ETIMEDOUT), 0);
}

void expect_left(struct fx_waiter *w)
{
	ck_assert(!fx_waiter_woken(w));
	ck_assert_int_eq(fx_wait_end(&manager, w, -FX_ETIMEDOUT), -FX_ETIMEDOUT);
}

int wake(unsigned i, int nr)
{
	return fx_wake(&manager, at(i), FX_KEY_PRIVATE, nr, FX_BITSET_ANY);
}

int requeue(unsigned from, unsigned to, int nr_wake, int nr_requeue)
{
	return fx_requeue(&manager, at(from), at(to), FX_KEY_PRIVATE, FX_KEY_PRIVATE, nr_wake,
			  nr_requeue, NULL);
}

static const struct fx_bucket *bucket_of(unsigned i)
{
	return fx_table_find(manager.table, fx_key_make(at(i), FX_KEY_PRIVATE));
}

unsigned neighbour_of(unsigned i)
{
	unsigned j = 0;

	while (j == i || bucket_of(j) != bucket_of(i))
		ck_assert_uint_lt(++j, GUEST_WORDS);
	return j;
}

unsigned stranger_to(unsigned i)
{
	unsigned j = 0;

	while (bucket_of(j) == bucket_of(i))
		ck_assert_uint_lt(++j, GUEST_WORDS);
	return j;
}

bool manager_is_empty(const struct fx_manager *m)
{
	const struct fx_bucket *b = fx_table_buckets(m->table);
	size_t n;

	for (n = fx_table_count(m->table); n > 0; n--, b++)
		if (b->lock != 0 || b->waiters != 0 || b->queues)
			return false;
	for (n = 0; n < FX_PI_HEADS; n++)
		if (m->pi.blocked[n] || m->pi.states[n])
			return false;
	return m->grow_lock == 0 && m->pi.lock == 0 && m->async.lock == 0 && !m->async.calls;
}

struct fx_deadline deadline_in(enum fx_clock clock, int64_t nsec)
{
	struct fx_deadline d;

	scripted_platform.clock_now(clock, &d);
	d.nsec += nsec;
	d.sec += d.nsec / 1000000000;
	d.nsec %= 1000000000;
	return d;
}
