/* SPDX-License-Identifier: MIT */
/*
 * Every operation against every other, and itself: two threads run one each, alone
 * and beside a third thread that waits or locks too. Word 0 is waited on, word 1 is a
 * lock with an owner, word 2 is where plain waiters are requeued to.
 */
#include <limits.h>
#include <stdio.h>

#include "tests/sched/scenarios.h"
#include "tests/sched/sim_state.h"

#define ANY FX_BITSET_ANY

static const uint32_t zero;

/* How many threads believe that they own word 1. And that word 0 changed and all were woken. */
static unsigned owners;
static bool all_woken;

static void enter(void)
{
	sim_check(owners++ == 0);
}

static void leave(void)
{
	sim_check(--owners == 0);
	sim_check(sim_unlock_pi(1) == 0);
}

static void own_for_a_while(int rc)
{
	if (rc == 0) {
		enter();
		sim_load(2);
		leave();
	}
}

static void wait(void)
{
	sim_wait(0, 0, ANY, 0);
}

static void wait_bitset(void)
{
	sim_wait(0, 0, 1, 0);
}

static void wait_timeout(void)
{
	sim_wait(0, 0, ANY, -FX_ETIMEDOUT);
}

static void wait_signal(void)
{
	sim_wait(0, 0, ANY, -FX_EINTR);
}

static void waitv(void)
{
	sim_waitv(0, 2, 0);
}

static void waitv_timeout(void)
{
	sim_waitv(0, 2, -FX_ETIMEDOUT);
}

static void wait_async(void)
{
	if (sim_wait_async(0, 0, false) == 0)
		sim_wait_async_cancel();
}

static void set_and_wake(uint32_t bitset)
{
	sim_store(0, 1);
	/* Bit 1 is in every bitset here. */
	if (sim_wake(0, INT_MAX, bitset) >= 0)
		all_woken = true;
}

static void wake(void)
{
	set_and_wake(ANY);
}

static void wake_bitset(void)
{
	set_and_wake(1);
}

static void requeue(void)
{
	sim_requeue(0, 2, 1, INT_MAX, NULL);
}

static void cmp_requeue(void)
{
	sim_requeue(0, 2, 1, INT_MAX, &zero);
}

/* Adds 0 to word 2 and wakes it too if it was 0. */
static void wake_op(void)
{
	sim_wake_op(0, 2, 1, 1, 1U << 28);
}

static void lock_pi(void)
{
	own_for_a_while(sim_lock_pi(1, 0));
}

static void lock_pi_timeout(void)
{
	own_for_a_while(sim_lock_pi(1, -FX_ETIMEDOUT));
}

static void trylock_pi(void)
{
	own_for_a_while(sim_trylock_pi(1));
}

/* Whoever has this or exit as operation owns word 1 from the beginning, if he is the first. */

static bool owns_from_the_beginning(void)
{
	return (sim_words[1] & FX_PI_TID_MASK) == sim_tid(fiber_self());
}

static void unlock_pi(void)
{
	if (owns_from_the_beginning())
		leave();
	else
		sim_check(sim_unlock_pi(1) == -FX_EPERM);
}

static void thread_exit(void)
{
	if (owns_from_the_beginning())
		owners--;
	sim_exit();
}

static void wait_requeue_pi(void)
{
	own_for_a_while(sim_wait_requeue_pi(0, 1, 0, 0));
}

static void wait_requeue_pi_timeout(void)
{
	own_for_a_while(sim_wait_requeue_pi(0, 1, 0, -FX_ETIMEDOUT));
}

static void wait_requeue_pi_signal(void)
{
	own_for_a_while(sim_wait_requeue_pi(0, 1, 0, -FX_EINTR));
}

static void cmp_requeue_pi(void)
{
	sim_cmp_requeue_pi(0, 1, INT_MAX, 0);
}

static const struct operation {
	const char *name;
	void (*run)(void);
	bool owns;
} operations[] = {
	{"wait", wait, false},
	{"wake", wake, false},
	{"wait_bitset", wait_bitset, false},
	{"wake_bitset", wake_bitset, false},
	{"requeue", requeue, false},
	{"cmp_requeue", cmp_requeue, false},
	{"wake_op", wake_op, false},
	{"lock_pi", lock_pi, false},
	{"trylock_pi", trylock_pi, false},
	{"unlock_pi", unlock_pi, true},
	{"wait_requeue_pi", wait_requeue_pi, false},
	{"cmp_requeue_pi", cmp_requeue_pi, false},
	{"waitv", waitv, false},
	{"async", wait_async, false},
	{"timeout", wait_timeout, false},
	{"lock_pi_timeout", lock_pi_timeout, false},
	{"wait_requeue_pi_timeout", wait_requeue_pi_timeout, false},
	{"waitv_timeout", waitv_timeout, false},
	{"signal", wait_signal, false},
	{"wait_requeue_pi_signal", wait_requeue_pi_signal, false},
	{"exit", thread_exit, true},
};

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* The third thread. The first of these is nobody. */
static const struct operation *const companions[] = {
	NULL,
	&operations[14], /* timeout */
	&operations[7],	 /* lock_pi */
	&operations[16], /* wait_requeue_pi_timeout */
};

#define COMPANIONS (sizeof(companions) / sizeof(companions[0]))
#define PAIRS	   (OPERATIONS * (OPERATIONS + 1) / 2)

static const struct operation *operation_of(unsigned fiber)
{
	unsigned i;

	for (i = 0; operations[i].run != sim.scenario->fiber[fiber]; i++)
		;
	return &operations[i];
}

static void setup(void)
{
	unsigned i;

	owners = 0;
	all_woken = false;
	for (i = 0; i < sim.scenario->nfibers; i++) {
		if (operation_of(i)->owns) {
			sim_words[1] = sim_tid(i);
			owners = 1;
			return;
		}
	}
}

static void check_asleep(const struct fx_waiter *w)
{
	if (!w->queued)
		sim_fail("a thread sleeps that nobody will wake");
	if (w->kind == FX_WAITER_PI) {
		uint32_t owner = sim_words[1] & FX_PI_TID_MASK;

		sim_check((sim_words[1] & FX_PI_WAITERS) != 0 && owner >= sim_tid(0));
		sim_check(sim_stuck(owner - sim_tid(0)));
	} else if (fx_key_uaddr(w->key) == sim_address(0)) {
		sim_check(!all_woken);
	}
}

/* A thread may sleep for ever if nothing has come that should have woken it. */
static void check(void)
{
	unsigned i;

	for (i = 0; i < sim.scenario->nfibers; i++)
		if (sim_stuck(i))
			check_asleep(&sim.threads[i].waiter);
	sim_check(owners == 0);
}

static struct scenario pairs[PAIRS * COMPANIONS];
static char names[PAIRS * COMPANIONS][80];

static void make(unsigned n, const struct operation *a, const struct operation *b,
		 const struct operation *c)
{
	struct scenario *s = &pairs[n];

	snprintf(names[n], sizeof(names[n]), "%s/%s%s%s", a->name, b->name, c ? "+" : "",
		 c ? c->name : "");
	s->name = names[n];
	s->nfibers = c ? 3 : 2;
	s->fiber[0] = a->run;
	s->fiber[1] = b->run;
	s->fiber[2] = c ? c->run : NULL;
	s->setup = setup;
	s->check = check;
	s->preemptions = c ? PAIR_PREEMPTIONS : -1;
	s->may_stick = true;
}

const struct scenario *pair_scenarios(unsigned *count)
{
	unsigned a, b, c, n = 0;

	for (c = 0; c < COMPANIONS; c++)
		for (a = 0; a < OPERATIONS; a++)
			for (b = a; b < OPERATIONS; b++)
				make(n++, &operations[a], &operations[b], companions[c]);
	*count = n;
	return pairs;
}
