/* SPDX-License-Identifier: MIT */
/* What threads of a scenario may call beyond wait and wake: words with owners, several words at
 * once, functions for threads. */
#include <string.h>

#include "tests/sched/sim_state.h"

uint32_t sim_tid(unsigned fiber)
{
	return 10 + fiber;
}

static uint32_t own_tid(void)
{
	return sim_tid(fiber_self());
}

static struct sim_thread *begin_wait(int reason)
{
	struct sim_thread *t = sim_self();

	memset(t->vector, 0, SIM_WAITER_SIZE);
	t->waiting = true;
	t->wait_reason = reason;
	return t;
}

static void end_wait(struct sim_thread *t)
{
	memset(t->vector, 0xdb, SIM_WAITER_SIZE);
	t->waiting = false;
}

/* The word of who has just become the owner says so. */
static void check_owner(unsigned word)
{
	sim_check((sim_words[word] & FX_PI_TID_MASK) == own_tid());
}

int sim_lock_pi(unsigned word, int reason)
{
	struct sim_thread *t = begin_wait(reason);
	int rc = fx_lock_pi_begin(&sim_manager, &t->pi, sim_address(word), FX_KEY_PRIVATE,
				  own_tid());

	if (rc == 0)
		rc = fx_lock_pi_end(&sim_manager, &t->pi,
				    fx_wait_sleep(&sim_manager, &t->waiter, NULL));
	else if (rc == 1)
		rc = 0;
	else if (rc != -FX_EINVAL && rc != -FX_EDEADLK)
		sim_fail("a lock could not be waited for");
	if (rc == 0)
		check_owner(word);
	else if (rc != reason && (rc == -FX_ETIMEDOUT || rc == -FX_EINTR))
		sim_fail("a wait for a lock ended for a reason that it was not given");
	end_wait(t);
	return rc;
}

int sim_trylock_pi(unsigned word)
{
	int rc = fx_trylock_pi(&sim_manager, sim_address(word), FX_KEY_PRIVATE, own_tid());

	if (rc == 0)
		check_owner(word);
	else
		sim_check(rc == -FX_EAGAIN || rc == -FX_EINVAL || rc == -FX_EDEADLK);
	return rc;
}

int sim_unlock_pi(unsigned word)
{
	int rc;

	if (sim_cmpxchg(word, own_tid(), 0) == own_tid())
		return 0;
	do {
		rc = fx_unlock_pi(&sim_manager, sim_address(word), FX_KEY_PRIVATE, own_tid());
		/* The second is Linux's answer where the word said FUTEX_OWNER_DIED before. */
	} while (rc == -FX_EAGAIN || (rc == -FX_EINVAL && (sim_words[word] & FX_PI_OWNER_DIED)));
	sim_check(rc == 0 || rc == -FX_EPERM || rc == -FX_EINVAL);
	return rc;
}

int sim_wait_requeue_pi(unsigned word, unsigned lock, uint32_t val, int reason)
{
	struct sim_thread *t = begin_wait(reason);
	int rc = fx_requeue_pi_begin(&sim_manager, &t->pi, sim_address(word), sim_address(lock),
				     FX_KEY_PRIVATE, val, FX_BITSET_ANY, own_tid());

	if (rc == 0) {
		rc = fx_requeue_pi_end(&sim_manager, &t->pi,
				       fx_wait_sleep(&sim_manager, &t->waiter, NULL));
		if (rc == 0)
			check_owner(lock);
		else
			sim_check(rc == reason || (rc == -FX_EAGAIN && reason == -FX_EINTR));
	} else {
		sim_check(rc == -FX_EAGAIN);
	}
	end_wait(t);
	return rc;
}

int sim_cmp_requeue_pi(unsigned from, unsigned to, int nr_requeue, uint32_t cmpval)
{
	int rc = fx_cmp_requeue_pi(&sim_manager, sim_address(from), sim_address(to), FX_KEY_PRIVATE,
				   1, nr_requeue, cmpval);

	sim_check(rc >= 0 || rc == -FX_EAGAIN || rc == -FX_EINVAL || rc == -FX_EDEADLK);
	return rc;
}

void sim_exit(void)
{
	fx_robust_exit(&sim_manager, SIM_ROBUST_HEAD, own_tid(), NULL);
	fx_step(FX_STEP_STORE, &sim_self()->dead);
	sim_self()->dead = true;
	fx_pi_exit(&sim_manager, own_tid());
}

int sim_waitv(unsigned word0, unsigned word1, int reason)
{
	struct sim_thread *t = begin_wait(reason);
	const struct fx_waitv v[2] = {{sim_address(word0), 0, FX_KEY_PRIVATE},
				      {sim_address(word1), 0, FX_KEY_PRIVATE}};
	int rc = fx_waitv(&sim_manager, v, t->vector, 2, NULL);
	unsigned woken = 0;
	unsigned i;

	for (i = 0; i < 2; i++)
		woken += fx_waiter_woken(&t->vector[i]);
	sim.released += woken;
	if (woken > 0)
		sim_check(rc >= 0 && rc < 2 && fx_waiter_woken(&t->vector[rc]));
	else
		sim_check(rc == -FX_EAGAIN || rc == reason);
	end_wait(t);
	return rc;
}

static void note_done(struct fx_async *a, int result)
{
	unsigned i;

	sim_check(result == 0);
	for (i = 0; &sim.threads[i].async != a; i++)
		;
	sim_check(sim_note[i] == 0);
	sim_note[i] = 1;
	sim.released++;
}

static void note_done_and_forget(struct fx_async *a, int result)
{
	unsigned i;

	note_done(a, result);
	for (i = 0; &sim.threads[i].async != a; i++)
		;
	end_wait(&sim.threads[i]);
}

int sim_wait_async(unsigned word, uint32_t val, bool forget)
{
	struct sim_thread *t = begin_wait(0);
	int rc;

	t->async.done = forget ? note_done_and_forget : note_done;
	rc = fx_wait_async(&sim_manager, &t->async, sim_address(word), FX_KEY_PRIVATE, val,
			   FX_BITSET_ANY);
	sim_check(rc == 0 || rc == -FX_EAGAIN);
	if (rc != 0)
		end_wait(t);
	return rc;
}

int sim_wait_async_cancel(void)
{
	struct sim_thread *t = sim_self();
	int rc = fx_wait_async_cancel(&sim_manager, &t->async);

	sim_check(rc == (sim_note[fiber_self()] == 1 ? -FX_EALREADY : 0));
	end_wait(t);
	return rc;
}
