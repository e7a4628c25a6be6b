/* SPDX-License-Identifier: MIT */
/*
 * Locks taken in orders that rarely or never hang: `orders NAME`. Those whose names begin with
 * "bad" could hang, under schedules that are not often had; the others never can.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef void *routine(void *);

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER,
		       c = PTHREAD_MUTEX_INITIALIZER, gate = PTHREAD_MUTEX_INITIALIZER,
		       other_gate = PTHREAD_MUTEX_INITIALIZER, m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t r = PTHREAD_RWLOCK_INITIALIZER, s = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static sem_t semaphore;
static int flag, busy, counter, ends[2];

static void check(int result)
{
	if (result != 0)
		abort();
}

#define lock(x)	  check(pthread_mutex_lock(x))
#define unlock(x) check(pthread_mutex_unlock(x))

static inline __attribute__((always_inline)) void two(pthread_mutex_t *first,
						      pthread_mutex_t *second)
{
	lock(first);
	lock(second);
	unlock(second);
	unlock(first);
}

/* Other work, with a lock of its own that says nothing about those two. */
static void work(void)
{
	for (int i = 0; i < 10; i++) {
		lock(&m);
		counter++;
		unlock(&m);
	}
}

static pthread_t start(routine *what)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, what, NULL) != 0)
		abort();
	return thread;
}

static void beside(routine *one, routine *other)
{
	pthread_t x = start(one), y = start(other);

	pthread_join(x, NULL);
	pthread_join(y, NULL);
}

#define ROUTINE(name, ...)                                                                         \
	static void *name(void *arg)                                                               \
	{                                                                                          \
		__VA_ARGS__                                                                        \
		return arg;                                                                        \
	}

ROUTINE(ab, two(&a, &b);)
ROUTINE(ba, two(&b, &a);)
ROUTINE(bc, two(&b, &c);)
ROUTINE(ca, two(&c, &a);)
ROUTINE(ab_work, two(&a, &b); work();)
ROUTINE(work_ba, work(); two(&b, &a);)

static void bad_late(void)
{
	beside(ab_work, work_ba);
}

static void bad_three(void)
{
	pthread_t x = start(ab), y = start(bc), z = start(ca);

	pthread_join(x, NULL);
	pthread_join(y, NULL);
	pthread_join(z, NULL);
}

ROUTINE(
	try_ab, if (pthread_mutex_trylock(&a) == 0) {
		lock(&b);
		unlock(&b);
		unlock(&a);
	})

static void bad_try_first(void)
{
	beside(try_ab, ba);
}

ROUTINE(rs, pthread_rwlock_wrlock(&r); pthread_rwlock_rdlock(&s); pthread_rwlock_unlock(&s);
	pthread_rwlock_unlock(&r);)
ROUTINE(sr, pthread_rwlock_wrlock(&s); pthread_rwlock_rdlock(&r); pthread_rwlock_unlock(&r);
	pthread_rwlock_unlock(&s);)

static void bad_rwlocks(void)
{
	beside(rs, sr);
}

static void bad_checked(void)
{
	pthread_mutexattr_t kind;

	pthread_mutexattr_init(&kind);
	pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&a, &kind);
	pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&b, &kind);
	beside(ab, ba);
}

static pthread_mutex_t *heap;

ROUTINE(heap_ab, two(&heap[0], &heap[1]);)
ROUTINE(heap_ba, two(&heap[1], &heap[0]);)

static void bad_heap(void)
{
	heap = calloc(2, sizeof(*heap));
	beside(heap_ab, heap_ba);
	free(heap);
}

static void bad_main(void)
{
	pthread_t x = start(ab);

	two(&b, &a);
	pthread_join(x, NULL);
}

ROUTINE(gate_ab, lock(&gate); two(&a, &b); unlock(&gate);)
ROUTINE(gate_ba, lock(&gate); two(&b, &a); unlock(&gate);)
ROUTINE(other_gate_ba, lock(&other_gate); two(&b, &a); unlock(&other_gate);)

static void bad_two_gates(void)
{
	beside(gate_ab, other_gate_ba);
}

static void gated(void)
{
	beside(gate_ab, gate_ba);
}

static void joined(void)
{
	pthread_join(start(ab), NULL);
	pthread_join(start(ba), NULL);
}

ROUTINE(ab_then_ba_started, pthread_t x; two(&a, &b); x = start(ba); pthread_join(x, NULL);)

static void created(void)
{
	pthread_join(start(ab_then_ba_started), NULL);
}

ROUTINE(both, two(&a, &b); two(&b, &a);)
ROUTINE(other_two, two(&b, &c);)

static void one_thread(void)
{
	beside(both, other_two);
}

ROUTINE(a_try_b, lock(&a); if (pthread_mutex_trylock(&b) == 0) unlock(&b); unlock(&a);)

static void tries(void)
{
	beside(a_try_b, ba);
}

ROUTINE(a_timed_b, struct timespec until; lock(&a); clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++; if (pthread_mutex_timedlock(&b, &until) == 0) unlock(&b); unlock(&a);)

static void timed(void)
{
	beside(a_timed_b, ba);
}

ROUTINE(read_rs, pthread_rwlock_rdlock(&r); pthread_rwlock_rdlock(&s); pthread_rwlock_unlock(&s);
	pthread_rwlock_unlock(&r);)
ROUTINE(read_sr, pthread_rwlock_rdlock(&s); pthread_rwlock_rdlock(&r); pthread_rwlock_unlock(&r);
	pthread_rwlock_unlock(&s);)

static void readers(void)
{
	beside(read_rs, read_sr);
}

ROUTINE(write_gate_ab, pthread_rwlock_wrlock(&r); two(&a, &b); pthread_rwlock_unlock(&r);)
ROUTINE(read_gate_ba, pthread_rwlock_rdlock(&r); two(&b, &a); pthread_rwlock_unlock(&r);)

static void gated_by_rwlock(void)
{
	beside(write_gate_ab, read_gate_ba);
}

static void say(void)
{
	lock(&m);
	flag = 1;
	pthread_cond_signal(&changed);
	unlock(&m);
}

static void hear(void)
{
	lock(&m);
	while (!flag)
		pthread_cond_wait(&changed, &m);
	unlock(&m);
}

ROUTINE(ab_say, two(&a, &b); say();)
ROUTINE(hear_ba, hear(); two(&b, &a);)

static void told_by_condition(void)
{
	beside(ab_say, hear_ba);
}

/* The condition's lock is one of the two, and is given back while it waits. */
ROUTINE(waits_within, lock(&m); while (!flag) pthread_cond_wait(&changed, &m); two(&a, &b);
	unlock(&m);)
ROUTINE(says_within, lock(&a); lock(&m); flag = 1; pthread_cond_signal(&changed); unlock(&m);
	unlock(&a);)

static void bad_within_condition(void)
{
	flag = 1;
	beside(waits_within, says_within);
}

ROUTINE(ab_post, two(&a, &b); sem_post(&semaphore);)
ROUTINE(wait_ba, while (sem_wait(&semaphore) != 0); two(&b, &a);)

static void told_by_semaphore(void)
{
	sem_init(&semaphore, 0, 0);
	beside(ab_post, wait_ba);
}

ROUTINE(sem_ab, while (sem_wait(&semaphore) != 0); two(&a, &b); sem_post(&semaphore);)
ROUTINE(sem_ba, while (sem_wait(&semaphore) != 0); two(&b, &a); sem_post(&semaphore);)

static void gated_by_semaphore(void)
{
	sem_init(&semaphore, 0, 1);
	beside(sem_ab, sem_ba);
}

ROUTINE(again, lock(&a); lock(&b); lock(&a); unlock(&a); unlock(&b); unlock(&a);)

static void recursive(void)
{
	pthread_mutexattr_t kind;

	pthread_mutexattr_init(&kind);
	pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&a, &kind);
	beside(again, again);
}

ROUTINE(along, lock(&a); lock(&b); unlock(&a); lock(&c); unlock(&b); unlock(&c);)

static void hand_over_hand(void)
{
	beside(along, along);
}

/* Memory that was given back is other locks then. */
static void fresh(bool turned)
{
	pthread_mutex_t *pair = malloc(20000);

	pthread_mutex_init(&pair[0], NULL);
	pthread_mutex_init(&pair[1], NULL);
	two(&pair[turned], &pair[!turned]);
	pthread_mutex_destroy(&pair[0]);
	pthread_mutex_destroy(&pair[1]);
	free(pair);
}

ROUTINE(fresh_ab, fresh(false); fresh(false);)
ROUTINE(fresh_ba, fresh(true); fresh(true);)

static void used_again(void)
{
	beside(fresh_ab, fresh_ba);
}

ROUTINE(ab_meet, two(&a, &b); pthread_barrier_wait(&barrier);)
ROUTINE(meet_ba, pthread_barrier_wait(&barrier); two(&b, &a);)

static void phases(void)
{
	pthread_barrier_init(&barrier, NULL, 2);
	beside(ab_meet, meet_ba);
}

ROUTINE(ab_flag, two(&a, &b); __atomic_store_n(&flag, 1, __ATOMIC_RELEASE);)
ROUTINE(flag_ba, while (!__atomic_load_n(&flag, __ATOMIC_ACQUIRE)) sched_yield(); two(&b, &a);)

static void told_by_flag(void)
{
	beside(ab_flag, flag_ba);
}

ROUTINE(ab_pipe, two(&a, &b); if (write(ends[1], "x", 1) != 1) abort();)
ROUTINE(pipe_ba, char x; if (read(ends[0], &x, 1) != 1) abort(); two(&b, &a);)

static void told_by_pipe(void)
{
	if (pipe(ends) != 0)
		abort();
	beside(ab_pipe, pipe_ba);
}

ROUTINE(spin_ab, pthread_spin_lock(&spin); two(&a, &b); pthread_spin_unlock(&spin);)
ROUTINE(spin_ba, pthread_spin_lock(&spin); two(&b, &a); pthread_spin_unlock(&spin);)

static void gated_by_spin(void)
{
	pthread_spin_init(&spin, 0);
	beside(spin_ab, spin_ba);
}

static void enter(void)
{
	lock(&m);
	while (busy)
		pthread_cond_wait(&changed, &m);
	busy = 1;
	unlock(&m);
}

static void leave(void)
{
	lock(&m);
	busy = 0;
	pthread_cond_signal(&changed);
	unlock(&m);
}

ROUTINE(busy_ab, enter(); two(&a, &b); leave();)
ROUTINE(busy_ba, enter(); two(&b, &a); leave();)

static void gated_by_state(void)
{
	beside(busy_ab, busy_ba);
}

/* It was taken while there was one thread, by no atomic instruction. */
static void gated_from_the_start(void)
{
	pthread_t x;

	lock(&gate);
	x = start(gate_ba);
	two(&a, &b);
	unlock(&gate);
	pthread_join(x, NULL);
}

static struct job {
	struct job *next;
	pthread_mutex_t *first, *second;
} * jobs;

static void *give(void *arg)
{
	for (int i = 0; i < 3; i++) {
		struct job *job = malloc(sizeof(*job));

		two(&a, &b);
		*job = (struct job){NULL, &b, &a};
		lock(&m);
		job->next = jobs;
		jobs = job;
		pthread_cond_signal(&changed);
		unlock(&m);
		break;
	}
	return arg;
}

static void *get(void *arg)
{
	struct job *job;

	lock(&m);
	while (!jobs)
		pthread_cond_wait(&changed, &m);
	job = jobs;
	jobs = job->next;
	unlock(&m);
	two(job->first, job->second);
	free(job);
	return arg;
}

static void handed_over(void)
{
	beside(give, get);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
#define CASE(name)                                                                                 \
	{                                                                                          \
#name, name                                                                        \
	}
	CASE(bad_late),
	CASE(bad_three),
	CASE(bad_try_first),
	CASE(bad_rwlocks),
	CASE(bad_checked),
	CASE(bad_heap),
	CASE(bad_main),
	CASE(bad_two_gates),
	CASE(bad_within_condition),
	CASE(gated),
	CASE(joined),
	CASE(created),
	CASE(one_thread),
	CASE(tries),
	CASE(timed),
	CASE(readers),
	CASE(gated_by_rwlock),
	CASE(told_by_condition),
	CASE(told_by_semaphore),
	CASE(gated_by_semaphore),
	CASE(recursive),
	CASE(hand_over_hand),
	CASE(used_again),
	CASE(phases),
	CASE(told_by_flag),
	CASE(told_by_pipe),
	CASE(gated_by_spin),
	CASE(gated_by_state),
	CASE(gated_from_the_start),
	CASE(handed_over),
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (argc == 1)
			puts(cases[i].name);
		else if (strcmp(argv[1], cases[i].name) == 0)
			cases[i].run();
	}
	return 0;
}
