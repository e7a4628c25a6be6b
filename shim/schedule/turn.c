/* SPDX-License-Identifier: MIT */
#include "shim/schedule/turn.h"

#include <asm/mman.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/wait.h>

#include "shim/audit/own_write.h"
#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/hang/stop.h"
#include "shim/hang/tell.h"
#include "shim/memory/own_ranges.h"
#include "shim/patch/point.h"
#include "shim/process/nudge.h"
#include "shim/process/process.h"
#include "shim/schedule/outside.h"
#include "shim/schedule/policy.h"
#include "shim/schedule/story.h"
#include "shim/signals/fatal.h"
#include "shim/threads/thread.h"

#define TICK_NS	     1000UL	/* an event takes */
#define LATE_NS	     10000000UL /* as late as a thread may be on a machine that has much to do */
#define OVERDUE_NS   20000000UL /* of processor time without an event */
#define SHORTEST_NS  100000UL	/* between two looks at what is outside */
#define LONGEST_NS   10000000UL
#define MOST_AWAITED 64
#define LOOK	     (WNOHANG | WNOWAIT)
/* Events for which those who can go on keep what comes from outside waiting. */
#define LONGEST_BUSY 1000
#define FIXED_PLACE  0x60000000UL /* below fxbox, so that the program finds its own places free */
#define SECOND_NS    1000000000UL

enum state { FREE, MADE, READY, ASLEEP };

struct turn {
	uint32_t go; /* the futex that it waits on for the baton: 1 if it has been given */
	uint8_t state;
	bool woke;  /* has done something that lets others go on */
	bool tells; /* that nobody can go on */
	bool tries; /* somebody has sent a signal since it fell asleep */
	int result;
	struct fx_thread *t;
	const struct fx_nap *nap;
};

/* enum fx_unforeseen, by its bits. */
static const char *const reasons[] = {
	"outside", "processes", "watchdog", "addresses", "timers",
	"shared",  "new code",	"full",	    "GS",	 "threads",
};

static struct fx_schedule own_order; /* of a forked child */
static struct fx_schedule *order;
static struct fx_decision *decisions;
static struct fx_step *steps;
static char *maps;
/* As they were before the program could write there. */
static uint64_t decisions_room, steps_room, maps_room;
static struct fx_policy policy;
static struct turn turn[FX_SCHEDULE_THREADS];
static unsigned made; /* numbers that were ever given, up to the most there are */
static uint32_t holder;
static uint64_t now_ns, looks;
static bool came;	   /* something from outside, in the last look */
static uint64_t looked_at; /* the event at which others than our threads were last looked at */
static uint64_t random_state;
static uint32_t overdue; /* the thread that has the baton was nudged */

static struct turn *of(const struct fx_thread *t)
{
	return &turn[t->turn];
}

static unsigned number(const struct turn *r)
{
	return (unsigned)(r - turn);
}

/* The order's lists lie in the file; who started us may have written anything. */
static void *list(uint64_t at, uint64_t count, size_t size)
{
	if (!at || at % 8 || at < sizeof(struct fx_schedule) || at > order->size ||
	    count > (order->size - at) / size)
		return NULL;
	return (char *)order + at;
}

static void map_order(void)
{
	uint64_t head[2];
	long r = fx_host(__NR_pread64, fx_fd(FX_FD_SCHEDULE), head, sizeof(head), 0);

	if (r != (long)sizeof(head) || head[0] != FX_SCHEDULE_MAGIC ||
	    head[1] < sizeof(struct fx_schedule) || head[1] > FX_SCHEDULE_LARGEST)
		fx_process_fail("the file of the schedule is not one", -EINVAL);
	r = fx_host(__NR_mmap, FIXED_PLACE, head[1], PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED_NOREPLACE, fx_fd(FX_FD_SCHEDULE), 0);
	if (r != (long)FIXED_PLACE)
		fx_process_fail("the file of the schedule cannot be mapped", r < 0 ? r : -EEXIST);
	fx_own_add(FIXED_PLACE, FIXED_PLACE + ((head[1] + 4095) & ~4095UL));
	order = (struct fx_schedule *)FIXED_PLACE;
	order->size = head[1];
}

static void begin(struct fx_thread *t)
{
	random_state = order->seed ^ 0x5bf03635f0a31e29ULL;
	made = 1;
	t->turn = 0;
	turn[0] = (struct turn){.state = READY, .t = t};
	holder = 0;
	fx_policy_thread(&policy, 0);
	order->threads = 1;
	order->tid[0] = t->host_tid;
}

void fx_turn_init(struct fx_thread *t)
{
	const struct fx_decision *follow;

	if (fx_config.root_pid != t->pid) {
		own_order.seed = fx_config.seed;
		order = &own_order;
		fx_policy_init(&policy, order, NULL, 0);
	} else {
		map_order();
		decisions = list(order->decisions_at, order->decisions_room, sizeof(*decisions));
		steps = list(order->steps_at, order->steps_room, sizeof(*steps));
		maps = list(order->maps_at, order->maps_room, 1);
		decisions_room = order->decisions_room;
		steps_room = order->steps_room;
		maps_room = order->maps_room;
		follow = list(order->follow_at, order->follow, sizeof(*follow));
		fx_policy_init(&policy, order, follow, follow ? order->follow : 0);
		policy.followed = order->followed;
		fx_points_share(list(order->cache_at, order->cache_room, 1), order->cache_room);
	}
	fx_outside_init();
	begin(t);
	looked_at = order->events;
}

void fx_turn_unforeseen(uint32_t why)
{
	order->unforeseen |= why;
}

void fx_turn_process_made(void)
{
	fx_outside_process_made();
	fx_turn_unforeseen(FX_UNFORESEEN_PROCESSES);
}

void fx_turn_timer_set(void)
{
	fx_outside_timer_set();
	fx_turn_unforeseen(FX_UNFORESEEN_TIMERS);
}

uint64_t fx_turn_random(void)
{
	return fx_random_next(&random_state);
}

static bool is_clock(long nr)
{
	return nr == __NR_clock_gettime || nr == __NR_gettimeofday || nr == __NR_time;
}

/* Who does nothing but look at the clock waits for it. */
uint64_t fx_turn_now(bool look)
{
	if (look) {
		uint64_t step = TICK_NS << (looks < 160 ? looks / 16 : 10);

		looks++;
		now_ns += step - TICK_NS;
	}
	return now_ns;
}

/* SplitMix64's last steps, of all that was before and this. */
static void hash_in(uint64_t value)
{
	uint64_t z = order->hash ^ value;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	order->hash = z ^ (z >> 31);
}

static void note_maps(void)
{
	if (maps)
		order->maps = fx_story_maps(maps, maps_room);
}

static void note_step(struct turn *r, enum fx_event_kind kind, uintptr_t ip, uint64_t what)
{
	struct fx_step *s;

	if (!steps || !steps_room)
		return;
	s = &steps[order->steps % steps_room];
	*s = (struct fx_step){.event = order->events,
			      .ip = ip,
			      .what = what,
			      .thread = (uint16_t)number(r),
			      .kind = (uint8_t)kind,
			      .caller = maps ? fx_story_caller(r->t, ip) : 0};
	order->steps++;
}

static void note_switch(unsigned from, unsigned to, enum fx_decision_why why)
{
	uint64_t at = order->decisions;

	order->switches++;
	if (!decisions)
		return;
	if (at >= decisions_room) {
		fx_turn_unforeseen(FX_UNFORESEEN_FULL);
		return;
	}
	order->decisions = at + 1;
	decisions[at] = (struct fx_decision){.event = order->events,
					     .from = (uint16_t)from,
					     .to = (uint16_t)to,
					     .why = (uint8_t)why};
}

static uint64_t cpu_ns(const struct turn *r)
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
	const struct turn *r = &turn[__atomic_load_n(&holder, __ATOMIC_RELAXED)];
	uint64_t e = __atomic_load_n(&order->events, __ATOMIC_RELAXED), ns = cpu_ns(r);

	if (e != *event) {
		*event = e;
		*since = ns;
	} else if (ns - *since > OVERDUE_NS &&
		   !__atomic_exchange_n(&overdue, 1, __ATOMIC_RELAXED)) {
		fx_nudge(r->t);
	}
}

static void await_turn(struct turn *r)
{
	const struct {
		int64_t sec, nsec;
	} moment = {0, OVERDUE_NS};
	uint64_t event = ~0ULL, since = 0;

	while (!__atomic_exchange_n(&r->go, 0, __ATOMIC_ACQUIRE))
		if (fx_host(__NR_futex, &r->go, FUTEX_WAIT_PRIVATE, 0, &moment) == -ETIMEDOUT)
			watch(&event, &since);
}

static void give(struct turn *to)
{
	__atomic_store_n(&holder, number(to), __ATOMIC_RELAXED);
	__atomic_store_n(&to->go, 1, __ATOMIC_RELEASE);
	fx_host(__NR_futex, &to->go, FUTEX_WAKE_PRIVATE, 1);
}

static void end_nap(struct turn *r, int result)
{
	r->result = result;
	r->state = READY;
}

static bool child_is_there(const struct fx_nap *nap)
{
	char info[128] = {0};

	return fx_host(__NR_waitid, nap->idtype, nap->id, info, nap->options | LOOK, 0) != 0 ||
	       ((const int *)info)[0] != 0;
}

/* Something that is not foreseen, unless it comes when nobody else can go on. */
static void end_by_outside(struct turn *r)
{
	came = true;
	end_nap(r, 0);
}

/* Whether what it sleeps for is there. outside: also what other processes do. */
static void look_at(struct turn *r, bool outside)
{
	const struct fx_nap *nap = r->nap;
	uint32_t pending = __atomic_load_n(&r->t->pending, __ATOMIC_ACQUIRE);

	if (pending && !nap->uninterrupted)
		end_nap(r, -EINTR);
	else if (nap->timed && nap->until_ns <= now_ns)
		end_nap(r, -ETIMEDOUT);
	else if (nap->fd_count && (outside || !(nap->from_outside || fx_outside_processes())) &&
		 fx_host(__NR_poll, nap->fds, nap->fd_count, 0) != 0)
		nap->from_outside ? end_by_outside(r) : end_nap(r, 0);
	else if (nap->child && outside && child_is_there(nap))
		end_by_outside(r);
	else if (nap->tries && r->tries)
		end_nap(r, 0);
}

/* The nearest moment that somebody sleeps for; ~0: none does. */
static uint64_t nearest(void)
{
	uint64_t at = ~0ULL;

	for (unsigned i = 0; i < made; i++)
		if (turn[i].state == ASLEEP && turn[i].nap->timed && turn[i].nap->until_ns < at)
			at = turn[i].nap->until_ns;
	return at;
}

/* How much later than it wanted a sleeper may be, or others than they are. */
static uint64_t lateness(void)
{
	return policy.late || policy.strategy == FX_STRATEGY_REPLAY ? LATE_NS : 0;
}

/* Whether a sleeper is one of those that could go on; from: now, or the nearest such moment. */
static bool may_be_woken(const struct turn *r, uint64_t from)
{
	return r->state == ASLEEP && r->nap->timed && r->nap->until_ns - from <= lateness();
}

/* All who could go on, in the order of their numbers; how many of them are awake. */
static unsigned collect(struct fx_candidate *c, bool outside, unsigned *awake)
{
	unsigned n = 0;
	uint64_t from;

	*awake = 0;
	for (unsigned i = 0; i < made; i++) {
		if (turn[i].state == ASLEEP)
			look_at(&turn[i], outside);
		*awake += turn[i].state == READY;
	}
	from = *awake ? now_ns : nearest();
	for (unsigned i = 0; i < made; i++) {
		bool asleep = (!*awake || lateness()) && may_be_woken(&turn[i], from);

		if (turn[i].state == READY || asleep)
			c[n++] = (struct fx_candidate){.thread = (uint16_t)i, .asleep = asleep};
	}
	return n;
}

/* Who waits for his turn, or for a descriptor, is stopped for that. */
static void tell(struct fx_thread *t, enum fx_dump_reason reason)
{
	note_maps();
	if (!order->silent && fx_stop_all(t, NULL))
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

/* Waits in the host's time for what is not ours to foresee. */
static void await_outside(uint64_t ns)
{
	const uint64_t time[2] = {0, ns};
	struct fx_pollfd fds[MOST_AWAITED];
	unsigned n = 0;

	for (unsigned i = 0; i < made; i++)
		for (unsigned k = 0;
		     turn[i].state == ASLEEP && k < turn[i].nap->fd_count && n < MOST_AWAITED; k++)
			fds[n++] = turn[i].nap->fds[k];
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
	for (unsigned i = 0; i < made; i++)
		if (turn[i].state == ASLEEP &&
		    (fx_outside_reaches(turn[i].nap->fds, turn[i].nap->fd_count) ||
		     (order == &own_order && waits_for_signal(turn[i].nap))))
			return true;
	return false;
}

/* One who sleeps, and has the turn for it: whoever has come here may be at its end. */
static void let_tell(struct turn *self)
{
	struct turn *r = self;

	if (r->state != ASLEEP)
		for (r = turn; r->state != ASLEEP;)
			r++;
	r->tells = true;
	end_nap(r, 0);
}

/* Those who could go on, at least one: who is ready, who others have made ready, whose time comes.
 */
static unsigned candidates(struct turn *self, struct fx_candidate *c)
{
	bool impatient = order->events - looked_at >= LONGEST_BUSY;
	unsigned awake, n = collect(c, impatient, &awake);
	uint64_t wait = SHORTEST_NS;

	if (impatient || !awake)
		looked_at = order->events;
	if (impatient && came)
		fx_turn_unforeseen(FX_UNFORESEEN_OUTSIDE);
	came = false;
	if (awake)
		return n;
	if (n && !fx_outside_processes())
		return n;
	if (n) {
		await_outside(SHORTEST_NS);
		return collect(c, true, &awake);
	}
	while (!(n = collect(c, true, &awake))) {
		if (order->end != FX_SCHEDULE_HUNG && !others_could()) {
			order->end = FX_SCHEDULE_HUNG;
			let_tell(self);
			continue;
		}
		if (order->end != FX_SCHEDULE_HUNG)
			fx_turn_unforeseen(FX_UNFORESEEN_OUTSIDE);
		await_outside(wait);
		wait = wait < LONGEST_NS ? 2 * wait : wait;
	}
	return n;
}

/* More events than the order allows: it goes round and round. */
static void exhaust(struct fx_thread *t)
{
	order->end = FX_SCHEDULE_LIVELOCK;
	order->budget = 0;
	tell(t, FX_DUMP_ASKED);
	fx_signal_doom(t, SIGABRT);
}

static void event(struct turn *r, enum fx_event_kind kind, uintptr_t ip, uint64_t what)
{
	order->events++;
	now_ns += TICK_NS;
	order->now_ns = now_ns;
	if (kind != FX_EVENT_CALL || !is_clock((long)what))
		looks = 0;
	note_step(r, kind, ip, what);
	if (order->budget && order->events > order->budget)
		exhaust(r->t);
}

/* Who goes on after this event; the choice is noted. */
static struct turn *next(struct turn *self, bool can, enum fx_event_kind kind, uintptr_t ip,
			 uint64_t what, bool yields)
{
	static struct fx_candidate list[FX_SCHEDULE_THREADS];
	struct fx_choice choice = {.self = can ? (int)number(self) : -1,
				   .from = (uint16_t)number(self),
				   .kind = kind,
				   .yields = yields,
				   .candidate = list};
	enum fx_decision_why why;
	const struct fx_candidate *c;
	struct turn *to;

	event(self, kind, ip, what);
	if (self->t->pending & FX_PENDING_DOOMED) {
		/* It has ended its process. */
		end_nap(self, -EINTR);
		return self;
	}
	choice.count = candidates(self, list);
	choice.event = order->events;
	c = &list[fx_policy_choose(&policy, &choice, &why)];
	to = &turn[c->thread];
	if (c->asleep) {
		if (to->nap->until_ns > now_ns)
			now_ns = to->nap->until_ns;
		end_nap(to, -ETIMEDOUT);
		why = FX_WHY_TIME;
	}
	if (policy.strayed_at && !order->strayed_at) {
		order->strayed_at = policy.strayed_at;
		order->end = FX_SCHEDULE_STRAYED;
	}
	order->followed = policy.followed;
	if (to != self)
		note_switch(number(self), number(to), why);
	/* Of addresses what does not depend on where the host has put a file. */
	hash_in((uint64_t)number(self) << 48 ^ (uint64_t)kind << 40 ^ (ip & 0xfff) << 16 ^
		number(to));
	hash_in(kind == FX_EVENT_ATOMIC || kind == FX_EVENT_LOAD || kind == FX_EVENT_STORE
			? what & 0xfff
			: what);
	return to;
}

void fx_turn_point(struct fx_thread *t, enum fx_event_kind kind, uintptr_t ip, uint64_t what,
		   bool yields)
{
	struct turn *self = of(t), *to;

	if (t->own_process)
		return;
	to = next(self, true, kind, ip, what, yields);
	if (to == self)
		return;
	give(to);
	await_turn(self);
}

int fx_turn_sleep(struct fx_thread *t, const struct fx_nap *nap)
{
	struct turn *self = of(t), *to;
	uintptr_t ip = t->call ? t->call->site : 0;

	self->nap = nap;
	self->tries = false;
	do {
		if (self->tells)
			hang(t);
		self->tells = false;
		self->result = 0;
		self->state = ASLEEP;
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
	for (unsigned i = 0; i < made; i++) {
		struct turn *r = &turn[i];

		if (r->state == ASLEEP && r->nap->word == word) {
			end_nap(r, 0);
			turn[holder].woke = true;
			return true;
		}
	}
	return false;
}

bool fx_turn_alone(const struct fx_thread *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < made; i++)
		n += turn[i].state != FREE;
	return n == 1 && of(t)->state == READY;
}

void fx_turn_try_again(void)
{
	for (unsigned i = 0; i < made; i++)
		turn[i].tries = true;
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

bool fx_turn_new(struct fx_thread *child)
{
	unsigned i = made;

	/* A new number as long as there is one; then those of threads that have ended. */
	for (unsigned k = 0; i == FX_SCHEDULE_THREADS && k < FX_SCHEDULE_THREADS; k++)
		if (turn[k].state == FREE)
			i = k;
	if (i == FX_SCHEDULE_THREADS) {
		fx_turn_unforeseen(FX_UNFORESEEN_THREADS);
		return false;
	}
	made += i == made;
	turn[i] = (struct turn){.state = MADE, .t = child};
	child->turn = (int32_t)i;
	return true;
}

void fx_turn_made(struct fx_thread *child, uint32_t tid)
{
	struct turn *r = of(child);

	fx_policy_thread(&policy, (uint16_t)number(r));
	order->threads++;
	order->tid[number(r)] = tid;
	note_maps();
	r->state = READY;
}

void fx_turn_not_made(struct fx_thread *child)
{
	of(child)->state = FREE;
}

void fx_turn_begin(struct fx_thread *t)
{
	await_turn(of(t));
}

void fx_turn_end(struct fx_thread *t)
{
	struct turn *self = of(t), *to;

	self->state = FREE;
	to = next(self, false, FX_EVENT_ENDS, 0, 0, false);
	give(to);
}

void fx_turn_after_fork(struct fx_thread *t)
{
	uint64_t seed = order->seed;

	memset(&own_order, 0, sizeof(own_order));
	own_order.seed = seed + 1;
	own_order.strategy = order->strategy;
	own_order.depth = order->depth;
	own_order.points = order->points;
	order = &own_order;
	decisions = NULL;
	steps = NULL;
	maps = NULL;
	memset(turn, 0, sizeof(turn[0]) * made);
	if (own_order.strategy == FX_STRATEGY_REPLAY)
		own_order.strategy = FX_STRATEGY_MIX;
	fx_policy_init(&policy, order, NULL, 0);
	fx_outside_init();
	begin(t);
	looked_at = 0;
}

/* For who compares two runs. */
static void say_end(void)
{
	char line[200];
	struct fx_text x;

	fx_text_init(&x, line, sizeof(line));
	fx_text_put(&x, "fxbox: seed ");
	fx_text_udec(&x, order->seed);
	fx_text_put(&x, ": ");
	fx_text_udec(&x, order->events);
	fx_text_put(&x, " events, ");
	fx_text_udec(&x, order->switches);
	fx_text_put(&x, order->switches == 1 ? " switch, " : " switches, ");
	fx_text_put(&x, "hash ");
	fx_text_hex(&x, order->hash);
	if (order->unforeseen)
		fx_text_put(&x, "; not by the seed alone: ");
	for (unsigned i = 0, n = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (order->unforeseen & (1U << i)) {
			fx_text_put(&x, n++ ? ", " : "");
			fx_text_put_string(&x, reasons[i]);
		}
	x.buf[x.len++] = '\n';
	fx_own_write(fx_fd(FX_FD_REPORT), x.buf, x.len);
}

void fx_turn_stop_here(const struct fx_thread *t)
{
	if (!order || !order->stop || t->own_process)
		return;
	order->stop = 0; /* a hang is an end, too */
	fx_host(__NR_kill, t->pid, SIGSTOP);
}

void fx_turn_exit(struct fx_thread *t)
{
	fx_turn_stop_here(t);
	if (order->end == FX_SCHEDULE_RUNS)
		order->end = FX_SCHEDULE_ENDED;
	if (!fx_config.quiet && fx_config.root_pid == t->pid)
		say_end();
}

bool fx_turn_overdue(struct fx_thread *t)
{
	return __atomic_exchange_n(&overdue, 0, __ATOMIC_RELAXED) && !t->own_process &&
	       number(of(t)) == holder;
}

void fx_turn_stop(struct fx_thread *t, uintptr_t ip)
{
	fx_turn_unforeseen(FX_UNFORESEEN_WATCHDOG);
	fx_turn_point(t, FX_EVENT_WATCHDOG, ip, 0, true);
}
