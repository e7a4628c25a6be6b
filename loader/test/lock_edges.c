/* SPDX-License-Identifier: MIT */
#include "loader/test/lock_edges.h"

#include <stdlib.h>
#include <string.h>

/* A lock that a thread gave back and had not been seen to take: it took it while it was alone. */
struct unseen {
	unsigned thread;
	uint64_t lock;
	size_t from, to; /* places: it had it within */
};

struct owner {
	struct fx_lock_held held[FX_HELD_MOST];
	unsigned count;
	bool lost;	/* it has had more */
	uint64_t wants; /* what it waits for; 0 */
	size_t alone;	/* since then it is not the only thread */
};

struct following {
	const struct fx_use *use;
	const struct fx_lock_sites *sites;
	const struct fx_lock_kinds *kinds;
	struct fx_lock_clock *clock; /* NULL: the first time, for what is unseen alone */
	struct fx_lock_edges *edges;
	struct owner owner[FX_CLOCK_THREADS];
	size_t threads;
	unsigned alive;
	struct unseen *unseen;
	size_t unseens;
};

static struct fx_lock_held *held_by(struct owner *o, uint64_t lock)
{
	for (unsigned i = 0; i < o->count; i++) {
		if (o->held[i].lock == lock)
			return &o->held[i];
	}
	return NULL;
}

static void drop(struct owner *o, uint64_t lock)
{
	struct fx_lock_held *held = held_by(o, lock);

	if (!held)
		return;
	o->count--;
	memmove(held, held + 1, (size_t)(&o->held[o->count] - held) * sizeof(*held));
}

static void put(struct owner *o, const struct fx_lock_held *new)
{
	drop(o, new->lock);
	if (o->count == FX_HELD_MOST)
		o->lost = true;
	else
		o->held[o->count++] = *new;
}

static bool alike(const struct fx_lock_edge *a, const struct fx_lock_edge *b, size_t threads)
{
	if (a->thread != b->thread || a->has.lock != b->has.lock ||
	    a->has.caller != b->has.caller || a->has.outer != b->has.outer ||
	    a->has.reads != b->has.reads || a->wants.lock != b->wants.lock ||
	    a->wants.caller != b->wants.caller || a->wants.outer != b->wants.outer ||
	    a->wants.reads != b->wants.reads || a->alls != b->alls)
		return false;
	for (unsigned i = 0; i < a->alls; i++) {
		if (a->all[i].lock != b->all[i].lock || a->all[i].reads != b->all[i].reads)
			return false;
	}
	for (size_t i = 0; i < threads; i++) {
		if (i != a->thread && a->before[i] != b->before[i])
			return false;
	}
	return true;
}

/* Those that it took unseen are as good as the others. */
static void add_unseen(const struct following *f, struct fx_lock_edge *e)
{
	for (size_t i = 0; i < f->unseens && e->alls < FX_HELD_MOST; i++) {
		const struct unseen *u = &f->unseen[i];

		if (u->thread == e->thread && u->from <= e->at && e->at < u->to)
			e->all[e->alls++] = (struct fx_lock_held){.lock = u->lock};
	}
}

static void add_edge(struct following *f, const struct fx_lock_edge *e)
{
	for (size_t i = f->edges->count; i > 0; i--) {
		if (alike(&f->edges->edge[i - 1], e, f->threads)) {
			f->edges->edge[i - 1].at = e->at;
			return;
		}
	}
	if (f->edges->count < FX_EDGES_MOST)
		f->edges->edge[f->edges->count++] = *e;
}

/* It asks for a lock, whatever it has. */
static void ask(struct following *f, size_t at, const struct fx_lock_held *wants)
{
	const unsigned thread = f->use[at].thread;
	struct owner *o = &f->owner[thread];
	struct fx_lock_edge e = {.thread = thread, .wants = *wants, .at = (uint32_t)at};

	if (!f->clock || o->lost || held_by(o, wants->lock))
		return;
	memcpy(e.all, o->held, sizeof(o->held[0]) * o->count);
	e.alls = o->count;
	add_unseen(f, &e);
	memcpy(e.before, fx_lock_clock_of(f->clock, thread), sizeof(*e.before) * f->threads);
	for (unsigned i = 0; i < o->count; i++) {
		e.has = o->held[i];
		add_edge(f, &e);
	}
}

/* Nobody was seen to take it, and this thread gives it back. */
static bool note_unseen(struct following *f, size_t at, uint64_t lock)
{
	const unsigned thread = f->use[at].thread;
	struct unseen *more;
	size_t from = f->owner[thread].alone;

	if (f->clock)
		return true;
	for (size_t i = 0; i < f->unseens; i++) {
		const struct unseen *u = &f->unseen[i];

		if (u->thread == thread && u->lock == lock && u->to > from)
			from = u->to;
	}
	more = realloc(f->unseen, (f->unseens + 1) * sizeof(*more));
	if (!more)
		return false;
	f->unseen = more;
	more[f->unseens++] = (struct unseen){thread, lock, from, at};
	return true;
}

static void take(struct following *f, unsigned thread, const struct fx_lock_held *new)
{
	/* Who had it last gave it back unseen. */
	for (size_t i = 0; i < f->threads; i++)
		drop(&f->owner[i], new->lock);
	put(&f->owner[thread], new);
	f->owner[thread].wants = 0;
}

static bool mutex(struct following *f, size_t at, enum fx_lock_does does)
{
	const struct fx_use *use = &f->use[at];
	struct owner *o = &f->owner[use->thread];
	struct fx_lock_held new = {
		.lock = use->address, .caller = use->caller, .outer = use->outer, .times = 1};
	const bool changed = use->before != use->after;
	const bool freed =
		does == FX_DOES_UNLOCK || ((does == FX_DOES_INNER || does == FX_DOES_BARE) &&
					   (use->after == 0 || use->after == use->before - 1));

	if (use->kind == FX_USE_EXCHANGE && does == FX_DOES_LOCK && o->wants != use->address) {
		ask(f, at, &new);
		o->wants = use->address;
	}
	if (use->kind == FX_USE_EXCHANGE && changed && use->before == 0 && does != FX_DOES_UNLOCK) {
		take(f, use->thread, &new);
	} else if (changed && freed) {
		if (held_by(o, use->address))
			drop(o, use->address);
		else
			return note_unseen(f, at, use->address);
	}
	return true;
}

static void reader_writer(struct following *f, size_t at, enum fx_lock_does does, uint64_t base)
{
	const struct fx_use *use = &f->use[at];
	struct owner *o = &f->owner[use->thread];
	struct fx_lock_held new = {
		.lock = base, .caller = use->caller, .outer = use->outer, .times = 1};
	struct fx_lock_held *held = held_by(o, base);
	const bool changed = use->before != use->after, first = use->address == base;

	new.reads = does == FX_DOES_READ || does == FX_DOES_TRYREAD;
	if (does == FX_DOES_RWUNLOCK && held && changed) {
		if (!held->reads || (first && --held->times == 0))
			drop(o, base);
	} else if (does == FX_DOES_READ || does == FX_DOES_WRITE) {
		/* How it waits is in other words of the lock, and it comes back with it. */
		if (!held) {
			ask(f, at, &new);
			put(o, &new);
		} else if (held->reads && new.reads && first && use->after > use->before) {
			held->times++;
		}
	} else if (does == FX_DOES_TRYREAD || does == FX_DOES_TRYWRITE) {
		if (first && changed && held)
			held->times++;
		else if (first && changed)
			put(o, &new);
	}
}

static bool follow(struct following *f, size_t at)
{
	const struct fx_use *use = &f->use[at];
	const struct fx_lock_site *site;
	struct owner *o = &f->owner[use->thread];
	enum fx_lock_kind kind;
	uint64_t base;

	if (use->kind == FX_USE_MADE) {
		/* What a thread does while it is alone has no points: it may have given back all.
		 */
		if (f->alive == 1) {
			o->count = 0;
			o->alone = at;
		}
		memset(&f->owner[use->before], 0, sizeof(f->owner[0]));
		f->owner[use->before].alone = at;
		f->alive++;
	} else if (use->kind == FX_USE_ENDED) {
		f->alive -= f->alive > 1;
	}
	if (use->kind != FX_USE_CHANGE && use->kind != FX_USE_EXCHANGE)
		return true;
	kind = fx_lock_kind_of(f->kinds, use->address, &base);
	site = fx_lock_site_of(f->sites, use->ip);
	if (!site || kind == FX_LOCK_NONE)
		return true;
	if (kind == FX_LOCK_MUTEX)
		return mutex(f, at, site->does);
	reader_writer(f, at, site->does, base);
	return true;
}

static bool follow_all(struct following *f, size_t count)
{
	memset(f->owner, 0, sizeof(f->owner));
	f->alive = 1;
	for (size_t i = 0; i < count; i++) {
		if (!(!f->clock || fx_lock_clock_step(f->clock, i)) || !follow(f, i))
			return false;
	}
	return true;
}

bool fx_lock_edges(const struct fx_use *use, size_t count, const struct fx_lock_sites *sites,
		   const struct fx_lock_kinds *kinds, struct fx_lock_edges *edges)
{
	struct following *f = calloc(1, sizeof(*f));
	struct fx_lock_clock *clock = fx_lock_clock_begin(use, count, sites, kinds);
	bool good = f && clock;

	*edges = (struct fx_lock_edges){.edge = calloc(FX_EDGES_MOST, sizeof(*edges->edge))};
	if (good && edges->edge) {
		f->use = use;
		f->sites = sites;
		f->kinds = kinds;
		f->edges = edges;
		f->threads = fx_lock_clock_threads(clock);
		good = follow_all(f, count);
		f->clock = clock;
		good = good && follow_all(f, count);
	}
	fx_lock_clock_free(clock);
	if (f)
		free(f->unseen);
	free(f);
	return good && edges->edge;
}
