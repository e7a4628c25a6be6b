/* SPDX-License-Identifier: MIT */
#include "shim/schedule/who.h"

#include <linux/wait.h>

#include "shim/base/host.h"
#include "shim/schedule/now.h"
#include "shim/schedule/order.h"
#include "shim/schedule/outside.h"
#include "shim/threads/thread.h"
#include "shim/base/table.h"

#define LATE_NS	     10000000UL /* as late as a thread may be on a machine that has much to do */
#define SHORTEST_NS  100000UL	/* between two looks at what is outside */
#define LONGEST_NS   10000000UL
#define LONGEST_BUSY 1000 /* events for which those who can go on keep what is outside waiting */
#define MOST_AWAITED 64
#define LOOK	     (WNOHANG | WNOWAIT)

struct fx_turn fx_turn[FX_SCHEDULE_THREADS] FX_TABLE;
unsigned fx_turns_made;
struct fx_policy fx_turn_policy FX_TABLE;

static bool came;	   /* something from outside, in the last look */
static uint64_t looked_at; /* the event at which others than our threads were last looked at */

void fx_who_begin(void)
{
	fx_outside_init();
	looked_at = fx_order->events;
}

void fx_who_wakes(struct fx_turn *r, int result)
{
	r->result = result;
	r->state = FX_TURN_READY;
}

static bool child_is_there(const struct fx_nap *nap)
{
	char info[128] = {0};

	return fx_host(__NR_waitid, nap->idtype, nap->id, info, nap->options | LOOK, 0) != 0 ||
	       ((const int *)info)[0] != 0;
}

/* What is sent from outside to one of several threads only that one could see. */
static bool signal_came(uint64_t set)
{
	const uint64_t all = ~0ULL;
	uint64_t before, came_in = 0;

	/* The host tells of those alone that the caller blocks. */
	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &all, &before, sizeof(all));
	fx_host(__NR_rt_sigpending, &came_in, sizeof(came_in));
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof(before));
	return (came_in & set) != 0;
}

/* Something that is not foreseen, unless it comes when nobody else can go on. */
static void end_by_outside(struct fx_turn *r)
{
	came = true;
	fx_who_wakes(r, 0);
}

/* Whether what it sleeps for is there. outside: also what other processes do. */
static void look_at(struct fx_turn *r, bool outside)
{
	const struct fx_nap *nap = r->nap;

	if (__atomic_load_n(&r->t->pending, __ATOMIC_ACQUIRE))
		fx_who_wakes(r, -EINTR);
	else if (nap->timed && nap->until_ns <= fx_now(false))
		fx_who_wakes(r, -ETIMEDOUT);
	else if (nap->fd_count && (outside || !(nap->from_outside || fx_outside_processes())) &&
		 fx_host(__NR_poll, nap->fds, nap->fd_count, 0) != 0)
		nap->from_outside ? end_by_outside(r) : fx_who_wakes(r, 0);
	else if (nap->child && outside && child_is_there(nap))
		end_by_outside(r);
	else if (nap->tries && r->tries)
		fx_who_wakes(r, 0);
	else if (nap->signals && outside && signal_came(nap->signals))
		end_by_outside(r);
}

/* The nearest moment that somebody sleeps for; ~0: none does. */
static uint64_t nearest(void)
{
	uint64_t at = ~0ULL;

	for (unsigned i = 0; i < fx_turns_made; i++) {
		const struct fx_turn *r = &fx_turn[i];

		if (r->state == FX_TURN_ASLEEP && r->nap->timed && r->nap->until_ns < at)
			at = r->nap->until_ns;
	}
	return at;
}

/* How much later than it wanted a sleeper may be, or others than they are. */
static uint64_t lateness(void)
{
	const struct fx_policy *p = &fx_turn_policy;

	return p->late || p->strategy == FX_STRATEGY_REPLAY ? LATE_NS : 0;
}

/* Whether a sleeper is one of those that could go on; from: now, or the nearest such moment. */
static bool may_be_woken(const struct fx_turn *r, uint64_t from)
{
	return r->state == FX_TURN_ASLEEP && r->nap->timed && r->nap->until_ns - from <= lateness();
}

/* All who could go on; how many of them are awake. */
static unsigned collect(struct fx_candidate *c, bool outside, unsigned *awake)
{
	unsigned n = 0;
	uint64_t from;

	*awake = 0;
	for (unsigned i = 0; i < fx_turns_made; i++) {
		if (fx_turn[i].state == FX_TURN_ASLEEP)
			look_at(&fx_turn[i], outside);
		*awake += fx_turn[i].state == FX_TURN_READY;
	}
	from = *awake ? fx_now(false) : nearest();
	for (unsigned i = 0; i < fx_turns_made; i++) {
		bool asleep = (!*awake || lateness()) && may_be_woken(&fx_turn[i], from);

		if (fx_turn[i].state == FX_TURN_READY || asleep)
			c[n++] = (struct fx_candidate){.thread = (uint16_t)i,
						       .asleep = asleep,
						       .until_ns = asleep ? fx_turn[i].nap->until_ns
									  : 0};
	}
	return n;
}

/* Waits in the host's time for what is not ours to foresee. */
static void await_outside(uint64_t ns)
{
	const uint64_t time[2] = {0, ns};
	struct fx_pollfd fds[MOST_AWAITED];
	unsigned n = 0;

	for (unsigned i = 0; i < fx_turns_made; i++) {
		const struct fx_turn *r = &fx_turn[i];

		for (unsigned k = 0; r->state == FX_TURN_ASLEEP && k < r->nap->fd_count; k++)
			if (n < MOST_AWAITED)
				fds[n++] = r->nap->fds[k];
	}
	fx_host(__NR_ppoll, fds, n, time, 0, 8);
}

static bool waits_for_signal(const struct fx_nap *nap)
{
	return !nap->word && !nap->fd_count && !nap->timed;
}

/*
 * Whether anybody outside could let one of the sleepers go on. A child's parent may send it a
 * signal.
 */
static bool others_could(void)
{
	if (fx_outside_processes() || fx_outside_timers())
		return true;
	for (unsigned i = 0; i < fx_turns_made; i++) {
		const struct fx_turn *r = &fx_turn[i];

		if (r->state == FX_TURN_ASLEEP &&
		    (fx_outside_reaches(r->nap->fds, r->nap->fd_count) ||
		     (fx_order_is_own() && waits_for_signal(r->nap))))
			return true;
	}
	return false;
}

/* One who sleeps, and has the turn for it: whoever has come here may be at its end. */
static void let_tell(struct fx_turn *self)
{
	struct fx_turn *r = self;

	if (r->state != FX_TURN_ASLEEP)
		for (r = fx_turn; r->state != FX_TURN_ASLEEP;)
			r++;
	r->tells = true;
	fx_who_wakes(r, 0);
}

/* Until somebody outside has let one go on, or it is known that nobody ever will. */
static unsigned await_others(struct fx_turn *self, struct fx_candidate *c)
{
	uint64_t wait = SHORTEST_NS;
	unsigned n, awake;

	while (!(n = collect(c, true, &awake))) {
		if (fx_order->end != FX_SCHEDULE_HUNG && !others_could()) {
			fx_order->end = FX_SCHEDULE_HUNG;
			let_tell(self);
			continue;
		}
		if (fx_order->end != FX_SCHEDULE_HUNG)
			fx_order_unforeseen(FX_UNFORESEEN_OUTSIDE);
		await_outside(wait);
		wait = wait < LONGEST_NS ? 2 * wait : wait;
	}
	return n;
}

unsigned fx_who_could(struct fx_turn *self, struct fx_candidate *c)
{
	bool impatient = fx_order->events - looked_at >= LONGEST_BUSY;
	unsigned awake, n = collect(c, impatient, &awake);

	if (impatient || !awake)
		looked_at = fx_order->events;
	if (impatient && came)
		fx_order_unforeseen(FX_UNFORESEEN_OUTSIDE);
	came = false;
	if (awake || (n && !fx_outside_processes()))
		return n;
	if (!n)
		return await_others(self, c);
	/* All sleep for a time, but other processes may be quicker. */
	await_outside(SHORTEST_NS);
	return collect(c, true, &awake);
}
