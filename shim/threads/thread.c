/* SPDX-License-Identifier: MIT */
/* Thread blocks: carved from slabs, given back, and reused when the host says so. */
#include "shim/threads/thread.h"

#include <asm/mman.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/base/manager.h"
#include "shim/base/mem.h"
#include "shim/memory/own_ranges.h"
#include "shim/base/table.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define SLAB_BLOCKS 32
#define MOST_SLABS  1000

uint32_t fx_thread_count = 1;

static uint32_t lock; /* guards all below */
static uintptr_t slab[MOST_SLABS] FX_TABLE;
static unsigned slabs;
static unsigned carved = SLAB_BLOCKS; /* blocks taken from the newest slab */
static unsigned blocks; /* all that were ever taken; read without the lock, by handlers too */
/* Threads that left or are about to; the oldest leaves its stack first. */
static struct fx_thread *leaving_first, *leaving_last;

static struct fx_thread *block_thread(uintptr_t base)
{
	return (struct fx_thread *)(base + FX_THREAD);
}

/* Nobody stands on its stack, and nobody uses its signal actions. */
static bool reusable(const struct fx_thread *t)
{
	return !__atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE) &&
	       !__atomic_load_n(&t->own_sighand.refs, __ATOMIC_ACQUIRE);
}

/*
 * With a schedule the same blocks are used again in each run: not one or another, as the host has
 * been quick to end a thread. Who is in the list has given its turn away, and needs nothing more.
 */
static void await_ends(void)
{
	for (const struct fx_thread *t = leaving_first; t; t = t->next)
		while (__atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE))
			fx_host(__NR_sched_yield);
}

static struct fx_thread *take_reusable(void)
{
	struct fx_thread *t = leaving_first, *previous = NULL;

	/* Few looks: threads leave about in order, and a fresh block is cheap. */
	for (int looks = 0; t && looks < 4; looks++, previous = t, t = t->next) {
		if (!reusable(t))
			continue;
		if (previous)
			previous->next = t->next;
		else
			leaving_first = t->next;
		if (leaving_last == t)
			leaving_last = previous;
		return t;
	}
	return NULL;
}

/* Behind the blocks of a slab lie as many buffers, if any are needed. */
static size_t gather_size(void)
{
	return fx_config.gather ? FX_GATHER_SIZE : 0;
}

/*
 * What lies below the stack faults. As a mark in the page tables, where the host has that
 * (Linux 6.13): then all blocks of a slab are one mapping, of which a process may have only so
 * many (vm.max_map_count). Else a mapping of its own.
 */
static bool make_usable(uintptr_t base)
{
	uintptr_t stack = base + FX_STACK_LOW;

	if (fx_host(__NR_mprotect, base, FX_BLOCK_SIZE, PROT_READ | PROT_WRITE) < 0)
		return false;
	return fx_host(__NR_madvise, base, stack - base, MADV_GUARD_INSTALL) == 0 ||
	       fx_host(__NR_mprotect, base, stack - base, PROT_NONE) == 0;
}

static char *make_gather_buffer(uintptr_t first)
{
	uintptr_t buf = first + SLAB_BLOCKS * FX_BLOCK_SIZE + carved * gather_size();

	if (fx_host(__NR_mprotect, buf, gather_size(), PROT_READ | PROT_WRITE) < 0)
		return NULL;
	return (char *)buf;
}

/* A slab is reserved whole, and what a thread needs of it is taken then. */
static struct fx_thread *carve(void)
{
	struct fx_thread *t;
	uintptr_t base;
	char *buf = NULL;

	if (carved == SLAB_BLOCKS) {
		if (slabs == MOST_SLABS)
			return NULL;
		base = fx_own_reserve(SLAB_BLOCKS * (FX_BLOCK_SIZE + gather_size()), FX_BLOCK_SIZE);
		if (!base)
			return NULL;
		slab[slabs++] = base;
		carved = 0;
	}
	base = slab[slabs - 1] + (uintptr_t)carved * FX_BLOCK_SIZE;
	if (!make_usable(base) || (gather_size() && !(buf = make_gather_buffer(slab[slabs - 1]))))
		return NULL;
	t = block_thread(base);
	t->gather.buf = buf;
	carved++;
	/* Pairs with nth_block: the slab, and that the block may be touched. */
	__atomic_store_n(&blocks, blocks + 1, __ATOMIC_RELEASE);
	return t;
}

struct fx_thread *fx_thread_alloc(void)
{
	struct fx_thread *t;

	fx_shim_lock(&lock);
	if (fx_config.scheduled)
		await_ends();
	t = take_reusable();
	if (!t)
		t = carve();
	fx_shim_unlock(&lock);
	if (!t)
		return NULL;
	/* Own signal actions lie at the end and are filled only where they are used. */
	memset(t, 0, offsetof(struct fx_thread, own_sighand));
	t->own_sighand.refs = 0;
	t->own_sighand.lock = 0;
	t->held = 0;
	t->next = NULL;
	t->told_us = 0;
	fx_gather_buffer_empty(&t->gather);
	t->self = t;
	return t;
}

void fx_thread_release(struct fx_thread *t)
{
	fx_shim_lock(&lock);
	t->next = NULL;
	if (leaving_last)
		leaving_last->next = t;
	else
		leaving_first = t;
	leaving_last = t;
	fx_shim_unlock(&lock);
}

/* The i-th block ever carved, or NULL beyond the last: a slab is carved whole before the next. */
static struct fx_thread *nth_block(unsigned i)
{
	if (i >= __atomic_load_n(&blocks, __ATOMIC_ACQUIRE))
		return NULL;
	return block_thread(slab[i / SLAB_BLOCKS] + (uintptr_t)(i % SLAB_BLOCKS) * FX_BLOCK_SIZE);
}

struct fx_thread *fx_thread_nth(unsigned i)
{
	return nth_block(i);
}

struct fx_thread *fx_thread_find(uint32_t tid)
{
	struct fx_thread *t;

	fx_shim_lock(&lock);
	for (unsigned i = 0; (t = nth_block(i)); i++)
		if (__atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE) == tid)
			break;
	fx_shim_unlock(&lock);
	return t;
}

bool fx_thread_owns_locks(uint32_t tid)
{
	const struct fx_thread *t = fx_thread_find(tid);

	return t && !__atomic_load_n(&t->gone, __ATOMIC_ACQUIRE);
}

bool fx_thread_has_exit_word(uintptr_t uaddr)
{
	struct fx_thread *t;

	if (!uaddr)
		return false;
	fx_shim_lock(&lock);
	for (unsigned i = 0; (t = nth_block(i)); i++)
		if (__atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE) &&
		    __atomic_load_n(&t->clear_child_tid, __ATOMIC_RELAXED) == uaddr)
			break;
	fx_shim_unlock(&lock);
	return t;
}

void fx_thread_added(void)
{
	unsigned n = __atomic_add_fetch(&fx_thread_count, 1, __ATOMIC_RELAXED);
	size_t bytes = fx_manager_grow_bytes(&fx_manager, n);
	uintptr_t table;

	if (!bytes)
		return;
	/* Without memory for a larger table the old one serves, only slower. */
	table = fx_own_map((bytes + 4095) & ~4095UL, 4096);
	if (table)
		fx_manager_grow(&fx_manager, (void *)table, bytes);
}

bool fx_thread_alone(const struct fx_thread *self)
{
	struct fx_thread *t;

	fx_shim_lock(&lock);
	/* As a rule the first block is the first thread's, which lives. */
	for (unsigned i = 0; (t = nth_block(i)); i++)
		if (t != self && __atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE))
			break;
	fx_shim_unlock(&lock);
	return !t;
}

void fx_thread_after_fork(struct fx_thread *self)
{
	struct fx_thread *t;

	leaving_first = leaving_last = NULL;
	for (unsigned i = 0; (t = nth_block(i)); i++) {
		fx_gather_buffer_empty(&t->gather);
		if (t == self)
			continue;
		t->host_tid = 0;
		/* Its actions may be the ones that the caller shares. */
		if (&t->own_sighand != self->sighand)
			t->own_sighand.refs = 0;
		t->next = leaving_first;
		leaving_first = t;
		if (!leaving_last)
			leaving_last = t;
	}
}

void fx_thread_lock_all(void)
{
	fx_shim_lock(&lock);
}

void fx_thread_unlock_all(void)
{
	fx_shim_unlock(&lock);
}
