/* SPDX-License-Identifier: MIT */
#include "shim/schedule/turn.h"

#include <linux/futex.h>

#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/hang/stop.h"
#include "shim/hang/tell.h"
#include "shim/process/nudge.h"
#include "shim/schedule/meets.h"
#include "shim/schedule/now.h"
#include "shim/schedule/order.h"
#include "shim/schedule/outside.h"
#include "shim/schedule/snapshot.h"
#include "shim/schedule/story.h"
#include "shim/schedule/uses.h"
#include "shim/schedule/who.h"
#include "shim/signals/fatal.h"
#include "shim/threads/thread.h"
#include "shim/base/table.h"

#define OVERDUE_NS 50000000UL /* of processor time without an event */
#define SECOND_NS  1000000000UL

static uint32_t holder;	 /* the number of who has the baton */
static uint32_t overdue; /* that thread was nudged */
static bool chooses;	 /* there has been more than one thread */

static struct fx_turn *of(const struct fx_thread *t)
{
	return &fx_turn[t->turn];
}

static void begin(struct fx_thread *t, uint64_t seed)
{
	fx_policy_init(&fx_turn_policy, fx_order, NULL, 0);
	fx_now_begin(seed);
	chooses = false;
	fx_turns_made = 1;
	t->turn = 0;
	fx_turn[0] = (struct fx_turn){.state = FX_TURN_READY, .t = t};
	holder = 0;
	fx_order->threads = 1;
	fx_order->tid[0] = t->host_tid;
	fx_who_begin();
}

void fx_turn_init(struct fx_thread *t)
{
	if (fx_config.root_pid == t->pid)
		fx_order_map();
	else
		fx_order_own(fx_config.seed, NULL);
	fx_snapshot_begin();
	begin(t, 0);
}

/*
 * The second thread will be made: from here on the seed counts. Until then every run is the same,
 * chance for the program included.
 */
static void begin_to_choose(void)
{
	uint64_t count;
	const struct fx_decision *follow = fx_order_follow(&count);

	fx_policy_init(&fx_turn_policy, fx_order, follow, count);
	fx_policy_thread(&fx_turn_policy, 0, 0);
	fx_now_begin(fx_order->seed);
	chooses = true;
}

void fx_turn_process_made(void)
{
	fx_outside_process_made();
	fx_order_unforeseen(FX_UNFORESEEN_PROCESSES);
}

void fx_turn_timer_set(void)
{
	fx_outside_timer_set();
	fx_order_unforeseen(FX_UNFORESEEN_TIMERS);
}

void fx_turn_shared_futex(void)
{
	fx_order_unforeseen(FX_UNFORESEEN_SHARED);
}

static uint64_t cpu_ns(const struct fx_turn *r)
{
	/* CPUCLOCK_SCHED of one thread: Linux, include/linux/posix-timers.h. */
	long clock = (long)((~r->t->host_tid << 3) | 6);
	uint64_t time[2] = {0, 0};

	fx_host(__NR_clock_gettime, (int)clock, time);
	return time[0] * SECOND_NS + time[1];
}

/* While it waits for its turn: whether whoever has it has come to no event for long. */
static void watch(uint64_t *event, uint64_t *since)
{
	const struct fx_turn *r = &fx_turn[__atomic_load_n(&holder, __ATOMIC_RELAXED)];
	uint64_t e = __atomic_load_n(&fx_order->events, __ATOMIC_RELAXED), ns = cpu_ns(r);

	if (e != *event) {
		*event = e;
		*since = ns;
	} else if (ns - *since > OVERDUE_NS &&
		   !__atomic_exchange_n(&overdue, 1, __ATOMIC_RELAXED)) {
		fx_nudge(r->t);
	}
}

static void await_turn(struct fx_turn *r)
{
	const struct {
		int64_t sec, nsec;
	} moment = {0, OVERDUE_NS};
	uint64_t event = ~0ULL, since = 0;

	while (!__atomic_exchange_n(&r->go, 0, __ATOMIC_ACQUIRE))
		if (fx_host(__NR_futex, &r->go, FUTEX_WAIT_PRIVATE, 0, &moment) == -ETIMEDOUT)
			watch(&event, &since);
}

static void give(struct fx_turn *to)
{
	__atomic_store_n(&holder, fx_turn_number(to), __ATOMIC_RELAXED);
	__atomic_store_n(&to->go, 1, __ATOMIC_RELEASE);
	fx_host(__NR_futex, &to->go, FUTEX_WAKE_PRIVATE, 1);
}

/* Who waits for his turn, or for a descriptor, is stopped for that. */
static void tell(struct fx_thread *t, enum fx_dump_reason reason)
{
	fx_order_note_maps();
	if (!fx_order->silent && fx_stop_all(t, NULL))
		fx_hang_tell_stopped(t, reason);
	fx_turn_stop_here(t);
}

/* Nobody can go on ever again, and t, which sleeps itself, says so. */
static void hang(struct fx_thread *t)
{
	if (fx_config.on_deadlock != FX_DEADLOCK_IGNORE)
		tell(t, FX_DUMP_STUCK);
	if (fx_config.on_deadlock == FX_DEADLOCK_ABORT)
		fx_signal_doom(t, SIGABRT);
}

/* More events than the order allows: it goes round and round. */
static void exhaust(struct fx_thread *t)
{
	fx_order->end = FX_SCHEDULE_LIVELOCK;
	fx_order->budget = 0;
	tell(t, FX_DUMP_ASKED);
	fx_signal_doom(t, SIGABRT);
}

/* Not of a thread that has ended: the next that comes to one is told of. */
static void event(struct fx_turn *r, enum fx_event_kind kind, uintptr_t ip, uint64_t what)
{
	if (__builtin_expect(fx_uses_wanted, 0))
		fx_uses_settle(fx_turn_number(r));
	fx_now_pass(kind, what);
	fx_order_step(r->t, fx_turn_number(r), kind, ip, what);
	fx_order->now_ns = fx_now(false);
	if (fx_order->budget && fx_order->events > fx_order->budget && kind != FX_EVENT_ENDS)
		exhaust(r->t);
}

/* Who goes on after this event; the choice is noted. */
static struct fx_turn *next(struct fx_turn *self, bool can, enum fx_event_kind kind, uintptr_t ip,
			    uint64_t what, bool yields)
{
	static struct fx_candidate list[FX_SCHEDULE_THREADS] FX_TABLE;
	struct fx_choice choice = {.self = can ? (int)fx_turn_number(self) : -1,
				   .from = (uint16_t)fx_turn_number(self),
				   .kind = kind,
				   .yields = yields,
				   .meets = fx_meets(fx_order, kind, what),
				   .candidate = list};
	struct fx_decision decision;
	const struct fx_candidate *c;
	struct fx_turn *to;

	event(self, kind, ip, what);
	if (self->t->pending & FX_PENDING_DOOMED) {
		/* It has ended its process. */
		fx_who_wakes(self, -EINTR);
		return self;
	}
	choice.count = fx_who_could(self, list);
	choice.event = fx_order->events;
	c = &list[fx_policy_choose(&fx_turn_policy, &choice, &decision)];
	to = &fx_turn[c->thread];
	if (c->asleep) {
		fx_now_jump(to->nap->until_ns);
		fx_who_wakes(to, -ETIMEDOUT);
	}
	fx_order_followed(&fx_turn_policy);
	fx_order->choices = fx_turn_policy.choices;
	fx_order->met = fx_turn_policy.met;
	if (fx_policy_notes(&choice, &decision))
		fx_order_decision(&decision);
	fx_order_went_on(fx_turn_number(self), c->thread, kind, ip, what);
	return to;
}

void fx_turn_point(struct fx_thread *t, enum fx_event_kind kind, uintptr_t ip, uint64_t what,
		   bool yields)
{
	struct fx_turn *self = of(t), *to;

	if (t->own_process)
		return;
	if (kind == FX_EVENT_CALL)
		fx_snapshot_note_call(what);
	to = next(self, true, kind, ip, what, yields);
	if (to == self)
		return;
	give(to);
	await_turn(self);
}

int fx_turn_sleep(struct fx_thread *t, const struct fx_nap *nap)
{
	struct fx_turn *self = of(t), *to;
	uintptr_t ip = t->call ? t->call->site : 0;

	self->nap = nap;
	self->tries = false;
	do {
		if (self->tells)
			hang(t);
		self->tells = false;
		self->result = 0;
		self->state = FX_TURN_ASLEEP;
		to = next(self, false, FX_EVENT_SLEEPS, ip, nap->what, false);
		if (to != self) {
			give(to);
			await_turn(self);
		}
	} while (self->tells);
	self->nap = NULL;
	return self->result;
}

bool fx_turn_wake(uint32_t *word)
{
	for (unsigned i = 0; i < fx_turns_made; i++) {
		struct fx_turn *r = &fx_turn[i];

		if (r->state == FX_TURN_ASLEEP && r->nap->word == word) {
			fx_who_wakes(r, 0);
			fx_turn[holder].woke = true;
			return true;
		}
	}
	return false;
}

bool fx_turn_alone(const struct fx_thread *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < fx_turns_made; i++)
		n += fx_turn[i].state != FX_TURN_FREE;
	return n == 1 && of(t)->state == FX_TURN_READY;
}

void fx_turn_try_again(void)
{
	for (unsigned i = 0; i < fx_turns_made; i++)
		fx_turn[i].tries = true;
}

void fx_turn_note_wake(struct fx_thread *t)
{
	of(t)->woke = true;
}

bool fx_turn_woke(struct fx_thread *t)
{
	bool woke = of(t)->woke;

	of(t)->woke = false;
	return woke;
}

bool fx_turn_first(void)
{
	return !chooses;
}

bool fx_turn_new(struct fx_thread *child)
{
	unsigned i = fx_turns_made;

	if (!chooses)
		begin_to_choose();
	/* A new number as long as there is one; then those of threads that have ended. */
	for (unsigned k = 0; i == FX_SCHEDULE_THREADS && k < FX_SCHEDULE_THREADS; k++)
		if (fx_turn[k].state == FX_TURN_FREE)
			i = k;
	if (i == FX_SCHEDULE_THREADS) {
		fx_order_unforeseen(FX_UNFORESEEN_THREADS);
		return false;
	}
	fx_turns_made += i == fx_turns_made;
	fx_turn[i] = (struct fx_turn){.state = FX_TURN_MADE, .t = child};
	child->turn = (int32_t)i;
	return true;
}

void fx_turn_made(struct fx_thread *child, uint32_t tid)
{
	struct fx_turn *r = of(child);

	fx_policy_thread(&fx_turn_policy, (uint16_t)fx_turn_number(r),
			 fx_story_place(fx_turn[holder].t));
	fx_order->threads++;
	fx_order->tid[fx_turn_number(r)] = tid;
	fx_order_note_maps();
	if (__builtin_expect(fx_uses_wanted, 0))
		fx_uses_made(holder, child);
	r->state = FX_TURN_READY;
}

void fx_turn_not_made(struct fx_thread *child)
{
	of(child)->state = FX_TURN_FREE;
}

void fx_turn_begin(struct fx_thread *t)
{
	await_turn(of(t));
}

void fx_turn_end(struct fx_thread *t)
{
	struct fx_turn *self = of(t), *to;

	self->state = FX_TURN_FREE;
	if (__builtin_expect(fx_uses_wanted, 0))
		fx_uses_ended(fx_turn_number(self));
	to = next(self, false, FX_EVENT_ENDS, 0, 0, false);
	give(to);
}

void fx_turn_after_fork(struct fx_thread *t)
{
	memset(fx_turn, 0, sizeof(fx_turn[0]) * fx_turns_made);
	fx_order_own(fx_order->seed + 1, fx_order);
	begin(t, fx_order->seed);
	fx_snapshot_after_fork();
}

void fx_turn_stop_here(const struct fx_thread *t)
{
	if (!fx_order || !fx_order->stop || t->own_process)
		return;
	fx_order->stop = 0; /* a hang is an end, too */
	fx_host(__NR_kill, t->pid, SIGSTOP);
}

void fx_turn_exit(struct fx_thread *t)
{
	fx_turn_stop_here(t);
	if (fx_order->end == FX_SCHEDULE_RUNS)
		fx_order->end = FX_SCHEDULE_ENDED;
	if (!fx_config.quiet && fx_config.root_pid == t->pid)
		fx_order_say_end();
}

bool fx_turn_overdue(struct fx_thread *t)
{
	return __atomic_exchange_n(&overdue, 0, __ATOMIC_RELAXED) && !t->own_process &&
	       fx_turn_number(of(t)) == holder;
}

void fx_turn_stop(struct fx_thread *t, uintptr_t ip)
{
	fx_order_unforeseen(FX_UNFORESEEN_WATCHDOG);
	fx_turn_point(t, FX_EVENT_WATCHDOG, ip, 0, true);
}
