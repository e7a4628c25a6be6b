/* SPDX-License-Identifier: MIT */
#include "shim/hang/still.h"

#include "manager/waiter.h"
#include "shim/base/host_clock.h"
#include "shim/memory/umem.h"
#include "shim/process/nudge.h"
#include "shim/threads/thread.h"

/* Threads that sleep without a deadline, or are about to. */
static uint32_t still;

/* Two readings of the processor's counter and the clock; the first when first somebody slept. */
static struct {
	uint32_t state; /* 0, 1: somebody is at it, 2: there */
	uint64_t tsc, ns;
} first;

static uint64_t counter(void)
{
	uint64_t tsc;

	return fx_umem_tsc(&tsc) == 0 ? tsc : 0;
}

static void read_clocks(uint64_t tsc)
{
	uint32_t none = 0;

	if (!__atomic_compare_exchange_n(&first.state, &none, 1, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED))
		return;
	first.tsc = tsc;
	first.ns = fx_host_clock_ns(CLOCK_MONOTONIC);
	__atomic_store_n(&first.state, 2, __ATOMIC_RELEASE);
}

uint64_t fx_still_since_ns(const struct fx_thread *t)
{
	uint64_t tsc = counter(), ns = fx_host_clock_ns(CLOCK_MONOTONIC), passed;

	if (!t->parked_at || tsc <= t->parked_at ||
	    __atomic_load_n(&first.state, __ATOMIC_ACQUIRE) != 2 || tsc - first.tsc < 1024 ||
	    ns <= first.ns || t->parked_at < first.tsc)
		return 0;
	/* In parts of a thousand and twenty-four: years of nanoseconds times ticks have no room. */
	passed = (tsc - t->parked_at) / 1024;
	return passed * ((ns - first.ns) / ((tsc - first.tsc) / 1024));
}

/* 1 is a thread that is about to start. */
static bool lives(const struct fx_thread *t)
{
	return __atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE) &&
	       !__atomic_load_n(&t->gone, __ATOMIC_ACQUIRE);
}

/*
 * Whether each that lives is asleep and not woken, with how often they have been asleep. A
 * waiter's word lies in its thread's block, which stays mapped.
 */
static bool collect(const struct fx_thread *self, uint64_t *parks)
{
	const struct fx_thread *t;

	*parks = 0;
	for (unsigned i = 0; (t = fx_thread_nth(i)); i++) {
		uint32_t *word;

		if (t != self && !__atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE))
			continue;
		/* Until it is no more it may wake somebody. */
		if (t->own_process)
			return false;
		if (t != self && !lives(t))
			continue;
		word = __atomic_load_n(&t->parked, __ATOMIC_ACQUIRE);
		if (t->host_tid == 1 || !word || t->parked_for_a_time ||
		    !fx_waiter_parked(__atomic_load_n(word, __ATOMIC_ACQUIRE)))
			return false;
		*parks += __atomic_load_n(&t->parks, __ATOMIC_RELAXED);
	}
	return true;
}

/*
 * Twice the same: between the two nobody slept anew, so at the end of the first all were asleep
 * together. A waker would have had to be awake.
 */
bool fx_still_all(const struct fx_thread *self, uint64_t *parks)
{
	uint64_t again;

	if (!collect(self, parks))
		return false;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return collect(self, &again) && *parks == again;
}

bool fx_still_begin(struct fx_thread *t, uint32_t *word, bool for_a_time)
{
	t->parked_for_a_time = for_a_time;
	t->parked_at = counter();
	if (__builtin_expect(__atomic_load_n(&first.state, __ATOMIC_RELAXED) == 0, 0))
		read_clocks(t->parked_at);
	__atomic_store_n(&t->parks, t->parks + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&t->parked, word, __ATOMIC_RELEASE);
	/* Of two that fall asleep together one sees the other: the count is after the word. */
	return !for_a_time && __atomic_add_fetch(&still, 1, __ATOMIC_SEQ_CST) >=
				      __atomic_load_n(&fx_thread_count, __ATOMIC_SEQ_CST);
}

void fx_still_end(struct fx_thread *t)
{
	__atomic_store_n(&t->parked, NULL, __ATOMIC_RELEASE);
	if (!t->parked_for_a_time)
		__atomic_sub_fetch(&still, 1, __ATOMIC_SEQ_CST);
}

/* It begins its wait anew, and is the last one then. */
void fx_still_thread_gone(const struct fx_thread *self, uint32_t n)
{
	struct fx_thread *t;
	uint64_t parks;

	/* Whoever joins it is counted still, but has been woken. */
	if (__atomic_load_n(&still, __ATOMIC_SEQ_CST) < n || !fx_still_all(NULL, &parks))
		return;
	for (unsigned i = 0; (t = fx_thread_nth(i)); i++)
		if (t != self && lives(t) && __atomic_load_n(&t->parked, __ATOMIC_ACQUIRE)) {
			/* Should it be just before the host's call, that does not begin. */
			__atomic_or_fetch(&t->pending, FX_PENDING_LOOK, __ATOMIC_SEQ_CST);
			if (fx_nudge(t))
				return;
		}
}

void fx_still_after_fork(struct fx_thread *t)
{
	still = 0;
	t->parked = NULL;
}
