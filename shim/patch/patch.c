/* SPDX-License-Identifier: MIT */
#include "shim/patch/patch.h"

#include <asm/mman.h>
#include <asm/prctl.h>
#include <linux/mman.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/kernel_signal.h"
#include "shim/base/lock.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/memory/own_ranges.h"
#include "shim/memory/umem.h"
#include "shim/patch/insn_x86_64.h"
#include "shim/patch/patch_x86_64.h"
#include "shim/process/process.h"
#include "shim/threads/thread.h"

#define PAGE	     4096UL
#define MOST_SITES   1024 /* a power of two; when they are taken no more are counted */
#define PROBES	     8
#define ISLAND	     (4 * PAGE)
#define ISLAND_ROOM  (ISLAND / FX_TRAMPOLINE_LENGTH)
#define MOST_ISLANDS 16
#define MOST_TEXTS   128
#define REACH	     0x7ff00000UL /* of a jump, and something to spare */
/* Patching costs as much as four or so, and other threads that run there a fault each. */
#define TRAPS_TO_PAY 32
/* Who unprotects its code time and again is left alone. */
#define MOST_TIMES 3
/*
 * A program that jumps to what follows a `syscall`, other than from there, pays as much
 * each time as a trap costs: after so many the site is left alone.
 */
#define MOST_JUMPS 1000

enum state {
	COUNTING,
	PATCHED,
	NEVER, /* as long as this code is mapped here */
};

struct site {
	struct fx_site_record record; /* ret: published last, never taken back */
	uint32_t traps;		      /* relaxed: some may be lost */
	uint32_t jumps;		      /* likewise */
	uint8_t state;		      /* written under the lock, read by all */
	uint8_t times;
	bool listed; /* in decided */
	/* Once there is a trampoline, for good: somebody may be in it. */
	struct fx_site_shape shape;
	uint8_t moved[FX_SYSCALL_LENGTH + FX_INSN_LONGEST];
	uintptr_t trampoline;
};

_Static_assert(offsetof(struct site, record) == 0, "a trampoline pushes its site");

struct island {
	uintptr_t start; /* 0: none yet */
	struct site *site[ISLAND_ROOM];
};

/* Memory that may be patched; what does not fit is not. */
static struct {
	uintptr_t start, end; /* 0, 0: free */
} text[MOST_TEXTS];
static uint32_t texts; /* all behind have always been free */

static struct site site[MOST_SITES];
/* Sites that have once been more than counted, for who looks them up by address. */
static struct site *decided[MOST_SITES];
static uint32_t decided_count; /* published after the entry */
static struct island island[MOST_ISLANDS];

static uint32_t lock;	  /* guards texts, states, islands and the code itself */
static uint32_t writing;  /* the lock's owner is about to change code, or does */
static uint32_t changing; /* threads between change_begin and change_end */
static uint32_t changes;  /* of code, so far and under way */
static bool stopped;

extern const char fx_patched_entry[], fx_patched_trap_end[];

static bool active(void)
{
	return fx_config.intercept != FX_INTERCEPT_TRAP;
}

void fx_patch_thread(struct fx_thread *t)
{
	t->magic = FX_THREAD_MAGIC;
	if (active() && !__atomic_load_n(&stopped, __ATOMIC_RELAXED))
		fx_host(__NR_arch_prctl, ARCH_SET_GS, t);
}

bool fx_patch_serves(long nr)
{
	switch (nr) {
	case __NR_clone:
	case __NR_clone3:
	case __NR_fork:
	case __NR_vfork:
	case __NR_rt_sigreturn:
	case __NR_sigaltstack:
		return false;
	default:
		return true;
	}
}

/* NULL: it is not counted, and if add, there is no room for it. */
static struct site *find(uintptr_t ret, bool add)
{
	uint64_t hash = (uint64_t)ret * 0x9e3779b97f4a7c15ULL;

	for (unsigned i = 0; i < PROBES; i++) {
		struct site *s = &site[((hash >> 54) + i) % MOST_SITES];
		uintptr_t there = __atomic_load_n(&s->record.ret, __ATOMIC_RELAXED);

		if (there == ret)
			return s;
		if (!there && !add)
			return NULL;
		if (!there && (__atomic_compare_exchange_n(&s->record.ret, &there, ret, false,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
			       there == ret))
			return s;
	}
	return NULL;
}

/* The pages of a piece of code. */
static uintptr_t first_page(uintptr_t at)
{
	return at & ~(PAGE - 1);
}

static size_t pages_length(uintptr_t at, size_t length)
{
	return ((at + length + PAGE - 1) & ~(PAGE - 1)) - first_page(at);
}

/* Wants the lock. False: the host does not let us, and nothing has changed. */
static bool change_code(uintptr_t at, const void *bytes, size_t length)
{
	uintptr_t page = first_page(at);
	size_t size = pages_length(at, length);
	bool written;

	__atomic_add_fetch(&changes, 1, __ATOMIC_SEQ_CST);
	if (fx_host(__NR_mprotect, page, size, PROT_READ | PROT_WRITE) < 0)
		return false;
	written = fx_umem_copy_out(at, bytes, length) == 0;
	if (fx_host(__NR_mprotect, page, size, PROT_READ | PROT_EXEC) < 0)
		fx_process_fail("cannot make patched code executable again", -ENOMEM);
	return written;
}

static bool within_reach(uintptr_t a, uintptr_t b)
{
	return (a < b ? b - a : a - b) < REACH;
}

/* Below the code, since heaps and stacks grow elsewhere; near it, but for what it belongs to. */
static uintptr_t map_near(uintptr_t at)
{
	uintptr_t page = first_page(at);

	for (uintptr_t below = ISLAND; below < REACH / 2 && below < page; below *= 4)
		if (fx_own_map_at(page - below, ISLAND))
			return page - below;
	return 0;
}

static bool new_island(struct island *new, uintptr_t at)
{
	uintptr_t start = map_near(at);

	__atomic_store_n(&new->start, start, __ATOMIC_RELEASE);
	return start;
}

/* A place for the trampoline of a site, where its jump can lead; 0: there is none near by. */
static uintptr_t trampoline_place(struct site *s)
{
	uint8_t jump[FX_JUMP_LENGTH];

	for (unsigned i = 0; i < MOST_ISLANDS; i++) {
		struct island *is = &island[i];

		if (!is->start && !new_island(is, s->record.ret))
			return 0;
		for (unsigned slot = 0; slot < ISLAND_ROOM; slot++) {
			uintptr_t at = is->start + FX_TRAMPOLINE_LENGTH * slot;

			if (is->site[slot] || !within_reach(at, s->record.ret) ||
			    !fx_site_jump(jump, s->record.ret, s->shape, at))
				continue;
			__atomic_store_n(&is->site[slot], s, __ATOMIC_RELEASE);
			return at;
		}
	}
	return 0;
}

static bool is_text(uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < texts; i++)
		if (text[i].start <= start && end <= text[i].end)
			return true;
	return false;
}

/* What the shape says is to move, from where the jump begins. */
static const uint8_t *moving(const uint8_t code[FX_SITE_BYTES], struct fx_site_shape shape)
{
	return code + FX_SITE_BEFORE - shape.before;
}

static size_t moving_length(struct fx_site_shape shape)
{
	return shape.before ? shape.before : (size_t)FX_SYSCALL_LENGTH + shape.behind;
}

/* Whether the code is what the site's trampoline was made for. */
static bool is_as_before(const struct site *s, const uint8_t code[FX_SITE_BYTES],
			 struct fx_site_shape shape)
{
	return shape.before == s->shape.before && shape.behind == s->shape.behind &&
	       memcmp(s->moved, moving(code, shape), moving_length(shape)) == 0;
}

static bool make_trampoline(struct site *s, const uint8_t code[FX_SITE_BYTES],
			    struct fx_site_shape shape)
{
	uint8_t trampoline[FX_TRAMPOLINE_LENGTH];
	uintptr_t at;

	s->shape = shape;
	memcpy(s->moved, moving(code, shape), moving_length(shape));
	at = trampoline_place(s);
	if (!at || !fx_trampoline_write(trampoline, at, code, shape, &s->record) ||
	    !change_code(at, trampoline, sizeof(trampoline)))
		return false;
	s->trampoline = at;
	return true;
}

/* Wants the lock, and nobody changing mappings. False: this site cannot be patched. */
static bool patch(struct site *s, long nr)
{
	uint8_t code[FX_SITE_BYTES], jump[FX_JUMP_LENGTH];
	uintptr_t ret = s->record.ret, from = ret - FX_SYSCALL_LENGTH - FX_SITE_BEFORE;
	struct fx_site_shape shape;

	if (!is_text(from, from + sizeof(code)) || fx_umem_copy_in(code, from, sizeof(code)) < 0 ||
	    !fx_site_shape(code, nr, &shape))
		return false;
	if (s->trampoline ? !is_as_before(s, code, shape) : !make_trampoline(s, code, shape))
		return false;
	return fx_site_jump(jump, ret, shape, s->trampoline) &&
	       change_code(fx_site_start(ret, shape), jump, sizeof(jump));
}

static void set_state(struct site *s, enum state state)
{
	__atomic_store_n(&s->state, (uint8_t)state, __ATOMIC_RELEASE);
	if (s->listed)
		return;
	s->listed = true;
	decided[decided_count] = s;
	__atomic_store_n(&decided_count, decided_count + 1, __ATOMIC_RELEASE);
}

/* Wants the lock, and nobody changing mappings. */
static void leave_alone(struct site *s)
{
	if (change_code(fx_site_start(s->record.ret, s->shape), s->moved, FX_JUMP_LENGTH))
		set_state(s, NEVER);
}

/* One after the other, and not while mappings change: then there is a next time. */
static void decide_if_quiet(struct site *s, enum state was, long nr)
{
	if (__atomic_load_n(&lock, __ATOMIC_RELAXED))
		return;
	fx_shim_lock(&lock);
	/* Against change_begin: each announces itself, then looks for the other. */
	__atomic_store_n(&writing, 1, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&changing, __ATOMIC_SEQ_CST) && s->state == was && !stopped) {
		if (was == PATCHED)
			leave_alone(s);
		else
			set_state(s, s->times++ < MOST_TIMES && patch(s, nr) ? PATCHED : NEVER);
	}
	__atomic_store_n(&writing, 0, __ATOMIC_SEQ_CST);
	fx_shim_unlock(&lock);
}

/*
 * Not for a process that shares its parent's memory, which is about to execute something;
 * and if it were killed here, the parent would wait for the lock for ever.
 */
static bool may_decide(const struct fx_thread *t)
{
	return !t->own_process;
}

void fx_patch_consider(struct fx_thread *t, uintptr_t ret, long nr)
{
	uint32_t enough = fx_config.intercept == FX_INTERCEPT_EAGER ? 1 : TRAPS_TO_PAY;
	struct site *s;
	uint32_t traps;

	if (!active() || __atomic_load_n(&stopped, __ATOMIC_RELAXED) || ret < FX_SITE_BYTES)
		return;
	s = find(ret, true);
	if (!s || __atomic_load_n(&s->state, __ATOMIC_RELAXED) != COUNTING)
		return;
	traps = __atomic_load_n(&s->traps, __ATOMIC_RELAXED) + 1;
	__atomic_store_n(&s->traps, traps, __ATOMIC_RELAXED);
	if (traps >= enough && may_decide(t) && fx_patch_serves(nr))
		decide_if_quiet(s, COUNTING, nr);
}

/* Wants the lock. The bytes are put back; the site starts anew. */
static void put_back(struct site *s)
{
	if (s->state == PATCHED &&
	    !change_code(fx_site_start(s->record.ret, s->shape), s->moved, FX_JUMP_LENGTH))
		return;
	__atomic_store_n(&s->traps, 0, __ATOMIC_RELAXED);
	set_state(s, COUNTING);
}

/* With all that was looked at. */
static bool overlaps(const struct site *s, uintptr_t start, uintptr_t end)
{
	uintptr_t ret = s->record.ret;

	return start < ret + FX_SITE_BEHIND && ret - FX_SYSCALL_LENGTH - FX_SITE_BEFORE < end;
}

static void add_text(uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < MOST_TEXTS && start < end; i++) {
		if (text[i].end)
			continue;
		text[i].start = start;
		text[i].end = end;
		if (i >= texts)
			__atomic_store_n(&texts, i + 1, __ATOMIC_RELEASE);
		return;
	}
}

void fx_patch_text(uintptr_t start, size_t length)
{
	if (!active())
		return;
	fx_shim_lock(&lock);
	add_text(start, start + length);
	fx_shim_unlock(&lock);
}

static bool text_within(uintptr_t start, uintptr_t end)
{
	uint32_t n = __atomic_load_n(&texts, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < n; i++)
		if (__atomic_load_n(&text[i].start, __ATOMIC_RELAXED) < end &&
		    start < __atomic_load_n(&text[i].end, __ATOMIC_RELAXED))
			return true;
	return false;
}

static void forget_text(uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < texts; i++) {
		uintptr_t from = text[i].start, to = text[i].end;

		if (from >= end || start >= to)
			continue;
		text[i].start = text[i].end = 0;
		add_text(from, start);
		add_text(end, to);
	}
}

static void put_back_all(uintptr_t start, uintptr_t end)
{
	fx_shim_lock(&lock);
	forget_text(start, end);
	for (unsigned i = 0; i < decided_count; i++)
		if (decided[i]->state != COUNTING && overlaps(decided[i], start, end))
			put_back(decided[i]);
	fx_shim_unlock(&lock);
}

void fx_patch_stop(void)
{
	if (__atomic_exchange_n(&stopped, true, __ATOMIC_SEQ_CST))
		return;
	put_back_all(0, UINTPTR_MAX);
}

void fx_patch_change_begin(uintptr_t start, size_t length)
{
	uintptr_t end = start + length < start ? UINTPTR_MAX : start + length;

	if (!active())
		return;
	__atomic_add_fetch(&changing, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&writing, __ATOMIC_SEQ_CST)) {
		/* It may have looked before; who comes later sees us. */
		fx_shim_lock(&lock);
		fx_shim_unlock(&lock);
	}
	if (text_within(start, end))
		put_back_all(start, end);
}

void fx_patch_change_end(void)
{
	if (active())
		__atomic_sub_fetch(&changing, 1, __ATOMIC_SEQ_CST);
}

/* The site whose trampoline this address lies in, and where that begins. */
static const struct site *find_trampoline(uintptr_t ip, uintptr_t *start)
{
	for (unsigned i = 0; i < MOST_ISLANDS; i++) {
		uintptr_t base = __atomic_load_n(&island[i].start, __ATOMIC_ACQUIRE);
		uintptr_t slot = (ip - base) / FX_TRAMPOLINE_LENGTH;

		if (!base)
			return NULL;
		if (ip < base || slot >= ISLAND_ROOM)
			continue;
		*start = base + slot * FX_TRAMPOLINE_LENGTH;
		return __atomic_load_n(&island[i].site[slot], __ATOMIC_ACQUIRE);
	}
	return NULL;
}

static bool on_way_out(uintptr_t ip)
{
	return ip >= (uintptr_t)fx_patched_entry && ip < (uintptr_t)fx_patched_trap_end;
}

void fx_patch_put_back(struct fx_thread *t, struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	const struct site *s;
	uintptr_t start;

	if (!active())
		return;
	if (on_way_out(sc->rip)) {
		/* A signal that was recorded has all others blocked. */
		sc->rip = sc->rcx;
		uc->uc_sigmask = fx_host_mask(t->mask);
	}
	s = find_trampoline(sc->rip, &start);
	if (s)
		fx_trampoline_leave(uc, start, s->shape, &s->record);
}

void fx_patch_trapped(struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	const struct site *s;
	uintptr_t start;

	if (!active())
		return;
	s = find_trampoline(sc->rip, &start);
	if (s && fx_trampoline_trapped(sc->rip - start, s->shape))
		sc->rip = sc->rcx = s->record.ret;
}

bool fx_patch_step(struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	const struct site *s;
	uintptr_t start;

	if (!active())
		return false;
	s = find_trampoline(sc->rip, &start);
	if (!s || !fx_trampoline_begins(sc->rip - start, s->shape))
		return false;
	/* From here on a step would be seen: the call traps instead. */
	if (!s->shape.before)
		sc->rip = s->record.again;
	return true;
}

bool fx_patch_gs(struct fx_thread *t, struct ucontext *uc)
{
	const struct site *s;
	uintptr_t start;

	if (!active())
		return false;
	s = find_trampoline(uc->uc_mcontext.rip, &start);
	if (!s || !fx_trampoline_finds(uc->uc_mcontext.rip - start, s->shape))
		return false;
	fx_patch_put_back(t, uc);
	fx_patch_stop();
	return true;
}

bool fx_patch_behind(struct fx_thread *t, struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	struct site *s;

	if (!active())
		return false;
	s = find(sc->rip, false);
	if (!s || __atomic_load_n(&s->state, __ATOMIC_ACQUIRE) != PATCHED || !s->shape.behind)
		return fx_patch_fetch(t, uc);
	/* Who has made the call and comes back has this in rcx. */
	if (sc->rcx != s->record.ret &&
	    __atomic_add_fetch(&s->jumps, 1, __ATOMIC_RELAXED) >= MOST_JUMPS && may_decide(t))
		decide_if_quiet(s, PATCHED, 0);
	sc->rip = fx_trampoline_behind(s->trampoline);
	return true;
}

bool fx_patch_fetch(struct fx_thread *t, const struct ucontext *uc)
{
	uintptr_t ip = uc->uc_mcontext.rip;
	uint32_t now;

	if (!active() || !__atomic_load_n(&changes, __ATOMIC_SEQ_CST))
		return false;
	/* Whoever took the permission away has given it back by then. */
	fx_shim_lock(&lock);
	now = changes;
	fx_shim_unlock(&lock);
	if (t->fetched == ip && t->fetched_at == now)
		return false;
	t->fetched = ip;
	t->fetched_at = now;
	return true;
}

void fx_patch_lock_all(void)
{
	fx_shim_lock(&lock);
}

void fx_patch_unlock_all(void)
{
	fx_shim_unlock(&lock);
}

void fx_patch_after_fork(void)
{
	/* Those of threads that the child does not have. */
	changing = 0;
}
