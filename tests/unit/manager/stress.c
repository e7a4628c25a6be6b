/* SPDX-License-Identifier: MIT */
/*
 * Everything at once on the platform of the place it is linked with: waits with
 * and without deadline, for one word, for several and without a thread, wakes, wake_op,
 * requeues both ways and growth, on two words; and two words that are locks with an
 * owner, got by lock, trylock, or, the first, through a requeue from a fifth word.
 * Each thread does stress=N rounds (300), however long it takes; or all run for seconds=N. seed=N
 * is what each thread's choices begin with; how they mix is for the machine to say.
 *
 * Every release that a wake counts must arrive at a waiter, and nobody may be
 * left asleep: the main thread wakes until all are gone, then compares. What the
 * locks guard is not atomic, so the sanitizer sees if two own one, or if a new owner
 * need not see what the old one did.
 */
#include <limits.h>
#include <stdbool.h>

#include "manager/bucket.h"
#include "manager/manager.h"
#include "tests/unit/manager/cases.h"

#define ACTORS		  2
#define GROWTHS		  8
#define GROWTHS_OF_ROUNDS 2

#define LOCK(i)		  ((uintptr_t)&words[2 + ((i)&1)])
#define CONDITION	  ((uintptr_t)&words[4])

/* Ids that fall on the same head of the manager's table, so its lock is needed. */
#define TID(arg) (FX_PI_HEADS * (uint32_t)(uintptr_t)(arg))

static uint32_t words[5];
static struct fx_manager manager;
static uint32_t stop, running;
static uint32_t seconds;
static uint32_t rounds; /* of each thread; 0: until stop */
static uint64_t counted, released;
static uint64_t guarded[2];	 /* by the locks: how often they were owned */
static uint64_t owned, requeued; /* the same as its owners count it; of these, through a requeue */

static int load32(uintptr_t uaddr, uint32_t *out)
{
	*out = __atomic_load_n((uint32_t *)uaddr, __ATOMIC_SEQ_CST);
	return 0;
}

static int cmpxchg32(uintptr_t uaddr, uint32_t expected, uint32_t desired, uint32_t *seen)
{
	__atomic_compare_exchange_n((uint32_t *)uaddr, &expected, desired, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	*seen = expected;
	return 0;
}

static int load64(uintptr_t uaddr, uint64_t *out)
{
	*out = *(const uint64_t *)uaddr;
	return 0;
}

static const struct fx_memory_ops memory = {load32, cmpxchg32, load64};

static bool alive(uint32_t tid)
{
	return tid != 0;
}

static int priority(uint32_t tid)
{
	(void)tid;
	return 120;
}

static const struct fx_thread_ops threads = {alive, priority};

static _Noreturn void fail(const char *what, int rc)
{
	harness_fail_values(__FILE__, __LINE__, what, rc, 0);
}

static uint32_t seeded(uint32_t thread)
{
	return harness_amount("seed", 0) * 2654435761U + thread;
}

/* done: rounds of the calling thread, 0 at first. */
static bool goes_on(uint32_t *done)
{
	if (rounds)
		return (*done)++ < rounds;
	return !__atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static uintptr_t word(unsigned i)
{
	return (uintptr_t)&words[i & 1];
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 16;
}

static const struct fx_deadline *soon(uint32_t random, struct fx_deadline *d)
{
	if (random & 1)
		return NULL;
	place_platform->clock_now(random & 2 ? FX_CLOCK_REALTIME : FX_CLOCK_MONOTONIC, d);
	d->nsec += (int64_t)(random % 64) * 1000;
	d->sec += d->nsec / 1000000000;
	d->nsec %= 1000000000;
	return d;
}

static void *waiter_main(void *arg)
{
	uint32_t random = seeded((uint32_t)(uintptr_t)arg), done = 0;

	while (goes_on(&done)) {
		struct fx_deadline d;
		uint32_t r = next_random(&random);
		uint32_t val = __atomic_load_n(&words[r & 1], __ATOMIC_RELAXED);
		int rc = fx_wait(&manager, word(r), FX_KEY_PRIVATE, val, 1U << (r & 3) | 16,
				 soon(next_random(&random), &d));

		if (rc == 0)
			__atomic_fetch_add(&released, 1, __ATOMIC_RELAXED);
	}
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Waits for both words, the first perhaps twice. How many wakes came only the waiters know. */
static void *vector_main(void *arg)
{
	uint32_t random = seeded((uint32_t)(uintptr_t)arg), done = 0;

	while (goes_on(&done)) {
		struct fx_waiter w[3] = {0};
		struct fx_waitv v[3];
		struct fx_deadline d;
		uint32_t r = next_random(&random);
		unsigned i, n = 2 + (r >> 1 & 1);
		int rc, woken = 0;

		for (i = 0; i < n; i++)
			v[i] = (struct fx_waitv){
				word(r + i), __atomic_load_n(&words[(r + i) & 1], __ATOMIC_RELAXED),
				FX_KEY_PRIVATE};
		rc = fx_waitv(&manager, v, w, n, soon(next_random(&random), &d));
		for (i = 0; i < n; i++)
			woken += fx_waiter_woken(&w[i]);
		if ((rc >= 0) != (woken > 0))
			fail("waitv", rc);
		__atomic_fetch_add(&released, (uint64_t)woken, __ATOMIC_RELAXED);
	}
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void count_release(struct fx_async *a, int result)
{
	(void)a;
	if (result != 0)
		fail("async", result);
	__atomic_fetch_add(&released, 1, __ATOMIC_RELAXED);
}

/* In its own frame, so the sanitizer sees who touches it after a cancel. */
static void queue_and_cancel(uint32_t r)
{
	struct fx_async a = {.done = count_release};
	uint32_t val = __atomic_load_n(&words[r & 1], __ATOMIC_RELAXED);
	int rc = fx_wait_async(&manager, &a, word(r), FX_KEY_PRIVATE, val, 1U << (r & 3) | 16);

	if (rc != 0)
		return;
	for (r = r >> 4 & 7; r > 0; r--)
		place_yield();
	rc = fx_wait_async_cancel(&manager, &a);
	if (rc != 0 && rc != -FX_EALREADY)
		fail("cancel", rc);
}

static void *async_main(void *arg)
{
	uint32_t random = seeded((uint32_t)(uintptr_t)arg), done = 0;

	while (goes_on(&done))
		queue_and_cancel(next_random(&random));
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* As glibc: the manager is only asked when the word alone will not do. */
static void own_and_unlock(unsigned i, uint32_t tid)
{
	uint32_t seen;
	int rc;

	guarded[i & 1]++;
	cmpxchg32(LOCK(i), tid, 0, &seen);
	if (seen == tid)
		return;
	do {
		rc = fx_unlock_pi(&manager, LOCK(i), FX_KEY_PRIVATE, tid);
	} while (rc == -FX_EAGAIN);
	if (rc != 0)
		fail("unlock", rc);
}

static bool lock_somehow(unsigned i, uint32_t tid, uint32_t r)
{
	struct fx_deadline d;
	uint32_t seen;
	int rc;

	if (r & 1) {
		cmpxchg32(LOCK(i), 0, tid, &seen);
		if (seen == 0)
			return true;
	}
	if (r & 2) {
		rc = fx_trylock_pi(&manager, LOCK(i), FX_KEY_PRIVATE, tid);
		if (rc != 0 && rc != -FX_EAGAIN)
			fail("trylock", rc);
	} else {
		rc = fx_lock_pi(&manager, LOCK(i), FX_KEY_PRIVATE, tid, soon(r >> 2, &d));
		if (rc != 0 && rc != -FX_ETIMEDOUT)
			fail("lock", rc);
	}
	return rc == 0;
}

static void *locker_main(void *arg)
{
	uint32_t tid = TID(arg), random = seeded(tid), done = 0;

	while (goes_on(&done)) {
		unsigned i = next_random(&random);

		if (!lock_somehow(i, tid, next_random(&random)))
			continue;
		own_and_unlock(i, tid);
		__atomic_fetch_add(&owned, 1, __ATOMIC_RELAXED);
	}
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void *moved_main(void *arg)
{
	uint32_t tid = TID(arg), random = seeded(tid), done = 0;

	while (goes_on(&done)) {
		uint32_t val = __atomic_load_n(&words[4], __ATOMIC_RELAXED);
		struct fx_deadline d;
		int rc = fx_wait_requeue_pi(&manager, CONDITION, LOCK(0), FX_KEY_PRIVATE, val,
					    FX_BITSET_ANY, tid, soon(next_random(&random), &d));

		if (rc == 0) {
			own_and_unlock(0, tid);
			__atomic_fetch_add(&owned, 1, __ATOMIC_RELAXED);
			__atomic_fetch_add(&requeued, 1, __ATOMIC_RELAXED);
		} else if (rc != -FX_EAGAIN && rc != -FX_ETIMEDOUT) {
			fail("wait_requeue_pi", rc);
		}
	}
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void move_to_lock(int nr_requeue)
{
	uint32_t val = __atomic_add_fetch(&words[4], 1, __ATOMIC_RELAXED);
	int rc =
		fx_cmp_requeue_pi(&manager, CONDITION, LOCK(0), FX_KEY_PRIVATE, 1, nr_requeue, val);

	if (rc < 0 && rc != -FX_EAGAIN)
		fail("cmp_requeue_pi", rc);
}

static void act(uint32_t r)
{
	uint32_t val = __atomic_load_n(&words[r & 1], __ATOMIC_RELAXED);
	int rc;

	if ((r >> 12 & 3) == 0) {
		move_to_lock((int)(r >> 8 & 3));
		return;
	}
	if ((r >> 12 & 3) == 1) {
		/* Adds 1 to the second word, and wakes its waiter always, or only if it was 0. */
		rc = fx_wake_op(&manager, word(r), word(r + 1), FX_KEY_PRIVATE, FX_KEY_PRIVATE, 1,
				1, 1U << 28 | (r & 8 ? 5U << 24 : 0) | 1U << 12);
		__atomic_fetch_add(&counted, (uint64_t)rc, __ATOMIC_RELAXED);
		return;
	}
	if (r & 2) {
		/* Moved ones are counted too: only the woken ones matter, so all or none. */
		if (r & 4)
			fx_requeue(&manager, word(r), word(r + 1), FX_KEY_PRIVATE, FX_KEY_PRIVATE,
				   0, (int)(r >> 8 & 3), &val);
		else if ((rc = fx_requeue(&manager, word(r), word(r + 1), FX_KEY_PRIVATE,
					  FX_KEY_PRIVATE, 1 + (int)(r >> 8 & 1), 0, NULL)) > 0)
			__atomic_fetch_add(&counted, (uint64_t)rc, __ATOMIC_RELAXED);
		return;
	}
	__atomic_fetch_add(&words[r & 1], 1, __ATOMIC_RELAXED);
	rc = fx_wake(&manager, word(r), FX_KEY_PRIVATE, (int)(r >> 8 & 3),
		     r & 8 ? FX_BITSET_ANY : 1U << (r >> 4 & 3));
	__atomic_fetch_add(&counted, (uint64_t)rc, __ATOMIC_RELAXED);
}

static void *actor_main(void *arg)
{
	uint32_t random = seeded((uint32_t)(uintptr_t)arg), done = 0;

	while (goes_on(&done)) {
		act(next_random(&random));
		place_yield();
	}
	return NULL;
}

/* Memory for a new table is there before anybody runs: an old one has to stay. */
static void *tables[GROWTHS];
static unsigned ntables;

#define TABLE_BYTES(n) ((size_t)FX_MANAGER_MIN_TABLE << ((n) + 1))

static void make_tables(unsigned n)
{
	for (ntables = 0; ntables < n; ntables++) {
		tables[ntables] = place_memory(TABLE_BYTES(ntables));
		ck_assert_ptr_nonnull(tables[ntables]);
	}
	ntables = 0;
}

static void grow(void)
{
	fx_manager_grow(&manager, tables[ntables], TABLE_BYTES(ntables));
	ntables++;
}

static int64_t now(void)
{
	struct fx_deadline d;

	place_platform->clock_now(FX_CLOCK_MONOTONIC, &d);
	return d.sec * 1000 + d.nsec / 1000000;
}

static void drain(void)
{
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) > 0) {
		unsigned i;

		for (i = 0; i < 2; i++)
			counted += (uint64_t)fx_wake(&manager, word(i), FX_KEY_PRIVATE, INT_MAX,
						     FX_BITSET_ANY);
		move_to_lock(INT_MAX);
		place_yield();
	}
}

static void *(*const routine[])(void *) = {
	waiter_main, waiter_main, waiter_main, vector_main, vector_main, async_main, async_main,
	locker_main, locker_main, locker_main, moved_main,  moved_main,	 moved_main,
};

#define WAITERS (sizeof(routine) / sizeof(routine[0]))

static void start_all(struct place_thread *thread)
{
	uintptr_t i;

	running = WAITERS;
	for (i = 0; i < WAITERS + ACTORS; i++)
		place_start(&thread[i], i < WAITERS ? routine[i] : actor_main, (void *)(i + 1));
}

static void run_for(int64_t length)
{
	const int64_t begin = now();

	for (unsigned i = 1; i <= GROWTHS; i++) {
		while (now() < begin + length * i / GROWTHS)
			place_yield();
		grow();
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
}

static void run_rounds(void)
{
	for (unsigned i = 0; i < GROWTHS_OF_ROUNDS; i++) {
		place_yield();
		grow();
	}
}

static void run(struct place_thread *thread)
{
	unsigned i;

	make_tables(rounds ? GROWTHS_OF_ROUNDS : GROWTHS);
	start_all(thread);
	if (rounds)
		run_rounds();
	else
		run_for((int64_t)seconds * 1000);
	for (i = WAITERS; i < WAITERS + ACTORS; i++)
		place_join(&thread[i]);
	drain();
	for (i = 0; i < WAITERS; i++)
		place_join(&thread[i]);
}

START_TEST(every_release_arrives_and_one_at_a_time_owns_a_lock)
{
	static _Alignas(64) char table[FX_MANAGER_MIN_TABLE];
	struct place_thread thread[WAITERS + ACTORS];

	seconds = harness_amount("seconds", 0);
	rounds = seconds ? 0 : harness_amount("stress", 300);
	fx_manager_init(&manager, place_platform, &memory, &threads, table, sizeof(table));
	manager.spin_max = 20;
	run(thread);
	harness_note("waiters released", (int64_t)released);
	harness_note("locks owned", (int64_t)owned);
	harness_note("of these through a requeue", (int64_t)requeued);
	ck_assert_uint_eq(released, counted);
	ck_assert_uint_eq(guarded[0] + guarded[1], owned);
	ck_assert_uint_eq(words[2], 0);
	ck_assert_uint_eq(words[3], 0);
	/* Of a few rounds nothing need have been released. */
	ck_assert(rounds || (released > 0 && requeued > 0));
}
END_TEST

TCase *stress_cases(void)
{
	TCase *tc = tcase_create("stress");

	tcase_add_test(tc, every_release_arrives_and_one_at_a_time_owns_a_lock);
	return tc;
}
