/* SPDX-License-Identifier: MIT */
/*
 * futex(2): decodes and checks as kernel/futex/syscalls.c does, in its order,
 * then hands over to the manager. A word that other processes can map is not
 * ours to serve: rejected with a record, or forwarded to the host.
 */
#include <linux/futex.h>

#include "manager/manager.h"
#include "manager/platform_linux.h"
#include "shim/audit.h"
#include "shim/call.h"
#include "shim/decode.h"
#include "shim/futex_words.h"
#include "shim/host.h"
#include "shim/mem.h"
#include "shim/maps.h"
#include "shim/mappings.h"
#include "shim/process.h"
#include "shim/text.h"
#include "shim/thread.h"
#include "shim/umem.h"

#define USER_END     0x7ffffffff000UL
#define NSEC_PER_SEC 1000000000L

static bool in_user_space(uintptr_t uaddr)
{
	return uaddr <= USER_END - sizeof(uint32_t);
}

/* Operations that take a timeout pointer where others have a second count. */
static bool takes_timeout(int cmd)
{
	return cmd == FUTEX_WAIT || cmd == FUTEX_LOCK_PI || cmd == FUTEX_LOCK_PI2 ||
	       cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_WAIT_REQUEUE_PI;
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
	int64_t ts[2];
	struct fx_deadline now;

	if (fx_umem_copy_in(ts, uaddr, sizeof(ts)) < 0)
		return -EFAULT;
	if (ts[0] < 0 || ts[1] < 0 || ts[1] >= NSEC_PER_SEC)
		return -EINVAL;
	out->sec = ts[0];
	out->nsec = ts[1];
	out->clock = op & FUTEX_CLOCK_REALTIME || cmd == FUTEX_LOCK_PI ? FX_CLOCK_REALTIME
								       : FX_CLOCK_MONOTONIC;
	if (cmd != FUTEX_WAIT)
		return 0;
	fx_platform_linux.clock_now(FX_CLOCK_MONOTONIC, &now);
	out->nsec += now.nsec;
	if (out->nsec >= NSEC_PER_SEC) {
		out->nsec -= NSEC_PER_SEC;
		out->sec += out->sec < INT64_MAX;
	}
	/* As the kernel saturates: later than any clock gets. */
	if (__builtin_add_overflow(out->sec, now.sec, &out->sec) || out->sec > INT64_MAX / NSEC_PER_SEC)
		out->sec = INT64_MAX / NSEC_PER_SEC;
	return 0;
}

/* Answers for a word that other processes can reach. */
static long shared_futex(struct fx_thread *t, struct fx_call *c, uintptr_t uaddr)
{
	struct fx_mapping_name m;
	struct fx_unsupported u = {
		.sub = (unsigned)((int)c->arg[1] & FUTEX_CMD_MASK),
		.advice = "run with --shared-futex=host",
		.result = -ENOSYS,
		.now = true,
	};
	char what[100];
	struct fx_text x;

	if (fx_config.shared == FX_SHARED_HOST)
		return fx_host_park(__NR_futex, c->arg[0], c->arg[1], c->arg[2], c->arg[3],
				    c->arg[4], c->arg[5]);
	fx_text_init(&x, what, sizeof(what));
	fx_text_put(&x, "shared futex: ");
	fx_decode_futex_op(&x, (int)c->arg[1]);
	fx_text_put(&x, " on ");
	fx_text_hex(&x, uaddr);
	u.what = what;
	fx_maps_find(uaddr, &m);
	u.where = m.name[0] && !fx_str_equal(m.name, "/dev/zero (deleted)")
			  ? m.name
			  : "anonymous shared memory";
	fx_audit_unsupported(t, c, &u);
	return -ENOSYS;
}

/*
 * An operation that Linux has and the manager has not. A record each, and
 * ENOSYS, which glibc answers with a clean ENOTSUP where there is one.
 */
static long unsupported_op(struct fx_thread *t, struct fx_call *c)
{
	char what[100];
	struct fx_text x;
	struct fx_unsupported u = {
		.sub = (unsigned)((int)c->arg[1] & FUTEX_CMD_MASK), .what = what, .result = -ENOSYS};

	fx_text_init(&x, what, sizeof(what));
	fx_text_put(&x, "futex ");
	fx_decode_futex_op(&x, (int)c->arg[1]);
	fx_audit_unsupported(t, c, &u);
	return -ENOSYS;
}

/* Whether the operation is one that concerns memory of other processes, by policy. */
static bool is_shared(uintptr_t uaddr, bool private)
{
	if (private)
		return false;
	/* The exit word of a thread is always ours: pthread_join waits on it so. */
	if (fx_config.shared == FX_SHARED_STRICT && !fx_thread_has_exit_word(uaddr))
		return true;
	return fx_mappings_shared(uaddr);
}

/*
 * Of a thread that has just gone, the exit word is known no more, but the
 * joiner that still waits for its id finds another value there.
 */
static bool has_other_value(uintptr_t uaddr, int cmd, uint32_t val)
{
	uint32_t seen;

	return (cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET) &&
	       uaddr % sizeof(uint32_t) == 0 && fx_umem_load32(uaddr, &seen) == 0 && seen != val;
}

static long wait(struct fx_call *c, enum fx_key_class cls, uint32_t bitset,
		 const struct fx_deadline *deadline)
{
	c->restart = deadline ? FX_RESTART_BLOCK : FX_RESTART_SYS;
	if (!bitset)
		return -EINVAL;
	if (c->arg[0] % sizeof(uint32_t))
		return -EINVAL;
	if (!in_user_space(c->arg[0]))
		return -EFAULT;
	return fx_wait(&fx_manager, c->arg[0], cls, (uint32_t)c->arg[2], bitset, deadline);
}

static long wake(struct fx_call *c, enum fx_key_class cls, uint32_t bitset)
{
	if (!bitset)
		return -EINVAL;
	if (c->arg[0] % sizeof(uint32_t))
		return -EINVAL;
	if (!in_user_space(c->arg[0]))
		return -EFAULT;
	return fx_wake(&fx_manager, c->arg[0], cls, (int)c->arg[2], bitset);
}

static long requeue(struct fx_call *c, enum fx_key_class cls, const uint32_t *cmpval)
{
	if ((int)c->arg[2] < 0 || (int)c->arg[3] < 0)
		return -EINVAL;
	if (c->arg[0] % sizeof(uint32_t))
		return -EINVAL;
	if (!in_user_space(c->arg[0]))
		return -EFAULT;
	if (c->arg[4] % sizeof(uint32_t))
		return -EINVAL;
	if (!in_user_space(c->arg[4]))
		return -EFAULT;
	return fx_requeue(&fx_manager, c->arg[0], c->arg[4], cls, cls, (int)c->arg[2],
			  (int)c->arg[3], cmpval);
}

static long wake_op(struct fx_call *c, enum fx_key_class cls)
{
	if (c->arg[0] % sizeof(uint32_t))
		return -EINVAL;
	if (!in_user_space(c->arg[0]))
		return -EFAULT;
	if (c->arg[4] % sizeof(uint32_t))
		return -EINVAL;
	if (!in_user_space(c->arg[4]))
		return -EFAULT;
	return fx_wake_op(&fx_manager, c->arg[0], c->arg[4], cls, cls, (int)c->arg[2],
			  (int)c->arg[3], (uint32_t)c->arg[5]);
}

long fx_sys_futex(struct fx_thread *t, struct fx_call *c)
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
	if (is_shared(c->arg[0], private)) {
		if (fx_config.shared != FX_SHARED_HOST &&
		    has_other_value(c->arg[0], cmd, (uint32_t)c->arg[2]))
			return -EAGAIN;
		return shared_futex(t, c, c->arg[0]);
	}
	if (takes_second_word(cmd) && is_shared(c->arg[4], private))
		return shared_futex(t, c, c->arg[4]);
	switch (cmd) {
	case FUTEX_WAIT:
		return wait(c, cls, FUTEX_BITSET_MATCH_ANY, until);
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
	case FUTEX_UNLOCK_PI:
	case FUTEX_TRYLOCK_PI:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_CMP_REQUEUE_PI:
		return unsupported_op(t, c);
	default:
		/* Linux has none of these either: FUTEX_FD is gone, the rest never was. */
		return -ENOSYS;
	}
}

void fx_wake_exit_word(struct fx_manager *m, uintptr_t uaddr)
{
	fx_wake(m, uaddr, FX_KEY_PROCESS, 1, FX_BITSET_ANY);
	if (fx_config.shared == FX_SHARED_HOST && fx_mappings_shared(uaddr))
		fx_host(__NR_futex, uaddr, FUTEX_WAKE, 1);
}
