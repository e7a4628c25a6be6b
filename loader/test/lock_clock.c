/* SPDX-License-Identifier: MIT */
#include "loader/test/lock_clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define LINE	 64
#define NEAR	 32	      /* bytes, that belong to the same thing */
#define THREAD	 0xa00	      /* bytes of what a C library has of a thread, from its pointer on */
#define OF_LINE	 (1ULL << 63) /* keys that are no addresses */
#define OF_CALLS (1ULL << 62)

/* What is known of the values of a word. */
#define WRITER	0x7fU	/* one more than a thread */
#define WRITERS 0x80U	/* several */
#define VALUE	0xff00U /* one that is not zero, its lowest byte */
#define VALUES	(1U << 16)
#define STORED	(1U << 17)
#define CHANGED (1U << 18) /* by atomics of no lock's */

struct thread {
	uint64_t pointer; /* 0: not known */
	bool ended, pending;
	uint64_t awaits;  /* what it acquires when its call has come back, if pending */
	uint64_t watches; /* threads, by bit: it waits for their end, or could */
};

struct fx_lock_clock {
	const struct fx_use *use;
	size_t count, threads;
	const struct fx_lock_sites *sites;
	const struct fx_lock_kinds *kinds;
	struct thread thread[FX_CLOCK_THREADS];
	uint32_t now[FX_CLOCK_THREADS][FX_CLOCK_THREADS];
	struct fx_word_map known; /* of words, what is known; by address */
	struct fx_word_map last;  /* one more than the last use that changed it */
	struct fx_word_map place; /* one more than the place in told[] */
	uint32_t *told;		  /* of so many threads each */
	size_t tolds, room;
};

static bool is_atomic(const struct fx_use *use)
{
	return use->kind == FX_USE_CHANGE || use->kind == FX_USE_EXCHANGE;
}

/* Whether that use orders: of a word that is no lock's, by no function of one. */
static bool orders(const struct fx_lock_clock *c, const struct fx_use *use)
{
	const struct fx_lock_site *site = fx_lock_site_of(c->sites, use->ip);
	const enum fx_lock_does does = site ? site->does : FX_DOES_OTHER;
	uint64_t base;

	return fx_lock_kind_of(c->kinds, use->address, &base) == FX_LOCK_NONE &&
	       does != FX_DOES_COUNT &&
	       (does == FX_DOES_OTHER || does == FX_DOES_INNER || does == FX_DOES_BARE ||
		fx_word_map_get(&c->kinds->word, use->address) != 0);
}

/* Whether that is a lock's own business: who has it, how often. */
static bool is_of_lock(const struct fx_lock_clock *c, const struct fx_use *use)
{
	const struct fx_lock_site *site = fx_lock_site_of(c->sites, use->ip);

	return site && (site->does == FX_DOES_COUNT || site->does >= FX_DOES_LOCK);
}

/* A value that a thread has put there by a plain store. */
static void note_value(uint32_t *known, unsigned thread, uint32_t value)
{
	const uint32_t writer = thread + 1, byte = (value & 0xff) << 8;

	if (*known & STORED && (*known & WRITER) != writer)
		*known |= WRITERS;
	*known = (*known & ~WRITER) | writer | STORED;
	if (byte && *known & VALUE && (*known & VALUE) != byte)
		*known |= VALUES;
	if (byte)
		*known = (*known & ~VALUE) | byte;
}

static bool is_flag(uint32_t known)
{
	return known & STORED && !(known & WRITERS && known & VALUES);
}

static bool look_at_values(struct fx_lock_clock *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct fx_use *use = &c->use[i];
		uint32_t *known;

		if (!(use->kind == FX_USE_STORE && !is_of_lock(c, use)) &&
		    !(is_atomic(use) && orders(c, use)))
			continue;
		known = fx_word_map_at(&c->known, use->address);
		if (!known)
			return false;
		if (use->kind == FX_USE_STORE)
			note_value(known, use->thread, use->after);
		else
			*known |= CHANGED;
	}
	return true;
}

struct fx_lock_clock *fx_lock_clock_begin(const struct fx_use *use, size_t count,
					  const struct fx_lock_sites *sites,
					  const struct fx_lock_kinds *kinds)
{
	struct fx_lock_clock *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->use = use;
	c->count = count;
	c->sites = sites;
	c->kinds = kinds;
	for (size_t i = 0; i < count; i++) {
		size_t thread = use[i].thread;

		if (use[i].kind == FX_USE_MADE && use[i].before > thread)
			thread = use[i].before;
		if (thread >= c->threads)
			c->threads = thread + 1;
	}
	if (c->threads <= FX_CLOCK_THREADS && look_at_values(c))
		return c;
	fx_lock_clock_free(c);
	return NULL;
}

void fx_lock_clock_free(struct fx_lock_clock *c)
{
	if (!c)
		return;
	fx_word_map_free(&c->known);
	fx_word_map_free(&c->last);
	fx_word_map_free(&c->place);
	free(c->told);
	free(c);
}

size_t fx_lock_clock_threads(const struct fx_lock_clock *c)
{
	return c->threads;
}

const uint32_t *fx_lock_clock_of(const struct fx_lock_clock *c, unsigned thread)
{
	return c->now[thread];
}

static void join(const struct fx_lock_clock *c, uint32_t *to, const uint32_t *from)
{
	for (size_t i = 0; i < c->threads; i++) {
		if (from[i] > to[i])
			to[i] = from[i];
	}
}

/* What was told by this key; NULL: nothing yet. */
static uint32_t *told_by(const struct fx_lock_clock *c, uint64_t key)
{
	const uint32_t place = fx_word_map_get(&c->place, key);

	return place ? c->told + (place - 1) * c->threads : NULL;
}

static void acquire(struct fx_lock_clock *c, unsigned thread, uint64_t key)
{
	const uint32_t *told = told_by(c, key);

	if (told)
		join(c, c->now[thread], told);
}

static bool release(struct fx_lock_clock *c, unsigned thread, uint64_t key)
{
	uint32_t *place = fx_word_map_at(&c->place, key), *more;

	if (!place)
		return false;
	if (!*place) {
		if (c->tolds == c->room) {
			more = realloc(c->told, (c->room * 2 + 64) * c->threads * sizeof(*more));
			if (!more)
				return false;
			c->told = more;
			c->room = c->room * 2 + 64;
		}
		memset(c->told + c->tolds * c->threads, 0, c->threads * sizeof(*c->told));
		*place = (uint32_t)++c->tolds;
	}
	join(c, told_by(c, key), c->now[thread]);
	return true;
}

static void acquire_all(struct fx_lock_clock *c, unsigned thread)
{
	for (size_t i = 0; i < c->threads; i++)
		join(c, c->now[thread], c->now[i]);
}

/* What belongs together lies within so many bytes. */
static void acquire_near(struct fx_lock_clock *c, unsigned thread, uint64_t address)
{
	for (uint64_t line = (address - NEAR) / LINE; line <= (address + NEAR) / LINE; line++)
		acquire(c, thread, OF_LINE | line);
}

static bool release_near(struct fx_lock_clock *c, unsigned thread, uint64_t address)
{
	return release(c, thread, OF_LINE | address / LINE);
}

/* Whoever looks at what a C library has of a thread may have waited for its end, or will. */
static void look_at_thread(struct fx_lock_clock *c, unsigned thread, uint64_t address)
{
	for (size_t i = 0; i < c->threads; i++) {
		if (i == thread || !c->thread[i].pointer ||
		    address - c->thread[i].pointer >= THREAD)
			continue;
		c->thread[thread].watches |= 1ULL << i;
		if (c->thread[i].ended)
			join(c, c->now[thread], c->now[i]);
	}
}

static bool ended(struct fx_lock_clock *c, unsigned thread)
{
	c->thread[thread].ended = true;
	for (size_t i = 0; i < c->threads; i++) {
		if (c->thread[i].watches >> thread & 1)
			join(c, c->now[i], c->now[thread]);
	}
	return release(c, thread, OF_CALLS);
}

/*
 * glibc tells where the list of a thread's robust locks is: beside the word by which pthread_join
 * begins, whether the thread has ended or not. So whoever waits for its end will be seen to.
 */
static void robust_list(struct fx_lock_clock *c, const struct fx_use *use)
{
	if (use->address - c->thread[use->thread].pointer >= THREAD)
		return;
	for (size_t i = 0; i < c->threads; i++)
		c->thread[i].watches &= ~(1ULL << use->thread);
}

static void made(struct fx_lock_clock *c, const struct fx_use *use)
{
	const uint32_t child = use->before;

	c->thread[child] = (struct thread){.pointer = use->address};
	memcpy(c->now[child], c->now[use->thread], sizeof(c->now[child]));
	c->thread[use->thread].watches |= 1ULL << child;
}

/* What others have changed without being seen. */
static bool is_unexpected(struct fx_lock_clock *c, const struct fx_use *use)
{
	const uint32_t last = fx_word_map_get(&c->last, use->address);

	return last && c->use[last - 1].after != use->before;
}

static bool changes(struct fx_lock_clock *c, size_t i)
{
	const struct fx_use *use = &c->use[i];
	uint32_t *last = fx_word_map_at(&c->last, use->address);

	if (last)
		*last = (uint32_t)i + 1;
	return last != NULL;
}

static bool atomic(struct fx_lock_clock *c, size_t i)
{
	const struct fx_use *use = &c->use[i];

	if (!orders(c, use))
		return true;
	if (is_unexpected(c, use))
		acquire_all(c, use->thread);
	acquire(c, use->thread, use->address);
	acquire_near(c, use->thread, use->address);
	return changes(c, i) && release(c, use->thread, use->address) &&
	       release_near(c, use->thread, use->address);
}

static void load(struct fx_lock_clock *c, const struct fx_use *use)
{
	const uint32_t known = fx_word_map_get(&c->known, use->address);

	if (known & CHANGED && is_unexpected(c, use))
		acquire_all(c, use->thread);
	if (known & CHANGED)
		acquire_near(c, use->thread, use->address);
	if (known & CHANGED || is_flag(known))
		acquire(c, use->thread, use->address);
}

static bool store(struct fx_lock_clock *c, size_t i)
{
	const struct fx_use *use = &c->use[i];
	const uint32_t known = fx_word_map_get(&c->known, use->address);

	if (known & CHANGED && !(changes(c, i) && release_near(c, use->thread, use->address)))
		return false;
	return !(known & CHANGED || is_flag(known)) || release(c, use->thread, use->address);
}

/* Calls by which no other thread learns anything. */
static bool is_silent(uint64_t nr)
{
	static const int silent[] = {
		SYS_mprotect,
		SYS_madvise,
		SYS_brk,
		SYS_rt_sigprocmask,
		SYS_rt_sigaction,
		SYS_set_robust_list,
		SYS_gettid,
		SYS_getpid,
		SYS_getppid,
		SYS_clock_gettime,
		SYS_nanosleep,
		SYS_clock_nanosleep,
		SYS_exit,
		SYS_exit_group,
		SYS_clone,
		SYS_clone3,
		SYS_rseq,
		SYS_getrandom,
		SYS_sched_yield,
		SYS_gettimeofday,
		SYS_set_tid_address,
		SYS_sigaltstack,
		SYS_arch_prctl,
		SYS_sched_getaffinity,
		SYS_prlimit64,
		SYS_prctl,
		SYS_sched_getparam,
		SYS_sched_getscheduler,
	};

	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		if (nr == (uint64_t)silent[i])
			return true;
	}
	return false;
}

static bool is_write(uint64_t nr)
{
	return nr == SYS_write || nr == SYS_writev;
}

static bool futex(struct fx_lock_clock *c, const struct fx_use *use)
{
	struct thread *t = &c->thread[use->thread];
	uint64_t base;

	if (fx_lock_kind_of(c->kinds, use->address, &base) != FX_LOCK_NONE)
		return true;
	look_at_thread(c, use->thread, use->address);
	acquire_near(c, use->thread, use->address);
	t->pending = true;
	t->awaits = OF_LINE | use->address / LINE;
	return release_near(c, use->thread, use->address);
}

static bool call(struct fx_lock_clock *c, const struct fx_use *use)
{
	struct thread *t = &c->thread[use->thread];

	if (use->ip == SYS_futex)
		return futex(c, use);
	if (use->ip == SYS_set_robust_list)
		robust_list(c, use);
	if (is_silent(use->ip))
		return true;
	for (size_t i = 0; use->ip == SYS_munmap && i < c->threads; i++) {
		/* That may be the stack of one that was waited for. */
		if (c->thread[i].ended)
			join(c, c->now[use->thread], c->now[i]);
	}
	if (!is_write(use->ip)) {
		acquire(c, use->thread, OF_CALLS);
		t->pending = true;
		t->awaits = OF_CALLS;
	}
	return release(c, use->thread, OF_CALLS);
}

bool fx_lock_clock_step(struct fx_lock_clock *c, size_t i)
{
	const struct fx_use *use = &c->use[i];
	struct thread *t = &c->thread[use->thread];

	if (t->pending)
		acquire(c, use->thread, t->awaits);
	t->pending = false;
	c->now[use->thread][use->thread] = (uint32_t)i + 1;
	if (use->kind != FX_USE_CALL && use->kind != FX_USE_MADE)
		look_at_thread(c, use->thread, use->address);
	switch (use->kind) {
	case FX_USE_CHANGE:
	case FX_USE_EXCHANGE:
		return atomic(c, i);
	case FX_USE_LOAD:
		if (!is_of_lock(c, use))
			load(c, use);
		return true;
	case FX_USE_STORE:
		return is_of_lock(c, use) || store(c, i);
	case FX_USE_CALL:
		return call(c, use);
	case FX_USE_MADE:
		made(c, use);
		return true;
	case FX_USE_ENDED:
		return ended(c, use->thread);
	default:
		return true;
	}
}
