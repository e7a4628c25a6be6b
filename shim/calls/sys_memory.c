/* SPDX-License-Identifier: MIT */
/*
 * Memory calls: refused where they meet fxbox's own memory, watched for
 * shared mappings, and brk, which the shim keeps itself, since the kernel's
 * own break belongs to fxbox. mmap(2), mremap(2), munmap(2), shmat(2), brk(2).
 */
#include "shim/calls/sys_memory.h"

#include <asm/mman.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/resource.h>

#include "shim/audit/audit.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/calls/handlers.h"
#include "shim/memory/mappings.h"
#include "shim/memory/maps.h"
#include "shim/memory/own_ranges.h"
#include "shim/patch/patch.h"
#include "shim/schedule/code.h"
#include "shim/signals/pkru.h"

#define PAGE	 4096UL
#define USER_END 0x7ffffffff000UL /* TASK_SIZE of Linux, with four levels of tables */
#define MAP_TYPE_IS_SHARED(flags)                                                                  \
	(((flags)&MAP_TYPE) == MAP_SHARED || ((flags)&MAP_TYPE) == MAP_SHARED_VALIDATE)

static struct {
	uint32_t lock;
	uintptr_t start, now;
	size_t data;
	struct prctl_mm_map map;
} guest_brk;

static size_t page_round(size_t length)
{
	return (length + PAGE - 1) & ~(PAGE - 1);
}

static bool is_error(long r)
{
	return r < 0 && r > -4096;
}

static long pass(const struct fx_call *c)
{
	return fx_host(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4], c->arg[5]);
}

/* Of code there the shim may have changed some: see patch.h. */
static long pass_changing(const struct fx_call *c)
{
	long r;

	fx_patch_change_begin(c->arg[0], page_round(c->arg[1]));
	r = pass(c);
	fx_patch_change_end();
	return r;
}

/* Besides, what is known of the place does not hold any more: see maps.h. */
static long pass_replacing(const struct fx_call *c)
{
	long r = pass_changing(c);

	fx_maps_changed();
	return r;
}

/* The guest names memory of fxbox: to it, that memory is not there. */
static long refuse_own(struct fx_thread *t, struct fx_call *c, long result)
{
	fx_audit_refused(t, c, 0, "the range is fxbox's own memory", result);
	return result;
}

static bool is_code(const struct fx_call *c)
{
	return c->arg[2] == (PROT_READ | PROT_EXEC) && (c->arg[3] & MAP_TYPE) == MAP_PRIVATE &&
	       !(c->arg[3] & MAP_ANONYMOUS);
}

static void note_code(uintptr_t start, const struct fx_call *c)
{
	fx_patch_text(start, page_round(c->arg[1]));
	fx_schedule_code(start, c->arg[1], (int)c->arg[4], c->arg[5], false);
}

/* It replaces what was there, if its address is fixed. */
static long map(const struct fx_call *c)
{
	long r = c->arg[3] & MAP_FIXED ? pass_replacing(c) : pass(c);

	if (!is_error(r) && is_code(c))
		note_code((uintptr_t)r, c);
	return r;
}

/* What Linux finds wrong with the arguments before it looks at what is mapped: ksys_mmap_pgoff,
 * do_mmap. */
static long wrong_mmap(const struct fx_call *c)
{
	if (c->arg[5] % PAGE || !c->arg[1])
		return -EINVAL;
	if (!(c->arg[3] & MAP_ANONYMOUS) &&
	    (fx_fd_kept((int)c->arg[4]) || fx_host(__NR_fcntl, c->arg[4], F_GETFD) < 0))
		return -EBADF;
	if (page_round(c->arg[1]) == 0 || c->arg[1] > USER_END)
		return -ENOMEM;
	if (c->arg[0] > USER_END - c->arg[1])
		return -ENOMEM;
	return c->arg[0] % PAGE ? -EINVAL : 0;
}

static long refuse_map(struct fx_thread *t, struct fx_call *c)
{
	long wrong = wrong_mmap(c);

	return wrong ? wrong
		     : refuse_own(t, c, c->arg[3] & MAP_FIXED_NOREPLACE ? -EEXIST : -ENOMEM);
}

long fx_sys_mmap(struct fx_thread *t, struct fx_call *c)
{
	uintptr_t address = c->arg[0];
	size_t length = page_round(c->arg[1]);
	int flags = (int)c->arg[3];
	bool fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
	bool shared = MAP_TYPE_IS_SHARED(flags);
	long r;

	if (fixed && fx_own_overlaps(address, c->arg[1]))
		return refuse_map(t, c);
	if (!shared && !(fixed && fx_mappings_any()))
		return map(c);
	fx_mappings_lock();
	r = map(c);
	if (!is_error(r)) {
		fx_mappings_remove((uintptr_t)r, length);
		if (shared && fx_mappings_add((uintptr_t)r, length) < 0) {
			fx_host(__NR_munmap, r, length);
			r = -ENOMEM;
		}
	}
	fx_mappings_unlock();
	return r;
}

long fx_sys_munmap(struct fx_thread *t, struct fx_call *c)
{
	long r;

	if (fx_own_overlaps(c->arg[0], c->arg[1]))
		/* What is wrong with the arguments is EINVAL too, and no matter of ours. */
		return c->arg[0] % PAGE || c->arg[0] + c->arg[1] < c->arg[0] ||
				       c->arg[0] + c->arg[1] > USER_END
			       ? -EINVAL
			       : refuse_own(t, c, -EINVAL);
	if (!fx_mappings_any())
		return pass_replacing(c);
	fx_mappings_lock();
	r = pass_replacing(c);
	if (!is_error(r))
		fx_mappings_remove(c->arg[0], page_round(c->arg[1]));
	fx_mappings_unlock();
	return r;
}

long fx_sys_pkey_alloc(struct fx_thread *t, struct fx_call *c)
{
	long key = fx_sys_host(t, c);

	if (key >= 0)
		fx_pkru_given(c->uc, (unsigned)key, (unsigned)c->arg[1]);
	return key;
}

/* The same of mprotect(2): do_mprotect_pkey. 0: nothing; 1: there is nothing to do. */
static long wrong_mprotect(const struct fx_call *c)
{
	const unsigned long grows = PROT_GROWSDOWN | PROT_GROWSUP;

	if ((c->arg[2] & grows) == grows || c->arg[0] % PAGE)
		return -EINVAL;
	if (!c->arg[1])
		return 1;
	if (c->arg[0] + page_round(c->arg[1]) <= c->arg[0])
		return -ENOMEM;
	return c->arg[2] & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | grows) ? -EINVAL : 0;
}

long fx_sys_mprotect(struct fx_thread *t, struct fx_call *c)
{
	long wrong;

	if (!fx_own_overlaps(c->arg[0], c->arg[1]))
		return pass_changing(c);
	wrong = wrong_mprotect(c);
	if (wrong)
		return wrong < 0 ? wrong : 0;
	return refuse_own(t, c, -ENOMEM);
}

/*
 * Calls on a range that take a length of nothing, and then say only what is wrong with the
 * other arguments: madvise(2), mseal(2).
 */
static long wrong_range(const struct fx_call *c)
{
	size_t length = page_round(c->arg[1]);
	long r = fx_host(c->nr, c->arg[0], 0, c->arg[2]);

	if (r < 0)
		return r;
	return (c->arg[1] && !length) || c->arg[0] + length < c->arg[0] ? -EINVAL : 0;
}

/* MADV_DONTNEED may bring the file's own code back. */
long fx_sys_madvise(struct fx_thread *t, struct fx_call *c)
{
	long wrong;

	if (!fx_own_overlaps(c->arg[0], c->arg[1]))
		return pass_changing(c);
	wrong = wrong_range(c);
	return wrong ? wrong : refuse_own(t, c, -ENOMEM);
}

/* What is moved, and what it is moved over. */
static long remap(const struct fx_call *c)
{
	bool fixed = c->arg[3] & MREMAP_FIXED;
	long r;

	if (fixed)
		fx_patch_change_begin(c->arg[4], page_round(c->arg[2]));
	r = pass_replacing(c);
	if (fixed)
		fx_patch_change_end();
	return r;
}

/* check_mremap_params() of Linux. */
static bool wrong_mremap(const struct fx_call *c)
{
	unsigned long flags = c->arg[3], new_length = page_round(c->arg[2]);
	const unsigned long known = MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
	bool moves = flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);

	if (flags & ~known || c->arg[0] % PAGE || !new_length || new_length > USER_END)
		return true;
	/* To shrink is to unmap the rest, if there is anything to shrink. */
	if (!moves)
		return page_round(c->arg[1]) > new_length &&
		       page_round(c->arg[1]) > USER_END - c->arg[0] &&
		       fx_host(__NR_msync, c->arg[0], PAGE, MS_ASYNC) == 0;
	return !(flags & MREMAP_MAYMOVE) ||
	       (flags & MREMAP_DONTUNMAP && page_round(c->arg[1]) != new_length) ||
	       c->arg[4] % PAGE || c->arg[4] > USER_END - new_length ||
	       (c->arg[0] < c->arg[4] + new_length &&
		c->arg[4] < c->arg[0] + page_round(c->arg[1]));
}

long fx_sys_mremap(struct fx_thread *t, struct fx_call *c)
{
	uintptr_t from = c->arg[0], fixed_to = c->arg[4];
	size_t old_length = page_round(c->arg[1]), new_length = page_round(c->arg[2]);
	unsigned long flags = c->arg[3];
	bool forgotten = false;
	long r;

	if (fx_own_overlaps(from, old_length) ||
	    ((flags & MREMAP_FIXED) && fx_own_overlaps(fixed_to, new_length)))
		return wrong_mremap(c) ? -EINVAL : refuse_own(t, c, -EFAULT);
	if (!fx_mappings_any())
		return remap(c);
	fx_mappings_lock();
	r = remap(c);
	if (!is_error(r)) {
		forgotten = fx_mappings_move(from, old_length, (uintptr_t)r, new_length) < 0;
		if (old_length && !(flags & MREMAP_DONTUNMAP) && (uintptr_t)r != from)
			fx_mappings_remove(from, old_length);
	}
	fx_mappings_unlock();
	if (forgotten)
		fx_audit_refused(t, c, 0, "no memory to remember a shared mapping", r);
	return r;
}

/* The length of the segment is what the kernel now maps there; ask it. */
static size_t segment_length(int shmid)
{
	struct { /* struct shmid64_ds as far as it is read; the kernel's is 112 bytes */
		char perm[48];
		unsigned long size;
		char rest[128];
	} ds;

	if (fx_host(__NR_shmctl, shmid, 2 /* IPC_STAT */, &ds) < 0)
		return 0;
	return page_round(ds.size);
}

long fx_sys_shmat(struct fx_thread *t, struct fx_call *c)
{
	size_t length = segment_length((int)c->arg[0]);
	long r;

	if (c->arg[1] && fx_own_overlaps(c->arg[1], length ? length : PAGE))
		return refuse_own(t, c, -EINVAL);
	fx_mappings_lock();
	/* Over something only with SHM_REMAP. */
	fx_patch_change_begin(c->arg[1], length);
	r = pass(c);
	fx_patch_change_end();
	fx_maps_changed();
	if (!is_error(r) && fx_mappings_add((uintptr_t)r, length ? length : PAGE) < 0) {
		fx_host(__NR_shmdt, r);
		r = -ENOMEM;
	}
	fx_mappings_unlock();
	return r;
}

/*
 * What was attached may have been split since, and other shared memory may lie in
 * between or next to it: so the host is asked what is left.
 */
long fx_sys_shmdt(struct fx_thread *t, struct fx_call *c)
{
	uintptr_t at = c->arg[0], end, left, left_end;
	long r;

	(void)t;
	fx_mappings_lock();
	r = pass(c);
	fx_maps_changed();
	while (!is_error(r) && (end = fx_mappings_end(at))) {
		/* If it cannot be asked, the first page is known to be gone. */
		if (fx_maps_next_shared(at, &left, &left_end) < 0) {
			fx_mappings_remove(at, PAGE);
			break;
		}
		if (left > end)
			left = left_end = end;
		fx_mappings_remove(at, left - at);
		at = left_end;
	}
	fx_mappings_unlock();
	return r;
}

void fx_brk_init(uintptr_t start, size_t data, const struct prctl_mm_map *map)
{
	guest_brk.start = guest_brk.now = start;
	guest_brk.data = data;
	guest_brk.map = *map;
}

/* Nothing but /proc depends on it. */
static void tell_host(void)
{
	if (!guest_brk.map.end_code)
		return;
	guest_brk.map.brk = guest_brk.now;
	fx_host(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, &guest_brk.map, sizeof(guest_brk.map), 0);
}

/* check_data_rlimit() of Linux: the program's data counts, and a break that is to move down too. */
static bool beyond_limit(uintptr_t want)
{
	struct rlimit limit;

	return fx_host(__NR_prlimit64, 0, RLIMIT_DATA, NULL, &limit) == 0 &&
	       limit.rlim_cur != RLIM_INFINITY &&
	       want - guest_brk.start + guest_brk.data > limit.rlim_cur;
}

/* Never fails: answers the break, moved or not, as the kernel does. */
long fx_sys_brk(struct fx_thread *t, struct fx_call *c)
{
	uintptr_t want = c->arg[0], old_end, new_end;
	long r = 0;

	(void)t;
	fx_shim_lock(&guest_brk.lock);
	old_end = page_round(guest_brk.now);
	new_end = page_round(want);
	if (want >= guest_brk.start && new_end >= want && !beyond_limit(want)) {
		if (new_end > old_end)
			r = fx_host(__NR_mmap, old_end, new_end - old_end, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		else if (new_end < old_end)
			r = fx_host(__NR_munmap, new_end, old_end - new_end);
		if (!is_error(r) && want != guest_brk.now) {
			guest_brk.now = want;
			tell_host();
		}
		if (new_end < old_end)
			fx_maps_changed();
	}
	want = guest_brk.now;
	fx_shim_unlock(&guest_brk.lock);
	return (long)want;
}

void fx_memory_lock_all(void)
{
	fx_shim_lock(&guest_brk.lock);
	fx_mappings_lock();
	fx_own_lock_all();
}

void fx_memory_unlock_all(void)
{
	fx_own_unlock_all();
	fx_mappings_unlock();
	fx_shim_unlock(&guest_brk.lock);
}
