/* SPDX-License-Identifier: MIT */
#include "shim/schedule/policy.h"

#include "shim/base/mem.h"

/* What is in a program's way that spins without saying so. */
#define LONGEST_ALONE 3000
#define RARITIES      5	  /* of a walk: 1, 1/2, 1/4, 1/8, 1/16 */
#define LIKELY	      200 /* events, where nobody has said */
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

/* Among the events that are still to come. */
static void draw_changes(struct fx_policy *p, unsigned depth, uint64_t likely, uint64_t before)
{
	if (depth > FX_PCT_DEEPEST)
		depth = FX_PCT_DEEPEST;
	for (unsigned i = 1; i < depth; i++)
		p->change[p->changes++] =
			before + 1 + below(p, likely > before ? likely - before : LIKELY);
}

void fx_policy_init(struct fx_policy *p, const struct fx_schedule *order,
		    const struct fx_decision *follow, uint64_t count)
{
	memset(p, 0, sizeof(*p));
	p->state = order->seed;
	p->strategy = order->strategy;
	p->lowest = BASE_PRIORITY - 1;
	p->follow = follow;
	p->follow_count = count;
	if (p->strategy == FX_STRATEGY_MIX)
		p->strategy = below(p, 3) == 2 ? FX_STRATEGY_PCT : FX_STRATEGY_WALK;
	if (p->strategy == FX_STRATEGY_REPLAY)
		return;
	p->rarity = (uint8_t)below(p, RARITIES);
	p->late = below(p, 4) == 0;
	if (p->strategy == FX_STRATEGY_PCT)
		draw_changes(p, order->depth, order->likely, order->events);
}

void fx_policy_thread(struct fx_policy *p, uint16_t thread)
{
	p->priority[thread] = BASE_PRIORITY + (uint32_t)below(p, BASE_PRIORITY);
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

/* The n-th candidate that is not self; whoever sleeps counts only if late, or if nobody else can.
 */
static unsigned nth_other(const struct fx_choice *c, uint64_t n, bool sleepers)
{
	for (unsigned i = 0;; i = (i + 1) % c->count) {
		if (c->candidate[i].thread == c->self || (c->candidate[i].asleep && !sleepers))
			continue;
		if (n-- == 0)
			return i;
	}
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
	bool sleepers = p->late || awake(c) == 0;
	unsigned others = (sleepers ? c->count : awake(c)) - (self >= 0);
	bool leave = self < 0 || c->yields || p->alone >= LONGEST_ALONE;
	unsigned chosen;

	/* Drawn in any case, so that the draws do not depend on what others sleep on. */
	uint64_t chance = fx_random_next(&p->state) >> (64 - RARITIES);

	if (!others || (!leave && (chance & ((1U << p->rarity) - 1))))
		return (unsigned)self;
	chosen = nth_other(c, below(p, others), sleepers);
	*why = leave ? must(c) : FX_WHY_CHANCE;
	return chosen;
}

static void change_priority(struct fx_policy *p, const struct fx_choice *c)
{
	bool lower = c->yields || p->alone >= LONGEST_ALONE;

	for (unsigned i = 0; i < p->changes; i++)
		lower |= p->change[i] == c->event;
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

/* Nothing is said: the same one; or, if it has nothing to do, the next that has, in turn. */
static unsigned unsaid(const struct fx_choice *c, enum fx_decision_why *why)
{
	int self = index_of(c, c->self);
	unsigned after = 0;

	*why = must(c);
	if (self >= 0 && !c->yields)
		return (unsigned)self;
	while (after < c->count && c->candidate[after].thread <= c->from)
		after++;
	for (unsigned i = 0; i < c->count; i++) {
		unsigned at = (after + i) % c->count;

		if (!c->candidate[at].asleep && (int)at != self)
			return at;
	}
	return self >= 0 ? (unsigned)self : 0;
}

static unsigned replay(struct fx_policy *p, const struct fx_choice *c, enum fx_decision_why *why)
{
	const struct fx_decision *d = &p->follow[p->followed];
	int to;

	while (p->followed < p->follow_count && d->event < c->event) {
		/* Passed by: events of another path. */
		if (!p->strayed_at)
			p->strayed_at = d->event;
		d = &p->follow[++p->followed];
	}
	if (p->followed == p->follow_count || d->event > c->event)
		return unsaid(c, why);
	p->followed++;
	to = index_of(c, d->to);
	if (to < 0) {
		if (!p->strayed_at)
			p->strayed_at = d->event;
		return unsaid(c, why);
	}
	*why = c->self < 0 || c->yields ? must(c) : FX_WHY_REPLAY;
	return (unsigned)to;
}

unsigned fx_policy_choose(struct fx_policy *p, const struct fx_choice *c, enum fx_decision_why *why)
{
	unsigned chosen;

	*why = FX_WHY_CHANCE;
	chosen = p->strategy == FX_STRATEGY_REPLAY ? replay(p, c, why)
		 : p->strategy == FX_STRATEGY_PCT  ? pct(p, c, why)
						   : walk(p, c, why);
	p->alone = c->candidate[chosen].thread == c->from ? p->alone + 1 : 0;
	return chosen;
}
