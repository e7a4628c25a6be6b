/* SPDX-License-Identifier: MIT */
/*
 * The newer futex calls: futex_waitv(2), futex_wake, futex_wait, futex_requeue.
 * Flags of their own (size, NUMA, private), absolute timeouts with a clock,
 * and a wake count of 0 that wakes nobody. Checks in the kernel's order.
 */
#include "shim/base/host.h"
#include "shim/base/manager.h"
#include "shim/calls/futex_words.h"
#include "shim/calls/handlers.h"
#include "shim/calls/sys_futex2.h"
#include "shim/memory/umem.h"

#define CLOCK_REALTIME	   0
#define CLOCK_MONOTONIC	   1

#define FX_FUTEX_WAITV_MAX 128
#define NR_FUTEX_WAKE	   454 /* Linux 6.7 */

static bool fits_word(uint64_t value)
{
	return value <= UINT32_MAX;
}

int fx_futex2_flags(uint32_t flags, enum fx_key_class *cls)
{
	if ((flags & ~(uint32_t)FX_FUTEX2_KNOWN) ||
	    (flags & FX_FUTEX2_SIZE_MASK) != FX_FUTEX2_SIZE_U32)
		return -EINVAL;
	*cls = flags & FX_FUTEX2_PRIVATE ? FX_KEY_PRIVATE : FX_KEY_PROCESS;
	return 0;
}

/*
 * FUTEX2_NUMA: behind the word stands the node on which the kernel keeps its
 * bucket, or -1, for which it writes the one it has chosen. Our buckets have no
 * nodes; which there are, and which is the caller's, the host says about a
 * word of our own. One that does not know the flag says EINVAL, or ENOSYS.
 */
static int check_node(uintptr_t uaddr)
{
	uint32_t own[2] __attribute__((aligned(8))) = {0, 0};
	uint32_t before;
	long r;

	if (fx_umem_load32(uaddr, &before) < 0)
		return -EFAULT;
	own[1] = before;
	r = fx_host(NR_FUTEX_WAKE, own, UINT32_MAX, 1,
		    FX_FUTEX2_SIZE_U32 | FX_FUTEX2_NUMA | FX_FUTEX2_PRIVATE);
	if (r < 0)
		return -EINVAL;
	return own[1] != before && fx_umem_store32(uaddr, own[1]) < 0 ? -EFAULT : 0;
}

/* FUTEX2_MPOL only says where the kernel keeps its bucket. */
int fx_futex2_check_word(uintptr_t uaddr, uint32_t flags, enum fx_key_class cls)
{
	int r;

	if ((flags & FX_FUTEX2_NUMA) && uaddr % 8)
		return -EINVAL;
	r = fx_futex_check_word(uaddr, cls);
	return r < 0 || !(flags & FX_FUTEX2_NUMA) ? r : check_node(uaddr + 4);
}

int fx_futex2_deadline(uintptr_t uaddr, int clock, struct fx_deadline *out)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	out->clock = clock == CLOCK_REALTIME ? FX_CLOCK_REALTIME : FX_CLOCK_MONOTONIC;
	return fx_futex_read_time(uaddr, out);
}

/* (uaddr, mask, nr, flags) */
long fx_sys_futex_wake(struct fx_thread *t, struct fx_call *c)
{
	enum fx_key_class cls;
	int nr = (int)c->arg[2];
	long r = fx_futex2_flags((uint32_t)c->arg[3], &cls);

	if (r < 0)
		return r;
	if (!fits_word(c->arg[1]) || !c->arg[1])
		return -EINVAL;
	r = fx_futex2_check_word(c->arg[0], (uint32_t)c->arg[3], cls);
	if (r < 0)
		return r;
	if (fx_futex_is_shared(c->arg[0], cls == FX_KEY_PRIVATE))
		return fx_futex_answer_shared(t, c, c->arg[0]);
	if (!nr)
		return 0;
	return fx_wake(&fx_manager, c->arg[0], cls, nr, (uint32_t)c->arg[1]);
}

/* (uaddr, val, mask, flags, timeout, clock) */
long fx_sys_futex_wait(struct fx_thread *t, struct fx_call *c)
{
	struct fx_deadline deadline, *until = NULL;
	enum fx_key_class cls;
	long r = fx_futex2_flags((uint32_t)c->arg[3], &cls);

	if (r < 0)
		return r;
	if (!fits_word(c->arg[1]) || !fits_word(c->arg[2]))
		return -EINVAL;
	if (c->arg[4]) {
		r = fx_futex2_deadline(c->arg[4], (int)c->arg[5], &deadline);
		if (r < 0)
			return r;
		until = &deadline;
	}
	if (!c->arg[2])
		return -EINVAL;
	r = fx_futex2_check_word(c->arg[0], (uint32_t)c->arg[3], cls);
	if (r < 0)
		return r;
	if (fx_futex_is_shared(c->arg[0], cls == FX_KEY_PRIVATE))
		return fx_futex_answer_shared(t, c, c->arg[0]);
	return fx_wait(&fx_manager, c->arg[0], cls, (uint32_t)c->arg[1], (uint32_t)c->arg[2],
		       until);
}

int fx_futex2_read_waiter(uintptr_t from, struct fx_futex2_waiter *out)
{
	struct {
		uint64_t val, uaddr;
		uint32_t flags, reserved;
	} w; /* struct futex_waitv */
	int r;

	if (fx_umem_copy_in(&w, from, sizeof(w)) < 0)
		return -EFAULT;
	if (w.reserved)
		return -EINVAL;
	r = fx_futex2_flags(w.flags, &out->cls);
	if (r < 0)
		return r;
	if (!fits_word(w.val))
		return -EINVAL;
	out->uaddr = w.uaddr;
	out->val = (uint32_t)w.val;
	out->flags = w.flags;
	return 0;
}

/* (waiters[2], flags, nr_wake, nr_requeue) */
long fx_sys_futex_requeue(struct fx_thread *t, struct fx_call *c)
{
	struct fx_futex2_waiter w[2];
	int nr_wake = (int)c->arg[2], nr_requeue = (int)c->arg[3];
	long r;

	if ((unsigned)c->arg[1] || !c->arg[0])
		return -EINVAL;
	for (unsigned i = 0; i < 2; i++) {
		r = fx_futex2_read_waiter(c->arg[0] + i * FX_FUTEX2_WAITER_SIZE, &w[i]);
		if (r < 0)
			return r;
	}
	if (nr_wake < 0 || nr_requeue < 0 || w[0].cls != w[1].cls)
		return -EINVAL;
	for (unsigned i = 0; i < 2; i++) {
		r = fx_futex2_check_word(w[i].uaddr, w[i].flags, w[i].cls);
		if (r < 0)
			return r;
		if (fx_futex_is_shared(w[i].uaddr, w[i].cls == FX_KEY_PRIVATE))
			return fx_futex_answer_shared(t, c, w[i].uaddr);
	}
	return fx_requeue(&fx_manager, w[0].uaddr, w[1].uaddr, w[0].cls, w[1].cls, nr_wake,
			  nr_requeue, &w[0].val);
}

/* (waiters, count, flags, timeout, clock) */
long fx_sys_futex_waitv(struct fx_thread *t, struct fx_call *c)
{
	struct fx_waitv words[FX_FUTEX_WAITV_MAX];
	struct fx_waiter waiters[FX_FUTEX_WAITV_MAX];
	uint8_t flags[FX_FUTEX_WAITV_MAX];
	struct fx_deadline deadline, *until = NULL;
	unsigned n = (unsigned)c->arg[1];
	long r;

	if ((unsigned)c->arg[2] || !n || n > FX_FUTEX_WAITV_MAX || !c->arg[0])
		return -EINVAL;
	if (c->arg[3]) {
		r = fx_futex2_deadline(c->arg[3], (int)c->arg[4], &deadline);
		if (r < 0)
			return r;
		until = &deadline;
	}
	for (unsigned i = 0; i < n; i++) {
		struct fx_futex2_waiter w;

		r = fx_futex2_read_waiter(c->arg[0] + i * FX_FUTEX2_WAITER_SIZE, &w);
		if (r < 0)
			return r;
		words[i] = (struct fx_waitv){w.uaddr, w.val, w.cls};
		flags[i] = (uint8_t)w.flags;
	}
	for (unsigned i = 0; i < n; i++) {
		r = fx_futex2_check_word(words[i].uaddr, flags[i], words[i].cls);
		if (r < 0)
			return r;
		if (fx_futex_is_shared(words[i].uaddr, words[i].cls == FX_KEY_PRIVATE))
			return fx_futex_answer_shared(t, c, words[i].uaddr);
	}
	return fx_waitv(&fx_manager, words, waiters, n, until);
}
