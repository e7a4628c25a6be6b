/* SPDX-License-Identifier: MIT */
/* Sleepers hang in lists, chosen by the address they sleep on, each list with a mutex. */
#include "manager/platform_tee.h"

#include <stddef.h>

#include "manager/errno.h"
#include "manager/tee_host.h"

#define NSEC 1000000000ULL

/* In the frame of the sleeping thread; all under its list's mutex. */
struct sleeper {
	struct sleeper *next;
	const uint32_t *word;
	bool awake; /* off the list, by an unpark */
	struct fx_tee_sleeper host;
};

static struct sleeper *oldest[FX_TEE_LOCKS];

static unsigned slot_of(const uint32_t *word)
{
	return (unsigned)((uint64_t)(uintptr_t)word * 0x9e3779b97f4a7c15ULL >> 32) % FX_TEE_LOCKS;
}

/* The link to the first sleeper on the word, or at the end of the list. */
static struct sleeper **find(unsigned slot, const uint32_t *word)
{
	struct sleeper **link = &oldest[slot];

	while (*link && (*link)->word != word)
		link = &(*link)->next;
	return link;
}

static void append(unsigned slot, struct sleeper *s)
{
	struct sleeper **link = &oldest[slot];

	while (*link)
		link = &(*link)->next;
	s->next = NULL;
	*link = s;
}

static void drop(unsigned slot, const struct sleeper *s)
{
	struct sleeper **link = &oldest[slot];

	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
}

static uint64_t now_on(enum fx_clock clock)
{
	return clock == FX_CLOCK_REALTIME ? fx_tee_realtime() : fx_tee_monotonic();
}

/* Of a deadline: how long to sleep before the next look; 0: it has passed. */
static uint64_t left(const struct fx_deadline *d)
{
	const uint64_t now = now_on(d->clock);
	const uint64_t most = d->clock == FX_CLOCK_REALTIME ? FX_TEE_CLOCK_LOOK * 1000000ULL : NSEC;
	uint64_t at;

	/* Later than 2^64 ns: no sooner than the most that is slept at a time. */
	if ((uint64_t)d->sec >= UINT64_MAX / NSEC)
		return most;
	at = (uint64_t)d->sec * NSEC + (uint64_t)d->nsec;
	if (at <= now)
		return 0;
	return at - now < most ? at - now : most;
}

static int sleep_until(unsigned slot, struct sleeper *s, const struct fx_deadline *deadline)
{
	while (!s->awake) {
		uint64_t length = deadline ? left(deadline) : FX_TEE_FOREVER;

		if (length == 0)
			return -FX_ETIMEDOUT;
		fx_tee_sleep(&s->host, slot, length);
	}
	return 0;
}

static int park(const struct fx_spot *spot, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	const unsigned slot = slot_of(spot->address);
	struct sleeper s = {.word = spot->address, .awake = false};
	int rc = -FX_EAGAIN;

	(void)kind;
	fx_tee_lock(slot);
	if (__atomic_load_n(spot->address, __ATOMIC_ACQUIRE) == spot->expected) {
		fx_tee_sleeper_init(&s.host);
		append(slot, &s);
		rc = sleep_until(slot, &s, deadline);
		if (!s.awake)
			drop(slot, &s);
		fx_tee_sleeper_end(&s.host);
	}
	fx_tee_unlock(slot);
	return rc;
}

static void unpark(uint32_t *word)
{
	const unsigned slot = slot_of(word);
	struct sleeper **link;

	fx_tee_lock(slot);
	link = find(slot, word);
	if (*link) {
		struct sleeper *s = *link;

		*link = s->next;
		s->awake = true;
		fx_tee_wake(&s->host);
	}
	fx_tee_unlock(slot);
}

static void clock_now(enum fx_clock clock, struct fx_deadline *out)
{
	const uint64_t now = now_on(clock);

	out->sec = (int64_t)(now / NSEC);
	out->nsec = (int64_t)(now % NSEC);
	out->clock = clock;
}

static void relax(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

const struct fx_platform_ops fx_platform_tee = {
	.park = park,
	.unpark = unpark,
	.clock_now = clock_now,
	.relax = relax,
};

static bool alive(uint32_t tid)
{
	return fx_tee_alive(tid);
}

static int priority(uint32_t tid)
{
	(void)tid;
	return 120;
}

const struct fx_thread_ops fx_threads_tee = {
	.alive = alive,
	.priority = priority,
};
