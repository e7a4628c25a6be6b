/* SPDX-License-Identifier: MIT */
#include "shim/patch/point.h"

#include <asm/mman.h>
#include <linux/mman.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/base/mem.h"
#include "shim/memory/own_ranges.h"
#include "shim/patch/frames.h"
#include "shim/patch/point_cache.h"
#include "shim/patch/point_x86_64.h"
#include "shim/process/process.h"
#include "shim/schedule.h"

#define PAGE	    4096UL
#define MOST_POINTS 32768 /* what does not fit is none */
#define MOST_AREAS  64
#define MOST_PAGES  16384 /* of one text: 64 MiB */
#define HASHED	    65536 /* a power of two, above MOST_POINTS */
#define REACH	    0x7f000000UL
#define BREAKPOINT  0xcc
#define IDLE_TRAPS  256 /* cost less than to write a page */

/* Slots that follow each other, of as many points; and the text that these are in. */
struct area {
	uintptr_t start, end;
	uint32_t first, count;
	uintptr_t text;
	size_t text_length;
	bool gone;
	uint8_t reached[MOST_PAGES / 8]; /* bits: of pages that somebody has come to */
	uint8_t rests[MOST_PAGES / 8];	 /* whose breakpoints are left out */
};

struct tables {
	struct fx_point point[MOST_POINTS];
	struct area area[MOST_AREAS];
	uint32_t hashed[HASHED];
};

/*
 * In memory that is mapped with the first text: most runs have no points, and it would count as
 * theirs under RLIMIT_DATA. Slots push the address of a point: it lies where 32 bits reach.
 */
static struct fx_point *point;
static uint32_t points;
static struct area *area;
static uint32_t areas;
static uint32_t *hashed; /* by address: the index of a point, and 1; 0: none */

static uint32_t idle_traps;
static bool any_rests;

static uint32_t lock;
static void (*const *entry)(void);

/* A text that is looked at. */
struct text {
	uintptr_t start;
	size_t length, whole; /* what is looked at, and all that is mapped */
	uint64_t address;     /* of its first byte, as the file has it */
	uint8_t *targets;     /* bits: a jump leads there, or a point is there */
	uint8_t *lost;	/* bits: of a point, in whose function a jump leads nobody knows where */
	int points;	/* enum fx_points */
	uint32_t first; /* of its points */
	bool lacks;	/* some could not be made */
};

void fx_points_init(void (*const *at)(void))
{
	entry = at;
}

void fx_points_share(void *at, size_t size)
{
	fx_point_cache_init(at, size);
}

static const uint8_t *code_at(uintptr_t at)
{
	return (const uint8_t *)at;
}

static void set_bit(uint8_t *bits, uint64_t at)
{
	bits[at / 8] |= (uint8_t)(1U << (at % 8));
}

static bool has_bit(const uint8_t *bits, uint64_t at)
{
	return bits[at / 8] >> (at % 8) & 1;
}

static void note_target(struct text *x, uint64_t from, int64_t leads)
{
	uint64_t to = from + (uint64_t)leads;

	if (to < x->length)
		set_bit(x->targets, to);
}

/* All bytes that could be a jump of 32 bits, wherever they are: rather one too many. */
static void note_far_jumps(struct text *x)
{
	const uint8_t *code = code_at(x->start);

	for (uint64_t i = 1; i + 5 <= x->length; i++) {
		int32_t leads;

		if (code[i] != 0xe9 && ((code[i] & 0xf0) != 0x80 || code[i - 1] != 0x0f))
			continue;
		memcpy(&leads, code + i + 1, sizeof(leads));
		note_target(x, i + 5, leads);
	}
}

/* Its own bytes, and what a jump replaces, which are not more. */
static bool add_point(struct text *x, uint64_t at, uint8_t kind)
{
	struct fx_point *p = &point[points];
	size_t size = x->length - at < sizeof(p->original) ? x->length - at : sizeof(p->original);

	if (points == MOST_POINTS) {
		x->lacks = true;
		return false;
	}
	*p = (struct fx_point){.at = x->start + at, .kind = kind};
	memcpy(p->original, code_at(p->at), size);
	points++;
	return true;
}

/* Whether it is worth to be read: what could be the beginning of a point. */
static bool has_candidate(const struct text *x, uint64_t from, uint64_t to)
{
	const uint8_t *code = code_at(x->start);

	if (x->points == FX_POINTS_ACCESSES)
		return true;
	for (uint64_t i = from; i < to; i++)
		if (code[i] == 0xf0 || (code[i] & 0xfe) == 0x86 ||
		    (code[i] == 0x0f && i + 1 < to &&
		     (code[i + 1] == 0x31 || code[i + 1] == 0x01)) ||
		    (code[i] == 0x90 && i && code[i - 1] == 0xf3))
			return true;
	return false;
}

/* One function, from its beginning; what cannot be read ends it. */
static void read_function(struct text *x, uint64_t from, uint64_t to)
{
	uint32_t first = points;
	bool unknown = false;

	if (!has_candidate(x, from, to))
		return;
	for (uint64_t at = from; at < to;) {
		const uint8_t *code = code_at(x->start + at);
		struct fx_insn insn;
		int64_t leads;
		bool known;
		uint8_t kind;

		if (!fx_insn_read(code,
				  to - at < FX_INSN_LONGEST ? (int)(to - at) : FX_INSN_LONGEST,
				  &insn))
			break;
		kind = fx_point_kind(code, &insn, x->points);
		if (kind && !add_point(x, at, kind))
			break;
		if (fx_point_branches(code, &insn, &leads, &known)) {
			unknown |= !known;
			if (known)
				note_target(x, at + insn.length, leads);
		}
		at += insn.length;
	}
	for (uint32_t i = first; i < points; i++) {
		set_bit(x->targets, point[i].at - x->start);
		if (unknown)
			set_bit(x->lost, point[i].at - x->start);
	}
}

static void find_points(struct text *x, const struct fx_frames *f)
{
	x->first = points;
	note_far_jumps(x);
	for (size_t i = 0; i < f->count; i++) {
		const struct fx_function *fn = &f->function[i];

		if (fn->start >= x->address && fn->end - x->address <= x->length)
			read_function(x, fn->start - x->address, fn->end - x->address);
	}
}

/* Below the text, since heaps and stacks grow elsewhere. */
static uintptr_t map_near(uintptr_t at, size_t size)
{
	/* The text is not the first that its file has there, and may lie low. */
	for (uintptr_t gap = 0; gap < REACH / 2 && size + gap < at; gap = gap * 2 + PAGE) {
		uintptr_t start = (at - size - gap) & ~(PAGE - 1);

		if (fx_own_map_at(start, size))
			return start;
	}
	return 0;
}

/* Wants the lock. */
static bool have_tables(void)
{
	struct tables *t;

	if (point)
		return true;
	t = (struct tables *)map_near((uintptr_t)&points, (sizeof(*t) + PAGE - 1) & ~(PAGE - 1));
	if (!t)
		return false;
	point = t->point;
	area = t->area;
	hashed = t->hashed;
	return true;
}

static uint32_t hash(uintptr_t at)
{
	return (uint32_t)((at * 0x9e3779b97f4a7c15ULL) >> 48) & (HASHED - 1);
}

static void remember(uint32_t i)
{
	uint32_t h = hash(point[i].at);

	while (hashed[h])
		h = (h + 1) & (HASHED - 1);
	hashed[h] = i + 1;
}

/* How the point can be made, from what is known of its function. */
static void shape_point(const struct text *x, struct fx_point *p)
{
	uint64_t at = p->at - x->start;
	const struct fx_point_targets targets = {x->targets, has_bit(x->lost, at)};
	struct fx_point_shape shape =
		fx_point_shape(code_at(p->at), x->length - at, at, &targets, p->kind);

	p->length = shape.length;
	p->jumps = shape.jumps;
}

/* Its slot, at `slot`; false: it cannot be one. */
static bool make_slot(struct fx_point *p, uintptr_t slot)
{
	const struct fx_point_shape shape = {p->length, p->jumps, p->kind};
	uint8_t code[FX_POINT_SLOT], jump[FX_POINT_JUMP];

	if (!fx_point_jump(jump, p->at, slot) ||
	    !fx_point_write(code, slot, code_at(p->at), p->at, &shape, p, entry))
		return false;
	memcpy((void *)slot, code, sizeof(code));
	p->slot = slot;
	return true;
}

static bool protect(uintptr_t start, size_t length, int prot)
{
	return fx_host(__NR_mprotect, start, (length + PAGE - 1) & ~(PAGE - 1), prot) == 0;
}

static void write_point(const struct fx_point *p, bool rests)
{
	uint8_t jump[FX_POINT_JUMP] = {BREAKPOINT};

	if (p->gone)
		return;
	if (p->jumps)
		fx_point_jump(jump, p->at, p->slot);
	else if (rests && p->kind != FX_POINT_COUNTER)
		jump[0] = p->original[0];
	memcpy((void *)p->at, jump, p->jumps ? FX_POINT_JUMP : 1);
}

static size_t page_of(const struct area *a, uintptr_t at)
{
	return (at - a->text) / PAGE;
}

/* What somebody has come to may be executed. */
static int protection(const struct area *a, uintptr_t page)
{
	return PROT_READ | (has_bit(a->reached, page_of(a, page)) ? PROT_EXEC : 0);
}

static bool has_points(const struct area *a, uintptr_t page)
{
	for (uint32_t i = a->first; i < a->first + a->count; i++)
		if ((point[i].at & ~(PAGE - 1)) == page && !point[i].gone)
			return true;
	return false;
}

/* The last point of a page may reach into the next. */
static bool write_page(const struct area *a, uintptr_t page)
{
	uintptr_t next = page + PAGE;
	bool both = next < a->text + a->text_length;

	if (!has_points(a, page))
		return protect(page, PAGE, protection(a, page));
	if (!protect(page, both ? 2 * PAGE : PAGE, PROT_READ | PROT_WRITE))
		return false;
	for (uint32_t i = a->first; i < a->first + a->count; i++)
		if ((point[i].at & ~(PAGE - 1)) == page)
			write_point(&point[i], has_bit(a->rests, page_of(a, page)));
	return protect(page, PAGE, protection(a, page)) &&
	       (!both || protect(next, PAGE, protection(a, next)));
}

static void rewrite_page(const struct area *a, uintptr_t page)
{
	if (!write_page(a, page))
		fx_process_fail("cannot make code executable again", -ENOMEM);
}

bool fx_points_page(uintptr_t at)
{
	uint32_t n = __atomic_load_n(&areas, __ATOMIC_ACQUIRE);
	bool made = false;

	for (uint32_t i = 0; i < n && !made; i++) {
		struct area *a = &area[i];

		if (at < a->text || at >= a->text + a->text_length || a->gone)
			continue;
		fx_shim_lock(&lock);
		if (!has_bit(a->reached, page_of(a, at))) {
			set_bit(a->reached, page_of(a, at));
			rewrite_page(a, at & ~(PAGE - 1));
		}
		/* Or another thread has, meanwhile. */
		made = true;
		fx_shim_unlock(&lock);
	}
	return made;
}

void fx_points_rest(uintptr_t at)
{
	if (++idle_traps < IDLE_TRAPS)
		return;
	fx_shim_lock(&lock);
	for (uint32_t i = 0; i < areas; i++) {
		struct area *a = &area[i];

		if (at < a->text || at >= a->text + a->text_length || a->gone)
			continue;
		set_bit(a->rests, page_of(a, at));
		rewrite_page(a, at & ~(PAGE - 1));
		any_rests = true;
	}
	fx_shim_unlock(&lock);
}

void fx_points_arm(void)
{
	idle_traps = 0;
	if (!any_rests)
		return;
	fx_shim_lock(&lock);
	for (uint32_t i = 0; i < areas; i++) {
		struct area *a = &area[i];

		for (size_t page = 0; page * PAGE < a->text_length && !a->gone; page++) {
			if (!has_bit(a->rests, page))
				continue;
			a->rests[page / 8] &= (uint8_t) ~(1U << (page % 8));
			rewrite_page(a, a->text + page * PAGE);
		}
	}
	any_rests = false;
	fx_shim_unlock(&lock);
}

/* The slots; and nobody can come to a page of the text before its points are written. */
static void make_points(struct text *x)
{
	uint32_t n = points - x->first;
	size_t size = ((size_t)n * FX_POINT_SLOT + PAGE - 1) & ~(PAGE - 1);
	uintptr_t slots = 0;

	if (n && areas < MOST_AREAS && x->whole / PAGE < MOST_PAGES)
		slots = map_near(x->start, size);
	if (!slots) {
		x->lacks |= n != 0;
		points = x->first;
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct fx_point *p = &point[x->first + i];

		p->gone = !make_slot(p, slots + (uintptr_t)i * FX_POINT_SLOT);
		remember(x->first + i);
	}
	area[areas] = (struct area){.start = slots,
				    .end = slots + (size_t)n * FX_POINT_SLOT,
				    .first = x->first,
				    .count = n,
				    .text = x->start,
				    .text_length = x->whole};
	if (protect(slots, size, PROT_READ | PROT_EXEC) && protect(x->start, x->whole, PROT_READ))
		__atomic_store_n(&areas, areas + 1, __ATOMIC_RELEASE);
	else
		x->lacks = true;
}

static uint8_t *map_bits(size_t bits)
{
	long r = fx_host(__NR_mmap, 0, bits / 8 + 8, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return r < 0 && r > -4096 ? NULL : (uint8_t *)r;
}

static void unmap_bits(uint8_t *bits, size_t count)
{
	if (bits)
		fx_host(__NR_munmap, bits, count / 8 + 8);
}

/* By reading all of it. */
static void look_for_points(struct text *x, const struct fx_frames *frames)
{
	x->targets = map_bits(x->length);
	x->lost = map_bits(x->length);
	if (x->targets && x->lost) {
		find_points(x, frames);
		for (uint32_t i = x->first; i < points; i++)
			shape_point(x, &point[i]);
	}
	x->lacks |= !x->targets || !x->lost;
	unmap_bits(x->targets, x->length);
	unmap_bits(x->lost, x->length);
}

/* For the next run. */
static void keep_points(const struct text *x, const struct fx_code_key *key)
{
	struct fx_cached_point *c = fx_point_cache_add(key, points - x->first);

	for (uint32_t i = x->first; c && i < points; i++, c++)
		*c = (struct fx_cached_point){.at = (uint32_t)(point[i].at - x->start),
					      .kind = point[i].kind,
					      .length = point[i].length,
					      .jumps = point[i].jumps};
	fx_point_cache_keep();
}

/* As an earlier run has found them; a program that has lied there has harmed its own code. */
static void take_points(struct text *x, const struct fx_cached_point *c, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct fx_cached_point one = c[i];

		if (one.at >= x->length || one.length > FX_POINT_MOST || !one.length ||
		    one.length > x->length - one.at ||
		    one.jumps != (one.length >= FX_POINT_JUMP && one.jumps) ||
		    !add_point(x, one.at, one.kind))
			continue;
		point[points - 1].length = one.length;
		point[points - 1].jumps = one.jumps;
	}
}

bool fx_points_text(uintptr_t start, size_t length, int fd, uint64_t offset, bool own)
{
	struct text x = {.start = start,
			 .length = length,
			 .whole = (length + PAGE - 1) & ~(PAGE - 1),
			 .first = points};
	const struct fx_cached_point *cached;
	struct fx_frames frames;
	struct fx_code_key key;
	uint32_t count;
	bool known;

	if (fx_config.points == FX_POINTS_CALLS)
		return true;
	x.points = own ? fx_config.points : FX_POINTS_ATOMICS;
	known = fx_code_key_read(fd, offset, x.points, &key);
	fx_shim_lock(&lock);
	if (!have_tables()) {
		fx_shim_unlock(&lock);
		return false;
	}
	cached = known ? fx_point_cache_find(&key, &count) : NULL;
	if (cached) {
		take_points(&x, cached, count);
		make_points(&x);
		fx_shim_unlock(&lock);
		return !x.lacks;
	}
	if (!fx_frames_read(fd, offset, &frames)) {
		fx_shim_unlock(&lock);
		return false;
	}
	/* What lies behind the file's end in the last page is no code. */
	x.address = frames.text_start;
	if (frames.text_end - frames.text_start < x.length)
		x.length = frames.text_end - frames.text_start;
	look_for_points(&x, &frames);
	if (known && !x.lacks)
		keep_points(&x, &key);
	make_points(&x);
	fx_shim_unlock(&lock);
	fx_frames_free(&frames);
	return !x.lacks;
}

/* Wants the lock. The bytes as they were, and every page executable. */
static void put_back(struct area *a)
{
	a->gone = true;
	if (protect(a->text, a->text_length, PROT_READ | PROT_WRITE))
		for (uint32_t i = a->first; i < a->first + a->count; i++) {
			const struct fx_point *p = &point[i];

			if (!p->gone && has_bit(a->reached, page_of(a, p->at)))
				memcpy((void *)p->at, p->original, p->jumps ? FX_POINT_JUMP : 1);
		}
	for (uint32_t i = a->first; i < a->first + a->count; i++)
		point[i].gone = true;
	protect(a->text, a->text_length, PROT_READ | PROT_EXEC);
}

void fx_points_forget(uintptr_t start, uintptr_t end)
{
	if (fx_config.points == FX_POINTS_CALLS)
		return;
	fx_shim_lock(&lock);
	for (uint32_t i = 0; i < areas; i++) {
		struct area *a = &area[i];

		if (!a->gone && start < a->text + a->text_length && a->text < end)
			put_back(a);
	}
	fx_shim_unlock(&lock);
}

static const struct fx_point *by_slot(uintptr_t ip)
{
	uint32_t n = __atomic_load_n(&areas, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; i < n; i++)
		if (ip >= area[i].start && ip < area[i].end)
			return &point[area[i].first + (ip - area[i].start) / FX_POINT_SLOT];
	return NULL;
}

/*
 * Before what has moved nothing has happened yet. In the middle of it the guest stays: the bytes
 * there are a jump now.
 */
void fx_points_put_back(struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	const struct fx_point *p = areas ? by_slot(sc->rip) : NULL;

	if (p && sc->rip <= p->slot + FX_POINT_MOVED)
		sc->rip = p->at;
}

const struct fx_point *fx_point_trapped(const struct ucontext *uc)
{
	uintptr_t at = uc->uc_mcontext.rip - 1;

	if (!areas)
		return NULL;
	for (uint32_t h = hash(at); hashed[h]; h = (h + 1) & (HASHED - 1)) {
		const struct fx_point *p = &point[hashed[h] - 1];

		if (p->at == at && !p->gone && !p->jumps)
			return p;
	}
	return NULL;
}

uintptr_t fx_point_goes_on(const struct fx_point *p)
{
	return p->slot + FX_POINT_MOVED;
}
