/* SPDX-License-Identifier: MIT */
#include "shim/patch/patch.h"

#include <asm/mman.h>
#include <linux/mman.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/base/mem.h"
#include "shim/memory/umem.h"
#include "shim/patch/code_range.h"
#include "shim/patch/find.h"
#include "shim/patch/island.h"
#include "shim/patch/patch_site.h"
#include "shim/patch/patch_x86_64.h"
#include "shim/patch/point.h"
#include "shim/process/process.h"
#include "shim/threads/thread.h"
#include "shim/base/table.h"

#define PAGE 4096UL
/* Patching costs as much as four or so, and other threads that run there a fault each. */
#define TRAPS_TO_PAY 32
/* Who unprotects its code time and again is left alone. */
#define MOST_TIMES 3
/*
 * A program that jumps to what follows a `syscall`, other than from there, pays as much
 * each time as a trap costs: after so many the site is left alone.
 */
#define MOST_JUMPS 1000

/* Sites that have once been more than counted, for who looks them up by address. */
static struct fx_patch_site *decided[FX_PATCH_SITES] FX_TABLE;
static uint32_t decided_count; /* published after the entry */

static uint32_t lock;	  /* guards ranges, states, islands and the code itself */
static uint32_t writing;  /* the lock's owner is about to change code, or does */
static uint32_t changing; /* threads between change_begin and change_end */
static uint32_t changes;  /* of code, so far and under way */
static bool stopped;
static void (*const *entry)(void); /* constant once the guest runs */

void fx_patch_init(void (*const *at)(void))
{
	entry = at;
}

void fx_patch_thread(struct fx_thread *t)
{
	t->magic = FX_THREAD_MAGIC;
	if ((fx_patch_active() || fx_config.points) && !__atomic_load_n(&stopped, __ATOMIC_RELAXED))
		fx_find_enter(t);
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
static bool is_as_before(const struct fx_patch_site *s, const uint8_t code[FX_SITE_BYTES],
			 struct fx_site_shape shape)
{
	return shape.before == s->shape.before && shape.behind == s->shape.behind &&
	       memcmp(s->moved, moving(code, shape), moving_length(shape)) == 0;
}

static bool make_trampoline(struct fx_patch_site *s, const uint8_t code[FX_SITE_BYTES],
			    struct fx_site_shape shape)
{
	const struct fx_trampoline_ends ends = {entry, fx_find_table};
	uint8_t trampoline[FX_TRAMPOLINE_LENGTH];
	uintptr_t at;

	s->shape = shape;
	memcpy(s->moved, moving(code, shape), moving_length(shape));
	at = fx_island_place(s);
	if (!at || !fx_trampoline_write(trampoline, at, code, shape, &ends, &s->record) ||
	    !change_code(at, trampoline, sizeof(trampoline)))
		return false;
	s->trampoline = at;
	return true;
}

/* Wants the lock, and nobody changing mappings. False: this site cannot be patched. */
static bool patch(struct fx_patch_site *s, long nr)
{
	uint8_t code[FX_SITE_BYTES], jump[FX_JUMP_LENGTH];
	uintptr_t ret = s->record.ret, from = ret - FX_SYSCALL_LENGTH - FX_SITE_BEFORE;
	struct fx_site_shape shape;

	if (!fx_code_range_has(from, from + sizeof(code)) ||
	    fx_umem_copy_in(code, from, sizeof(code)) < 0 || !fx_site_shape(code, nr, &shape))
		return false;
	shape.by_fs = s->trampoline ? s->shape.by_fs : fx_find_by_fs();
	if (s->trampoline ? !is_as_before(s, code, shape) : !make_trampoline(s, code, shape))
		return false;
	return fx_site_jump(jump, ret, shape, s->trampoline) &&
	       change_code(fx_site_start(ret, shape), jump, sizeof(jump));
}

static void set_state(struct fx_patch_site *s, enum fx_site_state state)
{
	__atomic_store_n(&s->state, (uint8_t)state, __ATOMIC_RELEASE);
	if (s->listed)
		return;
	s->listed = true;
	decided[decided_count] = s;
	__atomic_store_n(&decided_count, decided_count + 1, __ATOMIC_RELEASE);
}

/* Wants the lock, and nobody changing mappings. */
static void leave_alone(struct fx_patch_site *s)
{
	if (change_code(fx_site_start(s->record.ret, s->shape), s->moved, FX_JUMP_LENGTH))
		set_state(s, FX_SITE_NEVER);
}

/* One after the other, and not while mappings change: then there is a next time. */
static void decide_if_quiet(struct fx_patch_site *s, enum fx_site_state was, long nr)
{
	if (__atomic_load_n(&lock, __ATOMIC_RELAXED))
		return;
	fx_shim_lock(&lock);
	/* Against change_begin: each announces itself, then looks for the other. */
	__atomic_store_n(&writing, 1, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&changing, __ATOMIC_SEQ_CST) && s->state == was && !stopped) {
		if (was == FX_SITE_PATCHED)
			leave_alone(s);
		else
			set_state(s, s->times++ < MOST_TIMES && patch(s, nr) ? FX_SITE_PATCHED
									     : FX_SITE_NEVER);
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
	struct fx_patch_site *s;
	uint32_t traps;

	if (!fx_patch_active() || __atomic_load_n(&stopped, __ATOMIC_RELAXED) ||
	    ret < FX_SITE_BYTES)
		return;
	s = fx_patch_site_find(ret, true);
	if (!s || __atomic_load_n(&s->state, __ATOMIC_RELAXED) != FX_SITE_COUNTING)
		return;
	traps = __atomic_load_n(&s->traps, __ATOMIC_RELAXED) + 1;
	__atomic_store_n(&s->traps, traps, __ATOMIC_RELAXED);
	if (traps >= enough && may_decide(t) && fx_patch_serves(nr))
		decide_if_quiet(s, FX_SITE_COUNTING, nr);
}

void fx_patch_jumped(struct fx_thread *t, struct fx_patch_site *s)
{
	if (__atomic_add_fetch(&s->jumps, 1, __ATOMIC_RELAXED) >= MOST_JUMPS && may_decide(t))
		decide_if_quiet(s, FX_SITE_PATCHED, 0);
}

bool fx_patch_await_changes(uint32_t *now)
{
	if (!__atomic_load_n(&changes, __ATOMIC_SEQ_CST))
		return false;
	/* Whoever took the permission away has given it back by then. */
	fx_shim_lock(&lock);
	*now = changes;
	fx_shim_unlock(&lock);
	return true;
}

/* Wants the lock. The bytes are put back; the site starts anew. */
static void put_back(struct fx_patch_site *s)
{
	if (s->state == FX_SITE_PATCHED &&
	    !change_code(fx_site_start(s->record.ret, s->shape), s->moved, FX_JUMP_LENGTH))
		return;
	__atomic_store_n(&s->traps, 0, __ATOMIC_RELAXED);
	set_state(s, FX_SITE_COUNTING);
}

/* With all that was looked at. */
static bool overlaps(const struct fx_patch_site *s, uintptr_t start, uintptr_t end)
{
	uintptr_t ret = s->record.ret;

	return start < ret + FX_SITE_BEHIND && ret - FX_SYSCALL_LENGTH - FX_SITE_BEFORE < end;
}

void fx_patch_text(uintptr_t start, size_t length)
{
	if (!fx_patch_active())
		return;
	fx_shim_lock(&lock);
	fx_code_range_add(start, start + length);
	fx_shim_unlock(&lock);
}

static void put_back_all(uintptr_t start, uintptr_t end)
{
	fx_shim_lock(&lock);
	fx_code_range_forget(start, end);
	for (unsigned i = 0; i < decided_count; i++)
		if (decided[i]->state != FX_SITE_COUNTING && overlaps(decided[i], start, end))
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

	fx_points_forget(start, end);
	if (!fx_patch_active())
		return;
	__atomic_add_fetch(&changing, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&writing, __ATOMIC_SEQ_CST)) {
		/* It may have looked before; who comes later sees us. */
		fx_shim_lock(&lock);
		fx_shim_unlock(&lock);
	}
	if (fx_code_range_meets(start, end))
		put_back_all(start, end);
}

void fx_patch_change_end(void)
{
	if (fx_patch_active())
		__atomic_sub_fetch(&changing, 1, __ATOMIC_SEQ_CST);
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
