/* SPDX-License-Identifier: MIT */
#include "tests/sched/sim.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "manager/bucket.h"
#include "manager/step.h"

#define BUFFER_MAX 4
#define GUEST_BASE ((uintptr_t)0x10000)
#define TABLE_MAX  (2 * FX_MANAGER_MIN_TABLE)

enum fiber_state {
	READY,	 /* its next step can be taken */
	LOCKING, /* the same, once the lock at its address is free */
	PARKED,
	DONE
};

/* manager/lock.c is compiled under these names. */
void fx_lock_real(const struct fx_manager *m, uint32_t *lock);
void fx_unlock_real(const struct fx_manager *m, uint32_t *lock);

/* One simulated thread. */
static struct thread {
	enum fiber_state state;
	/* READY: the step that is taken when it runs. PARKED: address is the word. */
	enum fx_step_kind kind;
	struct sim_access access;
	/* PARKED: may end with this; 0: only by unpark. And since when it is. */
	int end_reason;
	unsigned parked_at;
	int park_result;
	int wait_reason; /* of its current sim_wait */
	/* Stores that have not reached memory, oldest first. */
	struct {
		unsigned word;
		uint32_t value;
	} buffer[BUFFER_MAX];
	unsigned buffered;
	/* The lock that its current step may take or free, and its value before. */
	const uint32_t *lock;
	uint32_t lock_before;
	unsigned locks_held;
	/* Its waiter, which is scribbled over when the wait has returned. */
	struct fx_waiter waiter;
	bool waiting;
} threads[FIBERS_MAX];

struct fx_manager sim_manager;
uint32_t sim_words[SIM_WORDS];
int sim_note[FIBERS_MAX];

static const struct scenario *scenario;
static _Alignas(64) char tables[2][TABLE_MAX];
static signed char lock_owner[2][TABLE_MAX / 64];
static signed char grow_lock_owner, own_lock_owner;
static uint32_t own_lock;
static unsigned parks, released, counted, word_offset[SIM_WORDS];
static const char *failure;
static bool in_fiber;
static jmp_buf finishing;

static struct thread *me(void)
{
	return &threads[fiber_self()];
}

void sim_fail(const char *why)
{
	if (!failure)
		failure = why;
	if (!in_fiber)
		longjmp(finishing, 1);
	for (;;)
		fiber_yield();
}

/* The locks: who holds which is inferred from how a step changed the word. */

static signed char *owner_of(const void *address)
{
	uintptr_t offset = (uintptr_t)address - (uintptr_t)tables;

	if (address == &sim_manager.grow_lock)
		return &grow_lock_owner;
	if (address == &own_lock)
		return &own_lock_owner;
	if (offset >= sizeof(tables) || offset % 64 != offsetof(struct fx_bucket, lock))
		return NULL;
	return &lock_owner[offset / TABLE_MAX][offset % TABLE_MAX / 64];
}

static void settle_lock(struct thread *t)
{
	signed char *owner = t->lock ? owner_of(t->lock) : NULL;
	bool held = t->lock && *t->lock != 0;

	if (owner && t->lock_before == 0 && held) {
		*owner = (signed char)(fiber_self() + 1);
		t->locks_held++;
	} else if (owner && t->lock_before != 0 && !held) {
		if (*owner != (signed char)(fiber_self() + 1))
			sim_fail("a lock was freed by who does not hold it");
		*owner = 0;
		t->locks_held--;
	}
	t->lock = NULL;
}

static void watch_lock(struct thread *t, const void *address)
{
	if (address && owner_of(address)) {
		t->lock = address;
		t->lock_before = *t->lock;
	}
}

/* Steps. */

static bool in_dead_waiter(const void *address)
{
	unsigned i;

	for (i = 0; i < FIBERS_MAX; i++) {
		uintptr_t offset = (uintptr_t)address - (uintptr_t)&threads[i].waiter;

		if (offset < sizeof(threads[i].waiter))
			return !threads[i].waiting;
	}
	return false;
}

static void step(enum fx_step_kind kind, const void *address)
{
	struct thread *t = me();

	t->state = READY;
	t->kind = kind;
	t->access.address = address;
	t->access.write = kind == FX_STEP_STORE;
	fiber_yield();
	watch_lock(t, address);
}

void fx_step(enum fx_step_kind kind, const void *address)
{
	settle_lock(me());
	if (kind == FX_STEP_QUEUE) {
		signed char *owner = owner_of(address);

		if (!owner || *owner != (signed char)(fiber_self() + 1))
			sim_fail("a queue was used without the lock of its bucket");
		return;
	}
	if (address == &sim_manager.table && !scenario->grows)
		return;
	step(kind, address);
	if (address && in_dead_waiter(address))
		sim_fail("a waiter was touched after its wait had returned");
}

/* The manager's locks. */

void fx_lock(const struct fx_manager *m, uint32_t *lock)
{
	struct thread *t = me();

	if (scenario->real_locks) {
		fx_lock_real(m, lock);
		return;
	}
	settle_lock(t);
	t->state = LOCKING;
	t->kind = FX_STEP_STORE;
	t->access.address = lock;
	t->access.write = true;
	fiber_yield();
	t->state = READY;
	watch_lock(t, lock);
	*lock = 1;
}

void fx_unlock(const struct fx_manager *m, uint32_t *lock)
{
	if (scenario->real_locks) {
		fx_unlock_real(m, lock);
		return;
	}
	fx_step(FX_STEP_STORE, lock);
	*lock = 0;
}

void sim_lock(void)
{
	fx_lock(&sim_manager, &own_lock);
}

void sim_unlock(void)
{
	fx_unlock(&sim_manager, &own_lock);
}

/* The platform. */

static int park(uint32_t *word, uint32_t expected, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	struct thread *t = me();

	(void)deadline;
	settle_lock(t);
	if (kind == FX_PARK_WAIT && t->locks_held != 0)
		sim_fail("parked for a guest's wait while holding a lock");
	step(FX_STEP_STORE, word);
	t->lock = NULL;
	if (*word != expected)
		return -FX_EAGAIN;
	t->state = PARKED;
	t->parked_at = ++parks;
	t->end_reason = kind == FX_PARK_WAIT ? t->wait_reason : 0;
	fiber_yield();
	return t->park_result;
}

/* Only the address counts: the word may be gone. Wakes the one who sleeps longest. */
static void unpark(uint32_t *word)
{
	struct thread *found = NULL;
	unsigned i;

	settle_lock(me());
	step(FX_STEP_STORE, word);
	me()->lock = NULL;
	for (i = 0; i < FIBERS_MAX; i++) {
		struct thread *t = &threads[i];

		if (t->state == PARKED && t->access.address == word &&
		    (!found || t->parked_at < found->parked_at))
			found = t;
	}
	if (!found)
		return;
	found->state = READY;
	found->kind = FX_STEP_LOAD;
	found->access.address = NULL;
	found->access.write = false;
	found->park_result = 0;
}

static void clock_now(enum fx_clock clock, struct fx_deadline *out)
{
	*out = (struct fx_deadline){0, 0, clock};
}

static void relax(void)
{
}

static const struct fx_platform_ops platform = {park, unpark, clock_now, relax};

/* Guest memory. */

uintptr_t sim_address(unsigned word)
{
	return GUEST_BASE + word_offset[word];
}

static unsigned word_at(uintptr_t uaddr)
{
	unsigned i;

	for (i = 0; i < SIM_WORDS; i++)
		if (sim_address(i) == uaddr)
			return i;
	sim_fail("a word was touched that nobody named");
}

uint32_t sim_load(unsigned word)
{
	struct thread *t = me();
	unsigned i;

	fx_step(FX_STEP_LOAD, &sim_words[word]);
	for (i = t->buffered; i > 0; i--)
		if (t->buffer[i - 1].word == word)
			return t->buffer[i - 1].value;
	return sim_words[word];
}

void sim_store(unsigned word, uint32_t value)
{
	struct thread *t = me();

	settle_lock(t);
	if (t->buffered == BUFFER_MAX)
		sim_fail("the scenario stores too much without a fence");
	t->buffer[t->buffered].word = word;
	t->buffer[t->buffered].value = value;
	t->buffered++;
}

uint32_t sim_cmpxchg(unsigned word, uint32_t expected, uint32_t desired)
{
	uint32_t was;

	fx_step(FX_STEP_STORE, &sim_words[word]);
	was = sim_words[word];
	if (was == expected)
		sim_words[word] = desired;
	return was;
}

uint32_t sim_exchange(unsigned word, uint32_t value)
{
	uint32_t was;

	fx_step(FX_STEP_STORE, &sim_words[word]);
	was = sim_words[word];
	sim_words[word] = value;
	return was;
}

static int load32(uintptr_t uaddr, uint32_t *out)
{
	*out = sim_load(word_at(uaddr));
	return 0;
}

static int cmpxchg32(uintptr_t uaddr, uint32_t expected, uint32_t desired, uint32_t *seen)
{
	*seen = sim_cmpxchg(word_at(uaddr), expected, desired);
	return 0;
}

static int load64(uintptr_t uaddr, uint64_t *out)
{
	(void)uaddr;
	(void)out;
	return -FX_EFAULT;
}

static const struct fx_memory_ops memory = {load32, cmpxchg32, load64};

/* What scenarios call. */

int sim_wait(unsigned word, uint32_t val, uint32_t bitset, int reason)
{
	struct thread *t = me();
	int rc;

	t->waiting = true;
	t->wait_reason = reason;
	rc = fx_wait_begin(&sim_manager, &t->waiter, sim_address(word), FX_KEY_PRIVATE, val,
			   bitset);
	if (rc == 0) {
		rc = fx_wait_sleep(&sim_manager, &t->waiter, NULL);
		rc = fx_wait_end(&sim_manager, &t->waiter, rc);
		if (rc == 0)
			released++;
		else if (rc != reason)
			sim_fail("a wait ended for a reason that it was not given");
	} else if (rc != -FX_EAGAIN) {
		sim_fail("a wait could not begin");
	}
	memset(&t->waiter, 0xdb, sizeof(t->waiter));
	t->waiting = false;
	return rc;
}

int sim_wake(unsigned word, int nr, uint32_t bitset)
{
	int rc = fx_wake(&sim_manager, sim_address(word), FX_KEY_PRIVATE, nr, bitset);

	sim_check(rc >= 0 && rc <= nr);
	counted += (unsigned)rc;
	return rc;
}

int sim_requeue(unsigned from, unsigned to, int nr_wake, int nr_requeue, const uint32_t *cmpval)
{
	int rc = fx_requeue(&sim_manager, sim_address(from), sim_address(to), FX_KEY_PRIVATE,
			    FX_KEY_PRIVATE, nr_wake, nr_requeue, cmpval);

	sim_check(rc >= 0 || (rc == -FX_EAGAIN && cmpval));
	if (rc > 0)
		counted += (unsigned)(rc < nr_wake ? rc : nr_wake);
	return rc;
}

int sim_wake_op(unsigned word1, unsigned word2, int nr1, int nr2, uint32_t encoded)
{
	int rc = fx_wake_op(&sim_manager, sim_address(word1), sim_address(word2), FX_KEY_PRIVATE,
			    FX_KEY_PRIVATE, nr1, nr2, encoded);

	sim_check(rc >= 0 && rc <= nr1 + nr2);
	counted += (unsigned)rc;
	return rc;
}

void sim_grow(void)
{
	fx_manager_grow(&sim_manager, tables[1], TABLE_MAX);
}

/* What the explorer calls. */

static void run_body(unsigned i)
{
	scenario->fiber[i]();
	settle_lock(&threads[i]);
	if (threads[i].locks_held != 0)
		sim_fail("a thread ended with a lock held");
	threads[i].state = DONE;
}

static const void *bucket_at(unsigned offset)
{
	return fx_table_find(sim_manager.table, fx_key_make(GUEST_BASE + offset, FX_KEY_PRIVATE));
}

static void place_words(void)
{
	unsigned *o = word_offset;

	fx_manager_init(&sim_manager, &platform, &memory, tables[0], FX_MANAGER_MIN_TABLE);
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
	in_fiber = true;
	fiber_run(i);
	in_fiber = false;
}

void sim_begin(const struct scenario *s)
{
	unsigned i;

	scenario = s;
	failure = NULL;
	parks = released = counted = 0;
	memset(sim_words, 0, sizeof(sim_words));
	memset(sim_note, 0, sizeof(sim_note));
	memset(tables, 0, s->grows ? sizeof(tables) : sizeof(tables[0]));
	memset(lock_owner, 0, sizeof(lock_owner));
	grow_lock_owner = own_lock_owner = 0;
	own_lock = 0;
	fx_manager_init(&sim_manager, &platform, &memory, tables[0], FX_MANAGER_MIN_TABLE);
	if (s->setup)
		s->setup();
	for (i = 0; i < FIBERS_MAX; i++) {
		memset(&threads[i], 0, sizeof(threads[i]));
		threads[i].state = DONE;
	}
	for (i = 0; i < s->nfibers; i++) {
		fiber_restart(i);
		run(i);
	}
}

static bool can_run(const struct thread *t)
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

	for (i = 0; i < scenario->nfibers; i++) {
		struct thread *t = &threads[i];

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

static void drain_one(struct thread *t)
{
	sim_words[t->buffer[0].word] = t->buffer[0].value;
	t->buffered--;
	memmove(&t->buffer[0], &t->buffer[1], t->buffered * sizeof(t->buffer[0]));
}

void sim_take(unsigned transition)
{
	struct thread *t = &threads[transition / 2];

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
	const struct thread *t = &threads[transition / 2];
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
	else if (address >= (char *)tables && address < (char *)tables + sizeof(tables))
		snprintf(text, sizeof(text), "%c: %s bucket %td+%td", 'a' + transition / 2,
			 t->state == LOCKING ? "lock" : kinds[t->kind],
			 (address - (char *)tables) / 64, (address - (char *)tables) % 64);
	else if (address >= (char *)sim_words && address < (char *)(sim_words + SIM_WORDS))
		snprintf(text, sizeof(text), "%c: %s word %td", 'a' + transition / 2,
			 kinds[t->kind], (address - (char *)sim_words) / 4);
	else if (address >= (char *)threads && address < (char *)(threads + FIBERS_MAX))
		snprintf(text, sizeof(text), "%c: %s waiter of %c, +%zu", 'a' + transition / 2,
			 kinds[t->kind],
			 'a' + (int)((address - (char *)threads) / (long)sizeof(threads[0])),
			 (size_t)(address - (char *)threads) % sizeof(threads[0]) -
				 offsetof(struct thread, waiter));
	else
		snprintf(text, sizeof(text), "%c: %s of the manager", 'a' + transition / 2,
			 kinds[t->kind]);
	return text;
}

bool sim_stuck(unsigned fiber)
{
	return threads[fiber].state != DONE;
}

static bool anybody_stuck(void)
{
	unsigned i;

	for (i = 0; i < scenario->nfibers; i++)
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

void sim_finish(void)
{
	if (setjmp(finishing) != 0)
		return;
	if (anybody_stuck()) {
		if (!scenario->may_stick)
			sim_fail("somebody sleeps for ever: a lost wake, or a deadlock");
	} else if (!table_is_empty(tables[0], FX_MANAGER_MIN_TABLE) ||
		   (scenario->grows && !table_is_empty(tables[1], TABLE_MAX))) {
		sim_fail("a lock, a count or a waiter is left in the table");
	}
	if (released != counted)
		sim_fail("wakes were counted that nobody was released by, or the other way round");
	if (scenario->check)
		scenario->check();
}

const char *sim_failure(void)
{
	return failure;
}
