/* SPDX-License-Identifier: MIT */
/* The manager as a library: POSIX threads below it, ordinary memory as its words. */
#include <fxfutex.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "manager/manager.h"
#include "manager/platform_posix.h"

#define LINE 64

struct fxfutex {
	struct fx_manager manager;
	void *table;
};

static int load32(uintptr_t uaddr, uint32_t *out)
{
	*out = __atomic_load_n((uint32_t *)uaddr, __ATOMIC_SEQ_CST);
	return 0;
}

static int load64(uintptr_t uaddr, uint64_t *out)
{
	*out = __atomic_load_n((uint64_t *)uaddr, __ATOMIC_SEQ_CST);
	return 0;
}

static int cmpxchg32(uintptr_t uaddr, uint32_t expected, uint32_t desired, uint32_t *seen)
{
	__atomic_compare_exchange_n((uint32_t *)uaddr, &expected, desired, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	*seen = expected;
	return 0;
}

static const struct fx_memory_ops own_memory = {
	.load32 = load32,
	.cmpxchg32 = cmpxchg32,
	.load64 = load64,
};

static uint32_t own_tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

/* Signal 0 reaches every thread of this process that lives. */
static bool alive(uint32_t tid)
{
	return syscall(SYS_tgkill, getpid(), tid, 0) == 0;
}

static int priority(uint32_t tid)
{
	struct sched_param param = {0};
	int policy = sched_getscheduler((pid_t)tid);

	if (policy != SCHED_FIFO && policy != SCHED_RR)
		return 120;
	sched_getparam((pid_t)tid, &param);
	return 99 - param.sched_priority;
}

static const struct fx_thread_ops own_threads = {
	.alive = alive,
	.priority = priority,
};

fxfutex *fxfutex_new(unsigned threads)
{
	fxfutex *f = calloc(1, sizeof(*f));
	size_t bytes = FX_MANAGER_MIN_TABLE;

	if (!f)
		return NULL;
	while (bytes < (size_t)threads * 4 * LINE)
		bytes *= 2;
	f->table = aligned_alloc(LINE, bytes);
	if (!f->table) {
		free(f);
		return NULL;
	}
	memset(f->table, 0, bytes);
	fx_manager_init(&f->manager, &fx_platform_posix, &own_memory, &own_threads, f->table,
			bytes);
	return f;
}

void fxfutex_free(fxfutex *f)
{
	if (!f)
		return;
	free(f->table);
	free(f);
}

/* NULL stays NULL. False: not a clock that can be waited on. */
static bool take_deadline(const struct timespec *from, clockid_t clock, struct fx_deadline *room,
			  const struct fx_deadline **out)
{
	*out = NULL;
	if (!from)
		return true;
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return false;
	room->sec = from->tv_sec;
	room->nsec = from->tv_nsec;
	room->clock = clock == CLOCK_REALTIME ? FX_CLOCK_REALTIME : FX_CLOCK_MONOTONIC;
	*out = room;
	return true;
}

int fxfutex_wait(fxfutex *f, uint32_t *word, uint32_t value, uint32_t bitset,
		 const struct timespec *deadline, clockid_t clock)
{
	struct fx_deadline room;
	const struct fx_deadline *until;

	if (!take_deadline(deadline, clock, &room, &until))
		return -EINVAL;
	return fx_wait(&f->manager, (uintptr_t)word, FX_KEY_PRIVATE, value, bitset, until);
}

int fxfutex_wake(fxfutex *f, uint32_t *word, int count, uint32_t bitset)
{
	return fx_wake(&f->manager, (uintptr_t)word, FX_KEY_PRIVATE, count, bitset);
}

int fxfutex_requeue(fxfutex *f, uint32_t *word, uint32_t *to, int wake, int move, uint32_t value)
{
	return fx_requeue(&f->manager, (uintptr_t)word, (uintptr_t)to, FX_KEY_PRIVATE,
			  FX_KEY_PRIVATE, wake, move, &value);
}

size_t fxfutex_waitv_size(unsigned n)
{
	return n * (sizeof(struct fx_waiter) + sizeof(struct fx_waitv));
}

int fxfutex_waitv(fxfutex *f, const struct fxfutex_word *words, unsigned n, void *memory,
		  const struct timespec *deadline, clockid_t clock)
{
	struct fx_waiter *waiters = memory;
	struct fx_waitv *v;
	struct fx_deadline room;
	const struct fx_deadline *until;

	if (n == 0 || !take_deadline(deadline, clock, &room, &until))
		return -EINVAL;
	v = (struct fx_waitv *)(waiters + n);
	for (unsigned i = 0; i < n; i++)
		v[i] = (struct fx_waitv){(uintptr_t)words[i].word, words[i].value, FX_KEY_PRIVATE};
	return fx_waitv(&f->manager, v, waiters, n, until);
}

_Static_assert(sizeof(struct fx_async) <= sizeof(((struct fxfutex_async *)0)->opaque),
	       "fxfutex_async has room for the manager's");

static struct fx_async *inner(struct fxfutex_async *a)
{
	return (struct fx_async *)a->opaque;
}

static void async_done(struct fx_async *done, int result)
{
	struct fxfutex_async *a =
		(struct fxfutex_async *)((char *)done - offsetof(struct fxfutex_async, opaque));

	(void)result; /* is always 0 */
	a->done(a);
}

int fxfutex_wait_async(fxfutex *f, struct fxfutex_async *a, uint32_t *word, uint32_t value,
		       uint32_t bitset)
{
	inner(a)->done = async_done;
	return fx_wait_async(&f->manager, inner(a), (uintptr_t)word, FX_KEY_PRIVATE, value, bitset);
}

int fxfutex_wait_async_cancel(fxfutex *f, struct fxfutex_async *a)
{
	return fx_wait_async_cancel(&f->manager, inner(a));
}

int fxfutex_lock(fxfutex *f, uint32_t *word, const struct timespec *deadline, clockid_t clock)
{
	struct fx_deadline room;
	const struct fx_deadline *until;

	if (!take_deadline(deadline, clock, &room, &until))
		return -EINVAL;
	return fx_lock_pi(&f->manager, (uintptr_t)word, FX_KEY_PRIVATE, own_tid(), until);
}

int fxfutex_trylock(fxfutex *f, uint32_t *word)
{
	return fx_trylock_pi(&f->manager, (uintptr_t)word, FX_KEY_PRIVATE, own_tid());
}

int fxfutex_unlock(fxfutex *f, uint32_t *word)
{
	return fx_unlock_pi(&f->manager, (uintptr_t)word, FX_KEY_PRIVATE, own_tid());
}

int fxfutex_owner(fxfutex *f, uint32_t *word, uint32_t *tid)
{
	return fx_owner(&f->manager, (uintptr_t)word, FX_KEY_PRIVATE, tid);
}

/* The calling thread's list, last asked for first, is the value of one key. */
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_error;

static void run_at_exit(void *list)
{
	struct fxfutex_at_exit *e = list;

	while (e) {
		/* Once the word is set, whoever waits for it may free the structure. */
		struct fxfutex_at_exit now = *e;

		__atomic_store_n(now.word, now.value, __ATOMIC_SEQ_CST);
		fxfutex_wake(now.f, now.word, now.count, FXFUTEX_ANY);
		e = now.next;
	}
}

static void make_key(void)
{
	key_error = pthread_key_create(&key, run_at_exit);
}

int fxfutex_wake_at_exit(fxfutex *f, struct fxfutex_at_exit *e, uint32_t *word, uint32_t value,
			 int count)
{
	pthread_once(&key_once, make_key);
	if (key_error)
		return -ENOMEM;
	*e = (struct fxfutex_at_exit){pthread_getspecific(key), f, word, value, count};
	return pthread_setspecific(key, e) ? -ENOMEM : 0;
}

void fxfutex_forget_at_exit(struct fxfutex_at_exit *e)
{
	struct fxfutex_at_exit *first = pthread_getspecific(key), **link = &first;

	while (*link && *link != e)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = e->next;
	pthread_setspecific(key, first);
}
