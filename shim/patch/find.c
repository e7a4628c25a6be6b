/* SPDX-License-Identifier: MIT */
#include "shim/patch/find.h"

#include <asm/prctl.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/memory/umem.h"
#include "shim/threads/thread.h"
#include "shim/base/table.h"

#define ADDRESS_BITS 47 /* of a program's */

struct fx_thread *fx_find_table[1 << FX_FIND_BITS] FX_TABLE;

/* In the place of an FS base that several threads have: a key that none has. */
static const uint64_t several[FX_THREAD_FS_KEY / 8 + 1] = {[FX_THREAD_FS_KEY / 8] = ~0xffffUL};
#define SEVERAL ((struct fx_thread *)(uintptr_t)several)

static bool by_fs; /* becomes false once, in a process of one thread */

void fx_find_init(void)
{
	/* Points keep what they need behind GS. */
	by_fs = fx_config.find == FX_FIND_FS && !fx_config.points;
}

bool fx_find_by_fs(void)
{
	return __atomic_load_n(&by_fs, __ATOMIC_RELAXED);
}

static void set_gs(struct fx_thread *t)
{
	fx_host(__NR_arch_prctl, ARCH_SET_GS, t);
}

/* Its block is used again, or will be, only when the host has cleared this. */
static bool is_gone(const struct fx_thread *t)
{
	return !__atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE);
}

/*
 * Two threads with one FS base are both not found, nor is anybody there afterwards. In another's
 * place nobody is found but him.
 */
static void note(struct fx_thread *t, uintptr_t fs_base)
{
	struct fx_thread **place = &fx_find_table[fx_find_place(fs_base)];
	struct fx_thread *was = __atomic_load_n(place, __ATOMIC_ACQUIRE), *now;

	__atomic_store_n(&t->fs_key, (uint64_t)fs_base << 16, __ATOMIC_RELEASE);
	do {
		if (was == SEVERAL)
			return;
		if (!was || was == t || is_gone(was))
			now = t;
		else if (__atomic_load_n(&was->fs_key, __ATOMIC_ACQUIRE) == t->fs_key)
			now = SEVERAL;
		else
			return;
	} while (!__atomic_compare_exchange_n(place, &was, now, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_ACQUIRE));
}

void fx_find_leave(struct fx_thread *t)
{
	struct fx_thread *was = t;

	if (!t->fs_key)
		return;
	__atomic_compare_exchange_n(&fx_find_table[fx_find_place(t->fs_key >> 16)], &was, NULL,
				    false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	__atomic_store_n(&t->fs_key, 0, __ATOMIC_RELEASE);
}

/* It is nobody's yet: the guest may set it while threads are found by FS. */
static bool gs_is_free(void)
{
	uintptr_t gs = 0;

	return fx_host(__NR_arch_prctl, ARCH_GET_GS, &gs) == 0 && !gs;
}

/* Whether the word where FS is says where that is. */
static bool is_thread_pointer(uintptr_t fs_base)
{
	uint64_t word;

	return fs_base && !(fs_base >> ADDRESS_BITS) && fx_umem_load64(fs_base, &word) == 0 &&
	       word == fs_base;
}

void fx_find_enter(struct fx_thread *t)
{
	if (fx_find_by_fs() && t->fs_base) {
		fx_find_leave(t);
		if (t->fs_shared)
			return;
		if (is_thread_pointer(t->fs_base)) {
			note(t, t->fs_base);
			return;
		}
		/* Go's programs and others whose FS is something else. */
		if (__atomic_load_n(&fx_thread_count, __ATOMIC_RELAXED) == 1 && gs_is_free())
			__atomic_store_n(&by_fs, false, __ATOMIC_RELAXED);
	}
	if (!fx_find_by_fs())
		set_gs(t);
}

bool fx_find_share(struct fx_thread *t, struct fx_thread *child)
{
	bool was = t->fs_shared;

	t->fs_shared = child->fs_shared = true;
	fx_find_leave(t);
	return was;
}

void fx_find_unshare(struct fx_thread *t, bool was)
{
	t->fs_shared = was;
	if (fx_find_by_fs())
		fx_find_enter(t);
}

void fx_find_after_fork(struct fx_thread *t)
{
	/* The others are gone, to whom their places were: note() sees it. */
	t->fs_shared = false;
	if (fx_find_by_fs())
		fx_find_enter(t);
}
