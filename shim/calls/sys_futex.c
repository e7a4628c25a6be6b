/* SPDX-License-Identifier: MIT */
/*
 * futex(2): decodes and checks as kernel/futex/syscalls.c does, in its order,
 * then hands over to the manager. A word that other processes can map is not
 * ours to serve: rejected with a record, or forwarded to the host.
 */
#include <linux/futex.h>

#include "shim/base/host.h"
#include "shim/base/manager.h"
#include "shim/base/platform_linux.h"
#include "shim/calls/futex_words.h"
#include "shim/calls/handlers.h"
#include "shim/calls/kernel_thread.h"
#include "shim/calls/time_left.h"
#include "shim/memory/umem.h"
#include "shim/threads/thread.h"

#define NSEC_PER_SEC 1000000000L
#define USEC_PER_SEC 1000000L

/* Operations that take a timeout pointer where others have a second count. */
static bool takes_timeout(int cmd)
{
	return cmd == FUTEX_WAIT || cmd == FUTEX_LOCK_PI || cmd == FUTEX_LOCK_PI2 ||
	       cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_WAIT_REQUEUE_PI;
}

static bool waits(int cmd)
{
	return cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET;
}

static bool takes_second_word(int cmd)
{
	return cmd == FUTEX_REQUEUE || cmd == FUTEX_CMP_REQUEUE || cmd == FUTEX_WAKE_OP ||
	       cmd == FUTEX_WAIT_REQUEUE_PI || cmd == FUTEX_CMP_REQUEUE_PI;
}

/* FUTEX_WAIT's timeout is relative and on the monotonic clock; the others' are absolute. */
static int read_deadline(uintptr_t uaddr, int op, struct fx_deadline *out)
{
	int cmd = op & FUTEX_CMD_MASK;
	struct fx_deadline now;
	int r = fx_futex_read_time(uaddr, out);

	if (r < 0)
		return r;
	out->clock = op & FUTEX_CLOCK_REALTIME || cmd == FUTEX_LOCK_PI ? FX_CLOCK_REALTIME
								       : FX_CLOCK_MONOTONIC;
	if (cmd != FUTEX_WAIT)
		return 0;
	fx_manager.platform->clock_now(FX_CLOCK_MONOTONIC, &now);
	out->nsec += now.nsec;
	if (out->nsec >= NSEC_PER_SEC) {
		out->nsec -= NSEC_PER_SEC;
		out->sec += out->sec < INT64_MAX;
	}
	/* As the kernel saturates: later than any clock gets. */
	if (__builtin_add_overflow(out->sec, now.sec, &out->sec) ||
	    out->sec > INT64_MAX / NSEC_PER_SEC)
		out->sec = INT64_MAX / NSEC_PER_SEC;
	return 0;
}

static long wait(struct fx_call *c, enum fx_key_class cls, uint32_t bitset,
		 const struct fx_deadline *deadline)
{
	long r = bitset ? fx_futex_check_word(c->arg[0], cls) : -EINVAL;

	c->restart = deadline ? FX_RESTART_BLOCK : FX_RESTART_SYS;
	if (r < 0)
		return r;
	return fx_wait(&fx_manager, c->arg[0], cls, (uint32_t)c->arg[2], bitset, deadline);
}

/* This call may take the short way back to the guest, past what ends a wait otherwise. */
static long may_go_on(struct fx_thread *t, long r)
{
	if (r != -EINTR && r != -FX_EBAIL)
		t->until_nr = 0;
	return r;
}

/* The deadline of a relative wait that goes on is the one that it began with. */
static long wait_relative(struct fx_thread *t, struct fx_call *c, enum fx_key_class cls,
			  struct fx_deadline *deadline)
{
	if (!deadline)
		return wait(c, cls, FUTEX_BITSET_MATCH_ANY, NULL);
	if (t->until_nr == c->nr) {
		deadline->sec = t->until_us / USEC_PER_SEC;
		deadline->nsec = t->until_us % USEC_PER_SEC * 1000;
	}
	t->until_nr = c->nr;
	t->until_us = deadline->sec * USEC_PER_SEC + (deadline->nsec + 999) / 1000;
	return may_go_on(t, wait(c, cls, FUTEX_BITSET_MATCH_ANY, deadline));
}

static long wait_on_host(struct fx_thread *t, struct fx_call *c)
{
	struct fx_time left;
	long r = fx_time_left_at(t, c, &left, &c->arg[3]);

	return r < 0 ? r : may_go_on(t, fx_futex_answer_shared(t, c, c->arg[0]));
}

static long wake(struct fx_call *c, enum fx_key_class cls, uint32_t bitset)
{
	long r = bitset ? fx_futex_check_word(c->arg[0], cls) : -EINVAL;

	if (r < 0)
		return r;
	return fx_wake(&fx_manager, c->arg[0], cls, (int)c->arg[2], bitset);
}

static long check_both(const struct fx_call *c, enum fx_key_class cls)
{
	long r = fx_futex_check_word(c->arg[0], cls);

	return r < 0 ? r : fx_futex_check_word(c->arg[4], cls);
}

static long requeue(struct fx_call *c, enum fx_key_class cls, const uint32_t *cmpval)
{
	long r;

	if ((int)c->arg[2] < 0 || (int)c->arg[3] < 0)
		return -EINVAL;
	r = check_both(c, cls);
	if (r < 0)
		return r;
	return fx_requeue(&fx_manager, c->arg[0], c->arg[4], cls, cls, (int)c->arg[2],
			  (int)c->arg[3], cmpval);
}

static long wake_op(struct fx_call *c, enum fx_key_class cls)
{
	long r = check_both(c, cls);

	if (r < 0)
		return r;
	return fx_wake_op(&fx_manager, c->arg[0], c->arg[4], cls, cls, (int)c->arg[2],
			  (int)c->arg[3], (uint32_t)c->arg[5]);
}

/* Linux begins these anew after any handler (ERESTARTNOINTR), SA_RESTART or not. */
static long always_restart(long r)
{
	return r == -EINTR ? -FX_EBAIL : r;
}

/* A thread of another process, or of the kernel. */
static bool is_foreign(uint32_t tid)
{
	return fx_host(__NR_tkill, tid, 0) != -ESRCH &&
	       fx_host(__NR_tgkill, fx_host(__NR_getpid), tid, 0) == -ESRCH;
}

/*
 * To the manager there is no such thread. Linux refuses owners with another
 * memory for private words, and its own threads for all.
 */
static long owner_error(uintptr_t uaddr, enum fx_key_class cls, long r)
{
	uint32_t word, tid;
	bool forbidden;

	if (r != -ESRCH || fx_umem_load32(uaddr, &word) < 0)
		return r;
	tid = word & FUTEX_TID_MASK;
	forbidden = cls == FX_KEY_PRIVATE ? tid && is_foreign(tid) : fx_is_kernel_thread(tid);
	return forbidden ? -EPERM : r;
}

/* glibc sleeps for ever then, on another word: a report has to know which lock it was. */
static long note_refusal(struct fx_thread *t, const struct fx_call *c, long r)
{
	if (r == -EDEADLK || r == -ESRCH)
		__atomic_store_n(&t->refused, c->arg[0], __ATOMIC_RELAXED);
	return r;
}

static long lock_pi(struct fx_thread *t, struct fx_call *c, enum fx_key_class cls,
		    const struct fx_deadline *deadline)
{
	int cmd = (int)c->arg[1] & FUTEX_CMD_MASK;
	uint32_t tid = t->host_tid;
	long r;

	/* Reads the word, and asks who owns it, before it looks at the address. */
	if (cmd == FUTEX_UNLOCK_PI)
		return fx_unlock_pi(&fx_manager, c->arg[0], cls, tid);
	r = fx_futex_check_word(c->arg[0], cls);
	if (r < 0)
		return r;
	switch (cmd) {
	case FUTEX_TRYLOCK_PI:
		r = fx_trylock_pi(&fx_manager, c->arg[0], cls, tid);
		return owner_error(c->arg[0], cls, r);
	default:
		r = fx_lock_pi(&fx_manager, c->arg[0], cls, tid, deadline);
		return always_restart(note_refusal(t, c, owner_error(c->arg[0], cls, r)));
	}
}

static long wait_requeue_pi(struct fx_thread *t, struct fx_call *c, enum fx_key_class cls,
			    const struct fx_deadline *deadline)
{
	long r;

	if (c->arg[0] == c->arg[4])
		return -EINVAL;
	/* The second word first, so the kernel. */
	r = fx_futex_check_word(c->arg[4], cls);
	if (r == 0)
		r = fx_futex_check_word(c->arg[0], cls);
	if (r < 0)
		return r;
	return always_restart(fx_wait_requeue_pi(&fx_manager, c->arg[0], c->arg[4], cls,
						 (uint32_t)c->arg[2], FUTEX_BITSET_MATCH_ANY,
						 t->host_tid, deadline));
}

static long cmp_requeue_pi(const struct fx_call *c, enum fx_key_class cls, uint32_t cmpval)
{
	long r;

	if ((int)c->arg[2] < 0 || (int)c->arg[3] < 0)
		return -EINVAL;
	if (c->arg[0] == c->arg[4] || (int)c->arg[2] != 1)
		return -EINVAL;
	r = check_both(c, cls);
	if (r < 0)
		return r;
	r = fx_cmp_requeue_pi(&fx_manager, c->arg[0], c->arg[4], cls, (int)c->arg[2],
			      (int)c->arg[3], cmpval);
	return owner_error(c->arg[4], cls, r);
}

static long any_operation(struct fx_thread *t, struct fx_call *c)
{
	int op = (int)c->arg[1], cmd = op & FUTEX_CMD_MASK;
	bool private = op & FUTEX_PRIVATE_FLAG;
	enum fx_key_class cls = private ? FX_KEY_PRIVATE : FX_KEY_PROCESS;
	uint32_t val3 = (uint32_t)c->arg[5];
	struct fx_deadline deadline, *until = NULL;
	int r;

	if (c->arg[3] && takes_timeout(cmd)) {
		r = read_deadline(c->arg[3], op, &deadline);
		if (r < 0)
			return r;
		until = &deadline;
	}
	if ((op & FUTEX_CLOCK_REALTIME) && cmd != FUTEX_WAIT_BITSET &&
	    cmd != FUTEX_WAIT_REQUEUE_PI && cmd != FUTEX_LOCK_PI2)
		return -ENOSYS;
	if (fx_futex_is_shared(c->arg[0], private)) {
		if (waits(cmd) && fx_futex_has_left(c->arg[0], (uint32_t)c->arg[2]))
			return -EAGAIN;
		return cmd == FUTEX_WAIT && until ? wait_on_host(t, c)
						  : fx_futex_answer_shared(t, c, c->arg[0]);
	}
	if (takes_second_word(cmd) && fx_futex_is_shared(c->arg[4], private))
		return fx_futex_answer_shared(t, c, c->arg[4]);
	switch (cmd) {
	case FUTEX_WAIT:
		return wait_relative(t, c, cls, until);
	case FUTEX_WAIT_BITSET:
		return wait(c, cls, val3, until);
	case FUTEX_WAKE:
		return wake(c, cls, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return wake(c, cls, val3);
	case FUTEX_REQUEUE:
		return requeue(c, cls, NULL);
	case FUTEX_CMP_REQUEUE:
		return requeue(c, cls, &val3);
	case FUTEX_WAKE_OP:
		return wake_op(c, cls);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_TRYLOCK_PI:
	case FUTEX_UNLOCK_PI:
		return lock_pi(t, c, cls, until);
	case FUTEX_WAIT_REQUEUE_PI:
		return wait_requeue_pi(t, c, cls, until);
	case FUTEX_CMP_REQUEUE_PI:
		return cmp_requeue_pi(c, cls, val3);
	default:
		/* Linux has none of these either: FUTEX_FD is gone, the rest never was. */
		return -ENOSYS;
	}
}

/* By far the most frequent ones first: they have nothing of what the others must look at. */
long fx_sys_futex(struct fx_thread *t, struct fx_call *c)
{
	switch ((int)c->arg[1]) {
	case FUTEX_WAKE | FUTEX_PRIVATE_FLAG:
		return wake(c, FX_KEY_PRIVATE, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT | FUTEX_PRIVATE_FLAG:
		if (!c->arg[3])
			return wait(c, FX_KEY_PRIVATE, FUTEX_BITSET_MATCH_ANY, NULL);
		/* fall through */
	default:
		return any_operation(t, c);
	}
}
