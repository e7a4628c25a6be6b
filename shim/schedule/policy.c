/* SPDX-License-Identifier: MIT */
#include "shim/schedule/policy.h"

#include "shim/base/mem.h"
#include "shim/base/table.h"

/* What is in a program's way that spins without saying so. */
#define LONGEST_ALONE 3000
#define RARITIES      5	  /* of a walk: 1, 1/2, 1/4, 1/8, 1/16 */
#define LIKELY	      200 /* events, where nobody has said */
/*
 * More than any lock spins before it sleeps, and so few that who spins for ever costs less than
 * what a run may take.
 */
#define PATIENCE 2000
/* The priorities of threads lie above all those that are given for a change. */
#define BASE_PRIORITY (1U << 31)

/* Steele, Lea and Flood's SplitMix64. */
uint64_t fx_random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static uint64_t below(struct fx_policy *p, uint64_t n)
{
	return (uint64_t)((unsigned __int128)fx_random_next(&p->state) * n >> 64);
}

static void draw_changes(struct fx_policy *p, unsigned depth, uint64_t likely)
{
	if (depth > FX_PCT_DEEPEST)
		depth = FX_PCT_DEEPEST;
	for (unsigned i = 1; i < depth; i++)
		p->change[p->changes++] = 1 + below(p, likely ? likely : LIKELY);
}

/*
 * What some of the seeds of a mix do besides. Most events are of the beginning and end of threads:
 * of the switches there few change anything. And what needs several threads at once is met seldom
 * while their maker gives way to each. What needs one asleep who spins before he sleeps is never
 * met while each turn of that is a turn of somebody else.
 */
static void draw_mixture(struct fx_policy *p, const struct fx_schedule *order)
{
	p->selects = below(p, 2) == 0 && order->meets_known;
	p->gathers = below(p, 3) == 0;
	p->by_place = below(p, 2) == 0;
	p->until = 1 + below(p, order->likely ? order->likely : LIKELY);
	p->patience = below(p, 4) == 0 ? PATIENCE : 0;
}

void fx_policy_init(struct fx_policy *p, const struct fx_schedule *order,
		    const struct fx_decision *follow, uint64_t count)
{
	memset(p, 0, sizeof(*p));
	p->state = order->seed;
	p->strategy = order->strategy;
	p->lowest = BASE_PRIORITY - 1;
	p->own_before = order->events;
	p->follow = follow;
	p->follow_count = count;
	p->followed = order->followed; /* by the programs before */
	p->loose = order->loose;
	if (p->strategy == FX_STRATEGY_MIX)
		p->strategy = below(p, 3) == 2 ? FX_STRATEGY_PCT : FX_STRATEGY_WALK;
	if (p->strategy == FX_STRATEGY_REPLAY)
		return;
	p->rarity = (uint8_t)below(p, RARITIES);
	p->late = below(p, 4) == 0;
	if (order->strategy == FX_STRATEGY_MIX)
		draw_mixture(p, order);
	if (p->strategy == FX_STRATEGY_PCT)
		draw_changes(p, order->depth, p->selects ? order->likely_met : order->likely);
}

/* The first of the list that is of the thread, from its `own` on. */
static uint64_t first_of(const struct fx_policy *p, uint16_t thread, uint64_t own)
{
	uint64_t low = 0, high = p->follow_count;

	while (low < high) {
		const uint64_t mid = low + (high - low) / 2;
		const struct fx_decision *d = &p->follow[mid];

		if (d->from < thread || (d->from == thread && d->own < own))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void fx_policy_thread(struct fx_policy *p, uint16_t thread, uint32_t place)
{
	p->place[thread] = place;
	p->priority[thread] = BASE_PRIORITY + (uint32_t)below(p, BASE_PRIORITY);
	if (p->own[thread] < p->own_before)
		p->own[thread] = p->own_before;
	p->at[thread] = first_of(p, thread, p->own[thread] + 1);
	p->held[thread] = p->gathers && thread != 0;
	p->holds |= p->held[thread];
}

static int index_of(const struct fx_choice *c, int thread)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->candidate[i].thread == thread)
			return (int)i;
	return -1;
}

static unsigned awake(const struct fx_choice *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->count; i++)
		n += !c->candidate[i].asleep;
	return n;
}

/* Whether it is one of those that another than self is chosen from. */
static bool is_other(const struct fx_choice *c, unsigned i, bool sleepers)
{
	return c->candidate[i].thread != c->self && (sleepers || !c->candidate[i].asleep);
}

/* Whether an earlier one of the others was made in the same place. */
static bool is_like_earlier(const struct fx_policy *p, const struct fx_choice *c, unsigned i,
			    bool sleepers)
{
	for (unsigned k = 0; k < i; k++)
		if (is_other(c, k, sleepers) &&
		    p->place[c->candidate[k].thread] == p->place[c->candidate[i].thread])
			return true;
	return false;
}

/* The n-th of the others; those of one place, if that is said. */
static unsigned nth_other(const struct fx_policy *p, const struct fx_choice *c, uint64_t n,
			  bool sleepers, const uint32_t *place)
{
	for (unsigned i = 0;; i = (i + 1) % c->count) {
		if (!is_other(c, i, sleepers) ||
		    (place && p->place[c->candidate[i].thread] != *place))
			continue;
		if (n-- == 0)
			return i;
	}
}

/* Of `others` others one; by_place: of one of the places. */
static unsigned draw_other(struct fx_policy *p, const struct fx_choice *c, unsigned others,
			   bool sleepers)
{
	unsigned places = 0, alike = 0, first = 0;
	uint64_t chosen;
	uint32_t place;

	if (!p->by_place)
		return nth_other(p, c, below(p, others), sleepers, NULL);
	for (unsigned i = 0; i < c->count; i++)
		places += is_other(c, i, sleepers) && !is_like_earlier(p, c, i, sleepers);
	chosen = below(p, places);
	while (!is_other(c, first, sleepers) || is_like_earlier(p, c, first, sleepers) ||
	       chosen-- != 0)
		first++;
	place = p->place[c->candidate[first].thread];
	for (unsigned i = first; i < c->count; i++)
		alike += is_other(c, i, sleepers) && p->place[c->candidate[i].thread] == place;
	return nth_other(p, c, below(p, alike), sleepers, &place);
}

/* Why whoever came here does not go on, though nobody has chosen another. */
static enum fx_decision_why must(const struct fx_choice *c)
{
	return c->kind == FX_EVENT_ENDS	      ? FX_WHY_ENDS
	       : c->kind == FX_EVENT_WATCHDOG ? FX_WHY_WATCHDOG
	       : c->self < 0		      ? FX_WHY_SLEEPS
					      : FX_WHY_YIELDS;
}

static unsigned walk(struct fx_policy *p, const struct fx_choice *c, enum fx_decision_why *why)
{
	int self = index_of(c, c->self);
	bool sleepers = (p->late && c->event >= p->late_from) || awake(c) == 0;
	unsigned others = (sleepers ? c->count : awake(c)) - (self >= 0);
	bool leave = self < 0 || p->gives_way || p->alone >= LONGEST_ALONE;

	/* Drawn in any case, so that the draws do not depend on what others sleep on. */
	uint64_t chance = fx_random_next(&p->state) >> (64 - RARITIES);

	*why = leave || c->yields ? must(c) : FX_WHY_CHANCE;
	if (!others || (!leave && p->selects && !c->meets) ||
	    (!leave && (chance & ((1U << p->rarity) - 1))))
		return (unsigned)self;
	return draw_other(p, c, others, sleepers);
}

static void change_priority(struct fx_policy *p, const struct fx_choice *c)
{
	bool lower = p->gives_way || p->alone >= LONGEST_ALONE;
	bool counts = p->counted && (!p->selects || c->meets);

	for (unsigned i = 0; i < p->changes && counts; i++)
		lower |= p->change[i] == (p->selects ? p->met : p->choices);
	if (lower)
		p->priority[c->from] = p->lowest--;
}

static unsigned pct(struct fx_policy *p, const struct fx_choice *c, enum fx_decision_why *why)
{
	bool sleepers = awake(c) == 0;
	int best = -1;

	change_priority(p, c);
	for (unsigned i = 0; i < c->count; i++) {
		if (c->candidate[i].asleep && !sleepers)
			continue;
		if (best < 0 ||
		    p->priority[c->candidate[i].thread] > p->priority[c->candidate[best].thread])
			best = (int)i;
	}
	*why = c->self < 0 || c->yields ? must(c) : FX_WHY_PRIORITY;
	return (unsigned)best;
}

/* The next in turn that is awake, but not whoever comes here; -1: there is none. */
static int next_awake(const struct fx_choice *c)
{
	unsigned after = 0;

	while (after < c->count && c->candidate[after].thread <= c->from)
		after++;
	for (unsigned i = 0; i < c->count; i++) {
		unsigned at = (after + i) % c->count;

		if (!c->candidate[at].asleep && c->candidate[at].thread != c->self)
			return (int)at;
	}
	return -1;
}

/* All sleep: whose time comes first. */
static unsigned earliest(const struct fx_choice *c)
{
	unsigned first = 0;

	for (unsigned i = 1; i < c->count; i++)
		if (c->candidate[i].until_ns < c->candidate[first].until_ns)
			first = i;
	return first;
}

/*
 * Nothing is said: the same one; or, if it has nothing to do or has had its way for long, the next
 * that has, in turn.
 */
static unsigned usual(const struct fx_policy *p, const struct fx_choice *c)
{
	const int self = index_of(c, c->self);
	int other;

	if (self >= 0 && !c->yields && p->alone < LONGEST_ALONE)
		return (unsigned)self;
	other = next_awake(c);
	return other >= 0 ? (unsigned)other : self >= 0 ? (unsigned)self : earliest(c);
}

static bool is_free(const struct fx_choice *c)
{
	return c->self >= 0 && !c->yields;
}

static bool was_free(const struct fx_decision *d)
{
	return d->why == FX_WHY_CHANCE || d->why == FX_WHY_PRIORITY || d->why == FX_WHY_REPLAY ||
	       (d->how & FX_HOW_FREE);
}

static void stray(struct fx_policy *p, const struct fx_choice *c, const struct fx_decision *d,
		  enum fx_stray how)
{
	if (p->strayed)
		return;
	p->strayed = how;
	p->strayed_at = c->event;
	p->strayed_from = *d;
}

static const struct fx_decision *of_thread(const struct fx_policy *p, uint16_t thread, uint64_t i)
{
	return i < p->follow_count && p->follow[i].from == thread ? &p->follow[i] : NULL;
}

/*
 * What the list says of this event of this thread; NULL: nothing. Loosely one that was made because
 * its thread could not go on waits until it cannot, as long as there is none behind it.
 */
static const struct fx_decision *said(struct fx_policy *p, const struct fx_choice *c)
{
	const uint64_t own = p->own[c->from];
	uint64_t *at = &p->at[c->from];
	const struct fx_decision *d = of_thread(p, c->from, *at), *behind;

	while (d && d->own < own) {
		behind = of_thread(p, c->from, *at + 1);
		if (p->loose && !was_free(d) && !(behind && behind->own <= own))
			break;
		++*at;
		d = behind;
	}
	if (!d || d->own > own || (p->loose && is_free(c) && !was_free(d)))
		return NULL;
	++*at;
	return d;
}

static unsigned replay(struct fx_policy *p, const struct fx_choice *c, enum fx_decision_why *why)
{
	const struct fx_decision *d = said(p, c);
	int to;

	*why = is_free(c) && p->alone < LONGEST_ALONE ? FX_WHY_REPLAY : must(c);
	if (!d)
		return usual(p, c);
	p->followed++;
	to = index_of(c, d->to);
	if (p->loose && to < 0 && is_free(c))
		to = next_awake(c);
	if (to < 0)
		stray(p, c, d, FX_STRAY_TO);
	else if (d->event != c->event)
		stray(p, c, d, FX_STRAY_EVENT);
	else if (was_free(d) != is_free(c) && d->why != FX_WHY_TIME && d->why != FX_WHY_YIELDS)
		stray(p, c, d, FX_STRAY_FREE);
	return to < 0 ? usual(p, c) : (unsigned)to;
}

/*
 * Without those that are held back: until nobody else can go on or wants to, or it has been long
 * enough. Whoever comes here is never held.
 */
static const struct fx_choice *without_held(struct fx_policy *p, const struct fx_choice *c,
					    struct fx_choice *less)
{
	static struct fx_candidate list[FX_SCHEDULE_THREADS] FX_TABLE;

	if (!p->holds)
		return c;
	if (c->self < 0 || p->gives_way || p->choices >= p->until) {
		p->gathers = p->gathers && p->choices < p->until;
		memset(p->held, 0, sizeof(p->held));
		p->holds = false;
		return c;
	}
	*less = *c;
	less->candidate = list;
	less->count = 0;
	for (unsigned i = 0; i < c->count; i++)
		if (!p->held[c->candidate[i].thread])
			list[less->count++] = c->candidate[i];
	return less;
}

static void count(struct fx_policy *p, const struct fx_choice *c)
{
	p->counted = c->count > 1;
	p->choices += p->counted;
	p->met += p->counted && c->meets;
}

static bool has_to_give_way(struct fx_policy *p, const struct fx_choice *c)
{
	if (!c->yields || c->kind == FX_EVENT_WATCHDOG || !p->patience)
		return c->yields;
	p->patience--;
	return false;
}

/*
 * A sleeper's time has come before others did what they could: on a machine that has much to do,
 * but who beats time must not be all that happens.
 */
static void note_late(struct fx_policy *p, const struct fx_choice *c, unsigned chosen)
{
	if (c->candidate[chosen].asleep && awake(c) > 0)
		p->late_from = c->event + ++p->late_times;
}

unsigned fx_policy_choose(struct fx_policy *p, const struct fx_choice *c,
			  struct fx_decision *decision)
{
	const bool replays = p->strategy == FX_STRATEGY_REPLAY;
	enum fx_decision_why why = FX_WHY_CHANCE;
	const struct fx_choice *of;
	struct fx_choice less;
	unsigned chosen;
	uint8_t how = is_free(c) ? FX_HOW_FREE : 0;

	p->own[c->from]++;
	p->gives_way = has_to_give_way(p, c);
	count(p, c);
	if (replays) {
		chosen = replay(p, c, &why);
	} else {
		of = without_held(p, c, &less);
		chosen = p->strategy == FX_STRATEGY_PCT ? pct(p, of, &why) : walk(p, of, &why);
		chosen = (unsigned)index_of(c, of->candidate[chosen].thread);
	}
	note_late(p, c, chosen);
	if (replays && chosen == usual(p, c))
		how |= FX_HOW_USUAL;
	p->alone = c->candidate[chosen].thread == c->from ? p->alone + 1 : 0;
	*decision = (struct fx_decision){
		.event = c->event,
		.own = p->own[c->from],
		.from = c->from,
		.to = c->candidate[chosen].thread,
		.why = (uint8_t)(c->candidate[chosen].asleep ? FX_WHY_TIME : why),
		.how = how};
	return chosen;
}

bool fx_policy_notes(const struct fx_choice *c, const struct fx_decision *decision)
{
	return decision->to != decision->from || (c->self < 0 && c->count > 1) ||
	       (c->yields && awake(c) > 1);
}
