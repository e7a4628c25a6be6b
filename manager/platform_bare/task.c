/* SPDX-License-Identifier: MIT */
/*
 * Each core has a stack of its own, on which it looks for a task that can run (fx_bare_core), and
 * sleeps if there is none. A task that stops goes back there:
 *
 *	core's stack                            task's stack
 *	lock, take the first that can run
 *	fx_bare_switch -----------------------> unlock, go on
 *	                                        ...
 *	                                        lock, enter a list
 *	unlock <------------------------------- fx_bare_switch
 *
 * The lock is held across both switches, so nobody sees a task in a list before its registers are
 * saved, or as ended while it still stands on its stack.
 *
 * No kick is lost: a core says that it is idle, under the lock, before it sleeps, and a kick that
 * comes in between ends that sleep at once (cpu.h).
 */
#include "manager/platform_bare/task.h"

#include "manager/errno.h"
#include "manager/platform_bare/cpu.h"

#define NSEC	  1000000000ULL

#define SLOTS_LOG 6

struct queue {
	struct fx_bare_task *first;
	struct fx_bare_task *last;
};

static struct core {
	void *stack; /* where it left off, while a task runs */
	struct fx_bare_task *current;
	bool idle;
} cores[FX_BARE_CORES_MAX];

static uint32_t lock;
static struct queue can_run;
static struct queue slots[1 << SLOTS_LOG]; /* who sleeps, by the address slept on */
static struct fx_bare_task *timed;	   /* of these, who has a deadline */
static struct fx_bare_task *all;

void fx_bare_lock(void)
{
	/* Pairs with the store in fx_bare_unlock. */
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE) != 0)
		while (__atomic_load_n(&lock, __ATOMIC_RELAXED) != 0)
			fx_bare_cpu_relax();
}

void fx_bare_unlock(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static void append(struct queue *q, struct fx_bare_task *t)
{
	t->next = NULL;
	if (q->first)
		q->last->next = t;
	else
		q->first = t;
	q->last = t;
}

/* before: the one in front of t, or NULL. */
static void take(struct queue *q, struct fx_bare_task *before, struct fx_bare_task *t)
{
	if (before)
		before->next = t->next;
	else
		q->first = t->next;
	if (q->last == t)
		q->last = before;
}

static struct queue *slot_of(const uint32_t *word)
{
	uint64_t hash = (uint64_t)(uintptr_t)word * 0x9e3779b97f4a7c15ULL;

	return &slots[hash >> (64 - SLOTS_LOG)];
}

static void kick_one(void)
{
	for (unsigned i = 0; i < FX_BARE_CORES_MAX; i++) {
		if (!cores[i].idle)
			continue;
		/* Of two wakes the second shall wake another core. */
		cores[i].idle = false;
		fx_bare_cpu_kick(i);
		return;
	}
}

void fx_bare_kick_all(void)
{
	for (unsigned i = 0; i < FX_BARE_CORES_MAX; i++)
		if (cores[i].idle)
			fx_bare_cpu_kick(i);
}

static void make_runnable(struct fx_bare_task *t)
{
	append(&can_run, t);
	kick_one();
}

static void forget_deadline(struct fx_bare_task *t)
{
	struct fx_bare_task **link = &timed;

	if (!t->timed)
		return;
	while (*link != t)
		link = &(*link)->next_timed;
	*link = t->next_timed;
	t->timed = false;
}

static void end_sleep(struct queue *slot, struct fx_bare_task *before, struct fx_bare_task *t,
		      int result)
{
	take(slot, before, t);
	forget_deadline(t);
	t->result = result;
	make_runnable(t);
}

void fx_bare_wake(const uint32_t *word)
{
	struct queue *slot = slot_of(word);
	struct fx_bare_task *before = NULL, *t = slot->first;

	while (t && t->word != word) {
		before = t;
		t = t->next;
	}
	if (t)
		end_sleep(slot, before, t, 0);
}

static bool has_passed(const struct fx_deadline *d)
{
	struct fx_deadline now;

	fx_bare_now(d->clock, &now);
	return now.sec > d->sec || (now.sec == d->sec && now.nsec >= d->nsec);
}

static void end_timed_out(void)
{
	struct fx_bare_task *t, *next;

	for (t = timed; t; t = next) {
		struct queue *slot = slot_of(t->word);
		struct fx_bare_task *before = NULL;

		next = t->next_timed;
		if (!has_passed(&t->deadline))
			continue;
		for (struct fx_bare_task *i = slot->first; i != t; i = i->next)
			before = i;
		end_sleep(slot, before, t, -FX_ETIMEDOUT);
	}
}

/* The counter when d will have passed, or an hour from now. */
static uint64_t ticks_at(const struct fx_deadline *d)
{
	const uint64_t hz = fx_bare_cpu_hz();
	struct fx_deadline now;
	int64_t sec, nsec;

	fx_bare_now(d->clock, &now);
	sec = d->sec - now.sec;
	nsec = d->nsec - now.nsec;
	if (sec > 3600)
		sec = 3600;
	nsec += sec * (int64_t)NSEC;
	if (nsec < 0)
		nsec = 0;
	return fx_bare_cpu_ticks() + (uint64_t)nsec / NSEC * hz +
	       ((uint64_t)nsec % NSEC * hz + NSEC - 1) / NSEC;
}

static uint64_t next_deadline(void)
{
	uint64_t first = FX_BARE_NEVER;

	for (const struct fx_bare_task *t = timed; t; t = t->next_timed) {
		uint64_t at = ticks_at(&t->deadline);

		if (at < first)
			first = at;
	}
	return first;
}

static struct core *own_core(void)
{
	return &cores[fx_bare_cpu_self()];
}

struct fx_bare_task *fx_bare_self(void)
{
	return own_core()->current;
}

/* From a task that has entered a list, or has ended. */
static void leave(struct fx_bare_task *t)
{
	fx_bare_switch(&t->stack, own_core()->stack);
}

int fx_bare_sleep(const uint32_t *word, const struct fx_deadline *deadline)
{
	struct fx_bare_task *t = fx_bare_self();

	if (deadline && has_passed(deadline))
		return -FX_ETIMEDOUT;
	t->word = word;
	append(slot_of(word), t);
	t->timed = deadline != NULL;
	if (deadline) {
		t->deadline = *deadline;
		t->next_timed = timed;
		timed = t;
	}
	leave(t);
	return t->result;
}

void fx_bare_yield(void)
{
	struct fx_bare_task *t = fx_bare_self();

	fx_bare_lock();
	append(&can_run, t);
	leave(t);
	fx_bare_unlock();
}

static void forget_task(const struct fx_bare_task *t)
{
	struct fx_bare_task **link = &all;

	while (*link != t)
		link = &(*link)->next_task;
	*link = t->next_task;
}

/* The first that runs on a task's stack, with the lock held. */
static void task_entry(void)
{
	struct fx_bare_task *t = fx_bare_self();

	fx_bare_unlock();
	t->run(t->arg);
	fx_bare_lock();
	forget_task(t);
	t->ended = 1;
	fx_bare_wake(&t->ended);
	leave(t);
	__builtin_unreachable();
}

void fx_bare_start(struct fx_bare_task *task, void *stack, size_t bytes, void (*run)(void *),
		   void *arg, uint32_t tid)
{
	task->stack = fx_bare_stack((char *)stack + bytes, task_entry);
	task->timed = false;
	task->ended = 0;
	task->tid = tid;
	task->priority = 120;
	task->run = run;
	task->arg = arg;
	fx_bare_lock();
	task->next_task = all;
	all = task;
	make_runnable(task);
	fx_bare_unlock();
}

void fx_bare_join(struct fx_bare_task *task)
{
	fx_bare_lock();
	while (!task->ended)
		fx_bare_sleep(&task->ended, NULL);
	fx_bare_unlock();
}

/* Nothing can run. Called with the lock held, returns without. */
static void idle(struct core *c)
{
	uint64_t until = next_deadline();

	c->idle = true;
	fx_bare_unlock();
	fx_bare_cpu_idle(until);
	fx_bare_lock();
	c->idle = false;
	fx_bare_unlock();
}

void fx_bare_core(unsigned core)
{
	struct core *c = &cores[core];

	fx_bare_cpu_init(core);
	for (;;) {
		struct fx_bare_task *t;

		fx_bare_lock();
		end_timed_out();
		t = can_run.first;
		if (!t) {
			idle(c);
			continue;
		}
		take(&can_run, NULL, t);
		c->current = t;
		fx_bare_switch(&c->stack, t->stack);
		c->current = NULL;
		fx_bare_unlock();
	}
}

static const struct fx_bare_task *find(uint32_t tid)
{
	const struct fx_bare_task *t = all;

	while (t && t->tid != tid)
		t = t->next_task;
	return t;
}

static bool alive(uint32_t tid)
{
	bool found;

	fx_bare_lock();
	found = find(tid) != NULL;
	fx_bare_unlock();
	return found;
}

static int priority(uint32_t tid)
{
	const struct fx_bare_task *t;
	int result;

	fx_bare_lock();
	t = tid ? find(tid) : fx_bare_self();
	result = t ? t->priority : 120;
	fx_bare_unlock();
	return result;
}

const struct fx_thread_ops fx_threads_bare = {
	.alive = alive,
	.priority = priority,
};
