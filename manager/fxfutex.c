/* SPDX-License-Identifier: MIT */
/* The manager as a library: threads of the host below it, ordinary memory as its words. */
#include <fxfutex.h>

#include <stdlib.h>

#include "manager/fxfutex_host.h"
#include "manager/manager.h"

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

fxfutex *fxfutex_new(unsigned threads)
{
	fxfutex *f = calloc(1, sizeof(*f));
	size_t bytes = FX_MANAGER_MIN_TABLE;

	if (!f)
		return NULL;
	while (bytes < (size_t)threads * 4 * LINE)
		bytes *= 2;
	f->table = calloc(1, bytes + LINE);
	if (!f->table) {
		free(f);
		return NULL;
	}
	fx_manager_init(&f->manager, fx_host_platform, &own_memory, fx_host_threads,
			(void *)(((uintptr_t)f->table + LINE - 1) & ~(uintptr_t)(LINE - 1)), bytes);
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
		return -FX_EINVAL;
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
		return -FX_EINVAL;
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
		return -FX_EINVAL;
	return fx_lock_pi(&f->manager, (uintptr_t)word, FX_KEY_PRIVATE, fx_host_tid(), until);
}

int fxfutex_trylock(fxfutex *f, uint32_t *word)
{
	return fx_trylock_pi(&f->manager, (uintptr_t)word, FX_KEY_PRIVATE, fx_host_tid());
}

int fxfutex_unlock(fxfutex *f, uint32_t *word)
{
	return fx_unlock_pi(&f->manager, (uintptr_t)word, FX_KEY_PRIVATE, fx_host_tid());
}

int fxfutex_owner(fxfutex *f, uint32_t *word, uint32_t *tid)
{
	return fx_owner(&f->manager, (uintptr_t)word, FX_KEY_PRIVATE, tid);
}

uint32_t fxfutex_self(void)
{
	return fx_host_tid();
}

void fx_host_run(struct fxfutex_at_exit *list)
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

int fxfutex_wake_at_exit(fxfutex *f, struct fxfutex_at_exit *e, uint32_t *word, uint32_t value,
			 int count)
{
	*e = (struct fxfutex_at_exit){fx_host_list(), f, word, value, count};
	return fx_host_set_list(e) ? 0 : -FX_ENOMEM;
}

void fxfutex_forget_at_exit(struct fxfutex_at_exit *e)
{
	struct fxfutex_at_exit *first = fx_host_list(), **link = &first;

	while (*link && *link != e)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = e->next;
	fx_host_set_list(first);
}

int fxfutex_version(void)
{
	return FXFUTEX_VERSION;
}
