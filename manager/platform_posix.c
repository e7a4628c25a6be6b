/* SPDX-License-Identifier: MIT */
/*
 * Sleepers hang in a pool of lists, chosen by the address they sleep on, each
 * with a condition variable of its own: so an unpark wakes the one it means,
 * and every sleeper has the clock it wants. unpark looks at addresses only, never
 * at the word, which may be gone.
 */
#include "manager/platform_posix.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "manager/errno.h"

#define SLOTS_LOG 6

/* In the frame of the sleeping thread, on a list of the slot; all under the slot's mutex. */
struct sleeper {
	struct sleeper *next;
	const uint32_t *address;
	uint32_t bits;
	bool awake; /* off the list, by an unpark */
	pthread_cond_t cond;
};

static struct slot {
	pthread_mutex_t mutex;
	struct sleeper *oldest;
} slots[1 << SLOTS_LOG];

static pthread_once_t slots_once = PTHREAD_ONCE_INIT;

static void slots_empty(void)
{
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		pthread_mutex_init(&slots[i].mutex, NULL);
		slots[i].oldest = NULL;
	}
}

/* Who sleeps, or holds a mutex, is not in a fork's child. */
static void slots_init(void)
{
	slots_empty();
	pthread_atfork(NULL, NULL, slots_empty);
}

static struct slot *slot_lock(const uint32_t *word)
{
	uint64_t hash = (uint64_t)(uintptr_t)word * 0x9e3779b97f4a7c15ULL;
	struct slot *slot = &slots[hash >> (64 - SLOTS_LOG)];

	pthread_once(&slots_once, slots_init);
	pthread_mutex_lock(&slot->mutex);
	return slot;
}

static clockid_t host_clock(enum fx_clock clock)
{
	return clock == FX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
}

static void cond_init(pthread_cond_t *cond, const struct fx_deadline *deadline)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	if (deadline)
		pthread_condattr_setclock(&attr, host_clock(deadline->clock));
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

static void append(struct slot *slot, struct sleeper *s)
{
	struct sleeper **link = &slot->oldest;

	while (*link)
		link = &(*link)->next;
	s->next = NULL;
	*link = s;
}

static void drop(struct slot *slot, const struct sleeper *s)
{
	struct sleeper **link = &slot->oldest;

	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
}

static int sleep_until(struct slot *slot, struct sleeper *s, const struct fx_deadline *deadline)
{
	struct timespec until;
	int rc = 0;

	if (deadline) {
		until.tv_sec = (time_t)deadline->sec;
		until.tv_nsec = (long)deadline->nsec;
	}
	while (!s->awake && rc == 0)
		rc = deadline ? pthread_cond_timedwait(&s->cond, &slot->mutex, &until)
			      : pthread_cond_wait(&s->cond, &slot->mutex);
	return s->awake ? 0 : -FX_ETIMEDOUT;
}

static int park(const struct fx_spot *spot, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	struct slot *slot = slot_lock(spot->address);
	struct sleeper s = {.address = spot->address, .bits = spot->bits, .awake = false};
	int rc = -FX_EAGAIN;

	(void)kind;
	if (__atomic_load_n(spot->address, __ATOMIC_ACQUIRE) == spot->expected) {
		cond_init(&s.cond, deadline);
		append(slot, &s);
		rc = sleep_until(slot, &s, deadline);
		if (!s.awake)
			drop(slot, &s);
		pthread_cond_destroy(&s.cond);
	}
	pthread_mutex_unlock(&slot->mutex);
	return rc;
}

/* Wakes those who sleep there with any of the bits, the oldest first, so many at most. */
static void wake_some(const uint32_t *address, uint32_t bits, int most)
{
	struct slot *slot = slot_lock(address);
	struct sleeper **link = &slot->oldest;

	while (*link && most > 0) {
		struct sleeper *s = *link;

		if (s->address != address || !(s->bits & bits)) {
			link = &s->next;
			continue;
		}
		*link = s->next;
		s->awake = true;
		pthread_cond_signal(&s->cond);
		most--;
	}
	pthread_mutex_unlock(&slot->mutex);
}

static void unpark(uint32_t *word)
{
	wake_some(word, ~(uint32_t)0, 1);
}

static void unpark_set(uint32_t *address, uint32_t bits)
{
	wake_some(address, bits, fx_spot_count(bits));
}

static void clock_now(enum fx_clock clock, struct fx_deadline *out)
{
	struct timespec now;

	clock_gettime(host_clock(clock), &now);
	out->sec = now.tv_sec;
	out->nsec = now.tv_nsec;
	out->clock = clock;
}

static void relax(void)
{
	sched_yield();
}

const struct fx_platform_ops fx_platform_posix = {
	.park = park,
	.unpark = unpark,
	.unpark_set = unpark_set,
	.clock_now = clock_now,
	.relax = relax,
};
