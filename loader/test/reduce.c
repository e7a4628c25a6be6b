/* SPDX-License-Identifier: MIT */
#include "loader/test/reduce.h"

#include <string.h>

#define PAIRS_OF 16 /* decisions, of which any two are tried together */

bool fx_cost_less(const struct fx_cost *a, const struct fx_cost *b)
{
	if (a->preemptions != b->preemptions)
		return a->preemptions < b->preemptions;
	if (a->choices != b->choices)
		return a->choices < b->choices;
	if (a->switches != b->switches)
		return a->switches < b->switches;
	return a->events < b->events;
}

static bool is_preemption(const struct fx_decision *d)
{
	return d->how & FX_HOW_FREE;
}

void fx_cost_count(const struct fx_list *list, struct fx_cost *cost)
{
	cost->preemptions = 0;
	for (size_t i = 0; i < list->count; i++)
		cost->preemptions += is_preemption(&list->decision[i]);
	cost->choices = list->count - cost->preemptions;
}

static void copy(struct fx_list *to, const struct fx_list *from)
{
	memcpy(to->decision, from->decision, from->count * sizeof(*from->decision));
	to->count = from->count;
	to->cost = from->cost;
	to->fails = false;
}

static void take_out(struct fx_list *list, size_t begin, size_t length)
{
	memmove(list->decision + begin, list->decision + begin + length,
		(list->count - begin - length) * sizeof(*list->decision));
	list->count -= length;
}

/* A candidate that is still the best. */
static struct fx_list *next(struct fx_reduction *r, unsigned *n)
{
	copy(&r->candidate[*n], &r->best);
	return &r->candidate[(*n)++];
}

/* Tries the first n candidates; the cheapest that fails is the best, if it is cheaper: its index.
 */
static int attempt(struct fx_reduction *r, unsigned n)
{
	int found = -1;

	if (n == 0 || r->over)
		return -1;
	r->over = !r->try(r->of, r->candidate, n);
	for (unsigned i = 0; i < n; i++) {
		const struct fx_list *c = &r->candidate[i];

		if (c->fails && fx_cost_less(&c->cost, &r->best.cost)) {
			copy(&r->best, c);
			found = (int)i;
		}
	}
	return found;
}

/*
 * Without parts of that length, one after the other. From the end, as what lies before a part stays
 * as it is without it.
 */
static bool leave_out_parts(struct fx_reduction *r, size_t length)
{
	bool cheaper = false;
	int found;

	for (size_t end = r->best.count; end > 0 && !r->over;) {
		size_t begin[FX_AT_ONCE_MOST] = {0}, at = end;
		unsigned n = 0;

		while (n < r->at_once && at > 0) {
			const size_t part = length < at ? length : at;

			at -= part;
			begin[n] = at;
			take_out(next(r, &n), at, part);
		}
		found = attempt(r, n);
		cheaper |= found >= 0;
		end = found >= 0 ? begin[found] : at;
		if (end > r->best.count)
			end = r->best.count;
	}
	return cheaper;
}

/* Delta debugging (Zeller and Hildebrandt, 2002): halves the parts when none can be spared. */
static void leave_out(struct fx_reduction *r)
{
	for (size_t length = r->best.count; length > 0 && !r->over;) {
		if (!leave_out_parts(r, length))
			length /= 2;
		if (length > r->best.count)
			length = r->best.count;
	}
}

/*
 * A move makes of c, which is a copy of the best, its i-th neighbour; false: there is none of that
 * number, or it could not be cheaper.
 */
typedef bool fx_move(const struct fx_list *best, struct fx_list *c, size_t i);

/* Until one is cheaper. */
static bool move_any(struct fx_reduction *r, fx_move *move, size_t count)
{
	unsigned n = 0;

	for (size_t i = 0; i < count && !r->over; i++) {
		struct fx_list *c = next(r, &n);

		if (!move(&r->best, c, i))
			n--;
		else if (n == r->at_once && attempt(r, n) >= 0)
			return true;
		n %= r->at_once;
	}
	return attempt(r, n) >= 0;
}

/* Leaves out any two: there and back again are often of no use alone. */
static bool leave_out_two(const struct fx_list *best, struct fx_list *c, size_t i)
{
	const size_t first = i / best->count, second = i % best->count;

	if (first >= second)
		return false;
	take_out(c, second, 1);
	take_out(c, first, 1);
	return true;
}

static void make_choice(struct fx_decision *d)
{
	d->how &= (uint8_t)~FX_HOW_FREE;
	d->why = FX_WHY_SLEEPS;
}

/* Lets a thread run on to where it cannot, and the one that it was stopped for go on there. */
static bool run_on(const struct fx_list *best, struct fx_list *c, size_t i)
{
	if (!is_preemption(&best->decision[i]))
		return false;
	make_choice(&c->decision[i]);
	return true;
}

/* Two were stopped for: the one goes on when the other has come to where it cannot. */
static bool after_another(const struct fx_list *best, struct fx_list *c, size_t i)
{
	struct fx_decision *one = &c->decision[i / best->count];
	const struct fx_decision *other = &c->decision[i % best->count];

	if (!is_preemption(one) || !is_preemption(other) || one->to == other->to ||
	    one->from == other->to)
		return false;
	one->from = other->to;
	one->own = 1;
	make_choice(one);
	return true;
}

/* How far a decision is moved, where so many are preemptions: some hundred runs in all. */
static size_t reach_of(const struct fx_list *best)
{
	static const size_t reach[] = {0, 0, 32, 16, 10, 7, 5, 4, 3};

	return best->cost.preemptions < sizeof(reach) / sizeof(*reach)
		       ? reach[best->cost.preemptions]
		       : 2;
}

/* Leaves one out, and makes another earlier or later: to do the work of both. */
static bool one_for_two(const struct fx_list *best, struct fx_list *c, size_t i)
{
	const size_t reach = reach_of(best), n = best->count, by = i / (n * n) / 2 + 1;
	const size_t one = i / n % n, other = i % n;
	struct fx_decision *d = &c->decision[one];
	const bool earlier = i / (n * n) % 2;

	if (one == other || by > reach || !is_preemption(d) ||
	    !is_preemption(&best->decision[other]) || (earlier && d->own <= by))
		return false;
	d->own = earlier ? d->own - by : d->own + by;
	take_out(c, other, 1);
	return true;
}

void fx_reduce(struct fx_reduction *r)
{
	bool cheaper = true;

	while (cheaper && !r->over) {
		leave_out(r);

		const size_t n = r->best.count;

		cheaper = move_any(r, run_on, n);
		if (!cheaper && n <= PAIRS_OF)
			cheaper = move_any(r, leave_out_two, n * n) ||
				  move_any(r, after_another, n * n) ||
				  move_any(r, one_for_two, n * n * 2 * reach_of(&r->best));
	}
}
