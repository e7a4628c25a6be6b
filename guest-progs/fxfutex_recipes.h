/* SPDX-License-Identifier: MIT */
/*
 * What is usually made of futexes, on libfxfutex: a mutex, a semaphore and an event of four bytes
 * each, and a condition variable of four. All zero is a free mutex, an empty semaphore, an event
 * that has not happened. docs/libfxfutex.md says why each is as it is; copy what you need.
 *
 * No function fails. A wait may be woken for nothing, so each looks again.
 */
#ifndef FXFUTEX_RECIPES_H
#define FXFUTEX_RECIPES_H

#include <fxfutex.h>
#include <limits.h>

static inline void recipe_sleep(fxfutex *f, uint32_t *word, uint32_t value)
{
	fxfutex_wait(f, word, value, FXFUTEX_ANY, NULL, CLOCK_MONOTONIC);
}

/* A mutex: 0 free, 1 held, 2 held and somebody may sleep (Drepper, "Futexes Are Tricky"). */
typedef struct {
	uint32_t word;
} recipe_mutex;

/* As one of several: whoever has slept cannot know that nobody else does. */
static inline void recipe_mutex_lock_contended(fxfutex *f, recipe_mutex *m)
{
	while (__atomic_exchange_n(&m->word, 2, __ATOMIC_ACQUIRE) != 0)
		recipe_sleep(f, &m->word, 2);
}

static inline void recipe_mutex_lock(fxfutex *f, recipe_mutex *m)
{
	uint32_t expected = 0;

	if (!__atomic_compare_exchange_n(&m->word, &expected, 1, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		recipe_mutex_lock_contended(f, m);
}

static inline void recipe_mutex_unlock(fxfutex *f, recipe_mutex *m)
{
	if (__atomic_exchange_n(&m->word, 0, __ATOMIC_RELEASE) == 2)
		fxfutex_wake(f, &m->word, 1, FXFUTEX_ANY);
}

/*
 * A condition variable: a number that each signal changes, so that who has read it before it let
 * go of the mutex does not sleep through a signal in between.
 */
typedef struct {
	uint32_t signals;
} recipe_condition;

static inline void recipe_condition_wait(fxfutex *f, recipe_condition *c, recipe_mutex *m)
{
	uint32_t before = __atomic_load_n(&c->signals, __ATOMIC_RELAXED);

	recipe_mutex_unlock(f, m);
	recipe_sleep(f, &c->signals, before);
	/* A broadcast may have moved others to the mutex behind us: its unlock has to wake them. */
	recipe_mutex_lock_contended(f, m);
}

static inline void recipe_condition_signal(fxfutex *f, recipe_condition *c)
{
	__atomic_fetch_add(&c->signals, 1, __ATOMIC_RELAXED);
	fxfutex_wake(f, &c->signals, 1, FXFUTEX_ANY);
}

/* Wakes one and lets the others sleep for the mutex, which they would all want at once. */
static inline void recipe_condition_broadcast(fxfutex *f, recipe_condition *c, recipe_mutex *m)
{
	uint32_t now = __atomic_add_fetch(&c->signals, 1, __ATOMIC_RELAXED);

	while (fxfutex_requeue(f, &c->signals, &m->word, 1, INT_MAX, now) == -FXFUTEX_EAGAIN)
		now = __atomic_load_n(&c->signals, __ATOMIC_RELAXED);
}

/* A counting semaphore: the word is the count. A wake of nobody costs a fence and a load. */
typedef struct {
	uint32_t count;
} recipe_semaphore;

static inline void recipe_semaphore_post(fxfutex *f, recipe_semaphore *s)
{
	__atomic_fetch_add(&s->count, 1, __ATOMIC_RELEASE);
	fxfutex_wake(f, &s->count, 1, FXFUTEX_ANY);
}

static inline void recipe_semaphore_wait(fxfutex *f, recipe_semaphore *s)
{
	uint32_t count = __atomic_load_n(&s->count, __ATOMIC_RELAXED);

	for (;;) {
		if (count == 0) {
			recipe_sleep(f, &s->count, 0);
			count = __atomic_load_n(&s->count, __ATOMIC_RELAXED);
		} else if (__atomic_compare_exchange_n(&s->count, &count, count - 1, 0,
						       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			return;
		}
	}
}

/* An event: 0, or 1 once it has happened, until it is reset. */
typedef struct {
	uint32_t happened;
} recipe_event;

static inline void recipe_event_set(fxfutex *f, recipe_event *e)
{
	__atomic_store_n(&e->happened, 1, __ATOMIC_RELEASE);
	fxfutex_wake(f, &e->happened, INT_MAX, FXFUTEX_ANY);
}

static inline void recipe_event_reset(recipe_event *e)
{
	__atomic_store_n(&e->happened, 0, __ATOMIC_RELEASE);
}

static inline void recipe_event_wait(fxfutex *f, recipe_event *e)
{
	while (__atomic_load_n(&e->happened, __ATOMIC_ACQUIRE) == 0)
		recipe_sleep(f, &e->happened, 0);
}

#endif
