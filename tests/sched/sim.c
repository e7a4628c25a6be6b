/* SPDX-License-Identifier: MIT */
/* An execution from its beginning to the rules at its end. */
#include "tests/sched/sim.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "tests/sched/sim_state.h"

struct sim_state sim;
struct fx_manager sim_manager;
uint32_t sim_words[SIM_WORDS];
int sim_note[FIBERS_MAX];

static jmp_buf finishing;

void sim_fail(const char *why)
{
	if (!sim.failure)
		sim.failure = why;
	if (!sim.in_fiber)
		longjmp(finishing, 1);
	for (;;)
		fiber_yield();
}

static void run_body(unsigned i)
{
	sim.scenario->fiber[i]();
	sim_settle_lock(&sim.threads[i]);
	if (sim.threads[i].locks_held != 0)
		sim_fail("a thread ended with a lock held");
	sim.threads[i].state = DONE;
}

static const void *bucket_at(unsigned offset)
{
	return fx_table_find(sim_manager.table,
			     fx_key_make(SIM_GUEST_BASE + offset, FX_KEY_PRIVATE));
}

static void place_words(void)
{
	unsigned *o = sim.word_offset;

	fx_manager_init(&sim_manager, &sim_platform, &sim_memory, &sim_thread_ops, sim.tables[0],
			FX_MANAGER_MIN_TABLE);
	for (o[0] = 0, o[1] = 4; bucket_at(o[1]) == bucket_at(o[0]);)
		o[1] += 4;
	for (o[2] = 4; bucket_at(o[2]) != bucket_at(o[0]);)
		o[2] += 4;
}

void sim_init(void)
{
	fibers_init(run_body);
	place_words();
}

static void run(unsigned i)
{
	sim.in_fiber = true;
	fiber_run(i);
	sim.in_fiber = false;
}

void sim_begin(const struct scenario *s)
{
	unsigned i;

	sim.scenario = s;
	sim.failure = NULL;
	sim.parks = sim.released = sim.counted = 0;
	memset(sim_words, 0, sizeof(sim_words));
	memset(sim_note, 0, sizeof(sim_note));
	memset(sim.tables, 0, s->grows ? sizeof(sim.tables) : sizeof(sim.tables[0]));
	memset(sim.lock_owner, 0, sizeof(sim.lock_owner));
	sim.grow_lock_owner = sim.own_lock_owner = 0;
	sim.pi_lock_owner = sim.async_lock_owner = 0;
	sim.miscounted = false;
	sim.own_lock = 0;
	fx_manager_init(&sim_manager, s->lots ? &sim_platform_with_lots : &sim_platform,
			&sim_memory, &sim_thread_ops, sim.tables[0], FX_MANAGER_MIN_TABLE);
	if (s->setup)
		s->setup();
	for (i = 0; i < FIBERS_MAX; i++) {
		memset(&sim.threads[i], 0, sizeof(sim.threads[i]));
		sim.threads[i].state = DONE;
	}
	for (i = 0; i < s->nfibers; i++) {
		fiber_restart(i);
		run(i);
	}
}

static bool can_run(const struct sim_thread *t)
{
	if (t->state == PARKED)
		return t->end_reason != 0;
	if (t->state == LOCKING && *(const uint32_t *)t->access.address != 0)
		return false;
	return t->state != DONE && (t->kind == FX_STEP_LOAD || t->buffered == 0);
}

unsigned sim_enabled(struct sim_access access[TRANSITIONS_MAX])
{
	unsigned enabled = 0;
	unsigned i;

	for (i = 0; i < sim.scenario->nfibers; i++) {
		struct sim_thread *t = &sim.threads[i];

		if (can_run(t)) {
			enabled |= 1U << (2 * i);
			access[2 * i] = t->access;
		}
		if (t->buffered > 0) {
			enabled |= 2U << (2 * i);
			access[2 * i + 1].address = &sim_words[t->buffer[0].word];
			access[2 * i + 1].write = true;
		}
	}
	return enabled;
}

static void drain_one(struct sim_thread *t)
{
	sim_words[t->buffer[0].word] = t->buffer[0].value;
	t->buffered--;
	memmove(&t->buffer[0], &t->buffer[1], t->buffered * sizeof(t->buffer[0]));
}

void sim_take(unsigned transition)
{
	struct sim_thread *t = &sim.threads[transition / 2];

	if (transition % 2 != 0) {
		drain_one(t);
		return;
	}
	if (t->state == PARKED)
		t->park_result = t->end_reason;
	run(transition / 2);
}

const char *sim_describe(unsigned transition)
{
	static const char *const kinds[] = {"load", "store", "fence", "queue"};
	static char text[120];
	const struct sim_thread *t = &sim.threads[transition / 2];
	const char *address = t->access.address;

	if (transition % 2 != 0)
		snprintf(text, sizeof(text), "%c: store of %u reaches word %u",
			 'a' + transition / 2, t->buffer[0].value, t->buffer[0].word);
	else if (t->state == PARKED)
		snprintf(text, sizeof(text), "%c: park ends with %d", 'a' + transition / 2,
			 t->end_reason);
	else if (!address)
		snprintf(text, sizeof(text), "%c: %s", 'a' + transition / 2,
			 t->kind == FX_STEP_FENCE ? "fence" : "woken from park");
	else if (address >= (char *)sim.tables && address < (char *)sim.tables + sizeof(sim.tables))
		snprintf(text, sizeof(text), "%c: %s bucket %td+%td", 'a' + transition / 2,
			 t->state == LOCKING ? "lock" : kinds[t->kind],
			 (address - (char *)sim.tables) / 64, (address - (char *)sim.tables) % 64);
	else if (address >= (char *)sim_words && address < (char *)(sim_words + SIM_WORDS))
		snprintf(text, sizeof(text), "%c: %s word %td", 'a' + transition / 2,
			 kinds[t->kind], (address - (char *)sim_words) / 4);
	else if (address >= (char *)sim.threads && address < (char *)(sim.threads + FIBERS_MAX))
		snprintf(
			text, sizeof(text), "%c: %s waiter of %c, +%zu", 'a' + transition / 2,
			kinds[t->kind],
			'a' + (int)((address - (char *)sim.threads) / (long)sizeof(sim.threads[0])),
			(size_t)(address - (char *)sim.threads) % sizeof(sim.threads[0]) -
				offsetof(struct sim_thread, waiter));
	else
		snprintf(text, sizeof(text), "%c: %s of the manager", 'a' + transition / 2,
			 kinds[t->kind]);
	return text;
}

bool sim_stuck(unsigned fiber)
{
	return sim.threads[fiber].state != DONE;
}

static bool anybody_stuck(void)
{
	unsigned i;

	for (i = 0; i < sim.scenario->nfibers; i++)
		if (sim_stuck(i))
			return true;
	return false;
}

static bool table_is_empty(const void *table, size_t bytes)
{
	const struct fx_bucket *b = table;
	const struct fx_bucket *end = b + bytes / sizeof(*b);

	for (; b < end; b++)
		if (b->lock != 0 || (b->waiters & ~FX_BUCKET_RETIRED) != 0 || b->queues)
			return false;
	return true;
}

static bool side_tables_are_empty(void)
{
	unsigned i;

	for (i = 0; i < FX_PI_HEADS; i++)
		if (sim_manager.pi.blocked[i] || sim_manager.pi.states[i])
			return false;
	return sim_manager.pi.lock == 0 && sim_manager.async.lock == 0 && !sim_manager.async.calls;
}

void sim_finish(void)
{
	if (setjmp(finishing) != 0)
		return;
	if (anybody_stuck()) {
		if (!sim.scenario->may_stick)
			sim_fail("somebody sleeps for ever: a lost wake, or a deadlock");
	} else if (!table_is_empty(sim.tables[0], FX_MANAGER_MIN_TABLE) ||
		   !side_tables_are_empty() ||
		   (sim.scenario->grows && !table_is_empty(sim.tables[1], SIM_TABLE_MAX))) {
		sim_fail("a lock, a count or a waiter is left in the table");
	}
	if (sim.miscounted ? sim.released < sim.counted : sim.released != sim.counted)
		sim_fail("wakes were counted that nobody was released by, or the other way round");
	if (sim.scenario->check)
		sim.scenario->check();
}

const char *sim_failure(void)
{
	return sim.failure;
}
