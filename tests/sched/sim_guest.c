/* SPDX-License-Identifier: MIT */
/* Guest memory with its store buffers, and what the threads of a scenario may call. */
#include <string.h>

#include "tests/sched/sim_state.h"

uintptr_t sim_address(unsigned word)
{
	return SIM_GUEST_BASE + sim.word_offset[word];
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
	struct sim_thread *t = sim_self();
	unsigned i;

	fx_step(FX_STEP_LOAD, &sim_words[word]);
	for (i = t->buffered; i > 0; i--)
		if (t->buffer[i - 1].word == word)
			return t->buffer[i - 1].value;
	return sim_words[word];
}

void sim_store(unsigned word, uint32_t value)
{
	struct sim_thread *t = sim_self();

	sim_settle_lock(t);
	if (t->buffered == SIM_BUFFER_MAX)
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

/* The only list: its one lock is word 1, with priority inheritance. */
static int load64(uintptr_t uaddr, uint64_t *out)
{
	switch (uaddr) {
	case SIM_ROBUST_HEAD:
		*out = sim_address(1) | 1;
		return 0;
	case SIM_ROBUST_HEAD + 8:
	case SIM_ROBUST_HEAD + 16:
		*out = 0;
		return 0;
	}
	if (uaddr != sim_address(1))
		sim_fail("a link was read that nobody named");
	*out = SIM_ROBUST_HEAD | 1;
	return 0;
}

const struct fx_memory_ops sim_memory = {load32, cmpxchg32, load64};

static bool alive(uint32_t tid)
{
	const struct sim_thread *t = &sim.threads[tid - sim_tid(0)];

	if (tid - sim_tid(0) >= FIBERS_MAX)
		return false;
	fx_step(FX_STEP_LOAD, &t->dead);
	return !t->dead;
}

static int priority(uint32_t tid)
{
	(void)tid;
	return 120;
}

const struct fx_thread_ops sim_thread_ops = {alive, priority};

/* What scenarios call. */

static struct sim_thread *begin_wait(int reason)
{
	struct sim_thread *t = sim_self();

	t->waiting = true;
	t->wait_reason = reason;
	return t;
}

static void end_wait(struct sim_thread *t)
{
	memset(t->vector, 0xdb, SIM_WAITER_SIZE);
	t->waiting = false;
}

int sim_wait(unsigned word, uint32_t val, uint32_t bitset, int reason)
{
	struct sim_thread *t = begin_wait(reason);
	int rc;

	rc = fx_wait_begin(&sim_manager, &t->waiter, sim_address(word), FX_KEY_PRIVATE, val,
			   bitset);
	if (rc == 0) {
		rc = fx_wait_sleep(&sim_manager, &t->waiter, NULL);
		rc = fx_wait_end(&sim_manager, &t->waiter, rc);
		if (rc == 0)
			sim.released++;
		else if (rc != reason)
			sim_fail("a wait ended for a reason that it was not given");
	} else if (rc != -FX_EAGAIN) {
		sim_fail("a wait could not begin");
	}
	end_wait(t);
	return rc;
}

/* What a wake returned. -EINVAL: somebody on the word waits to become an owner. */
static int count(int rc, int limit)
{
	sim_check((rc >= 0 && rc <= limit) || rc == -FX_EINVAL);
	if (rc < 0)
		sim.miscounted = true;
	else
		sim.counted += (unsigned)rc;
	return rc;
}

int sim_wake(unsigned word, int nr, uint32_t bitset)
{
	return count(fx_wake(&sim_manager, sim_address(word), FX_KEY_PRIVATE, nr, bitset), nr);
}

int sim_requeue(unsigned from, unsigned to, int nr_wake, int nr_requeue, const uint32_t *cmpval)
{
	int rc = fx_requeue(&sim_manager, sim_address(from), sim_address(to), FX_KEY_PRIVATE,
			    FX_KEY_PRIVATE, nr_wake, nr_requeue, cmpval);

	if (rc == -FX_EAGAIN && cmpval)
		return rc;
	/* Others that it counts have moved. */
	count(rc < nr_wake ? rc : nr_wake, nr_wake);
	return rc;
}

int sim_wake_op(unsigned word1, unsigned word2, int nr1, int nr2, uint32_t encoded)
{
	int rc = fx_wake_op(&sim_manager, sim_address(word1), sim_address(word2), FX_KEY_PRIVATE,
			    FX_KEY_PRIVATE, nr1, nr2, encoded);

	return count(rc, nr1 + nr2);
}

void sim_grow(void)
{
	fx_manager_grow(&sim_manager, sim.tables[1], SIM_TABLE_MAX);
}
