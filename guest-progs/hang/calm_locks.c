/* SPDX-License-Identifier: MIT */
/* Locks: in one order, handed over late, taken again where that is allowed, left to heirs. */
#include "guest-progs/hang/calm.h"

static pthread_mutex_t lock_a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock_b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t special;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t both;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t started;
static long sum;

static void *add_in_order(void *arg)
{
	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(&lock_a);
		pthread_mutex_lock(&lock_b);
		sum++;
		pthread_mutex_unlock(&lock_b);
		pthread_mutex_unlock(&lock_a);
	}
	return arg;
}

static void ordered(void)
{
	pthread_t l = spawn("left", add_in_order), r = spawn("right", add_in_order);

	pthread_join(l, NULL);
	pthread_join(r, NULL);
	MUST(sum == 4000);
}

static void *take_a(void *arg)
{
	sem_post(&started);
	pthread_mutex_lock(&lock_a);
	pthread_mutex_unlock(&lock_a);
	return arg;
}

static void handed_over_late(void)
{
	pthread_t t;

	sem_init(&started, 0, 0);
	pthread_mutex_lock(&lock_a);
	t = spawn("waiter", take_a);
	sem_wait(&started);
	calm_pause(100);
	pthread_mutex_unlock(&lock_a);
	pthread_join(t, NULL);
}

static void *back_off(void *arg)
{
	pthread_mutex_lock(&lock_b);
	pthread_barrier_wait(&both);
	while (pthread_mutex_trylock(&lock_a) != 0) {
		pthread_mutex_unlock(&lock_b);
		sched_yield();
		pthread_mutex_lock(&lock_b);
	}
	pthread_mutex_unlock(&lock_a);
	pthread_mutex_unlock(&lock_b);
	return arg;
}

static void tried(void)
{
	pthread_t t;

	pthread_barrier_init(&both, NULL, 2);
	pthread_mutex_lock(&lock_a);
	t = spawn("polite", back_off);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&lock_b);
	pthread_mutex_unlock(&lock_b);
	pthread_mutex_unlock(&lock_a);
	pthread_join(t, NULL);
}

static void recursive(void)
{
	init_mutex(&special, PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
	for (int i = 0; i < 3; i++)
		MUST(pthread_mutex_lock(&special) == 0);
	for (int i = 0; i < 3; i++)
		MUST(pthread_mutex_unlock(&special) == 0);
}

static void error_checked(void)
{
	init_mutex(&special, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_STALLED);
	MUST(pthread_mutex_lock(&special) == 0);
	MUST(pthread_mutex_lock(&special) == EDEADLK);
}

static void *end_with_special(void *arg)
{
	pthread_mutex_lock(&special);
	return arg;
}

static void inherited(void)
{
	init_mutex(&special, PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST);
	pthread_join(spawn("owner", end_with_special), NULL);
	MUST(pthread_mutex_lock(&special) == EOWNERDEAD);
	MUST(pthread_mutex_consistent(&special) == 0);
	MUST(pthread_mutex_unlock(&special) == 0);
}

static void *read_table(void *arg)
{
	MUST(pthread_rwlock_rdlock(&table) == 0);
	pthread_barrier_wait(&both);
	MUST(pthread_rwlock_unlock(&table) == 0);
	return arg;
}

static void readers_together(void)
{
	pthread_t a, b;

	pthread_barrier_init(&both, NULL, 2);
	a = spawn("reader", read_table);
	b = spawn("reader", read_table);
	MUST(pthread_rwlock_wrlock(&table) == 0);
	MUST(pthread_rwlock_unlock(&table) == 0);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
}

static void init_slowly(void)
{
	calm_pause(50);
	sum++;
}

static void *need(void *arg)
{
	pthread_once(&once, init_slowly);
	return arg;
}

static void once_for_all(void)
{
	pthread_t a = spawn("one", need), b = spawn("two", need);

	pthread_join(a, NULL);
	pthread_join(b, NULL);
	MUST(sum == 1);
}

static const struct calm_case cases[] = {
	{"ordered", ordered},
	{"handed-over-late", handed_over_late},
	{"tried", tried},
	{"recursive", recursive},
	{"error-checked", error_checked},
	{"inherited", inherited},
	{"readers-together", readers_together},
	{"once-for-all", once_for_all},
};

CALM_MAIN(cases)
