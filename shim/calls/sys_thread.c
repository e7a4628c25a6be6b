/* SPDX-License-Identifier: MIT */
/*
 * The thread as the kernel knows it: its id word, its robust list, its end.
 * set_tid_address(2), set_robust_list(2), rseq(2), exit(2).
 */
#include <linux/rseq.h>

#include "shim/audit/gather.h"
#include "shim/base/host.h"
#include "shim/base/sigset.h"
#include "shim/calls/handlers.h"
#include "shim/hang/still.h"
#include "shim/memory/umem.h"
#include "shim/patch/find.h"
#include "shim/process/leader.h"
#include "shim/process/process.h"
#include "shim/process/sent.h"
#include "shim/schedule/turn.h"
#include "shim/threads/let_go.h"
#include "shim/threads/thread.h"

long fx_sys_set_tid_address(struct fx_thread *t, struct fx_call *c)
{
	t->clear_child_tid = c->arg[0];
	return fx_host(__NR_gettid);
}

/*
 * The host has the list too: it walks it where the shim cannot, when the
 * process is killed or executes another program, so that those who share the
 * memory learn of the death. For a thread's own exit see fx_let_go.
 */
long fx_sys_set_robust_list(struct fx_thread *t, struct fx_call *c)
{
	if (c->arg[1] != FX_ROBUST_HEAD_SIZE)
		return -EINVAL;
	t->robust_list = c->arg[0];
	return fx_host(__NR_set_robust_list, c->arg[0], FX_ROBUST_HEAD_SIZE);
}

long fx_sys_get_robust_list(struct fx_thread *t, struct fx_call *c)
{
	uint32_t tid = (uint32_t)c->arg[0];
	const struct fx_thread *of = t;

	if (tid && (long)tid != fx_host(__NR_gettid)) {
		of = fx_thread_find(tid);
		/* Of other processes the host knows no list that a guest has set. */
		if (!of)
			return (int)tid < 0 || fx_host(__NR_kill, (int)tid, 0) == -ESRCH ? -ESRCH
											 : -EPERM;
	}
	if (fx_umem_store64(c->arg[2], FX_ROBUST_HEAD_SIZE) < 0 ||
	    fx_umem_store64(c->arg[1], of->robust_list) < 0)
		return -EFAULT;
	return 0;
}

/* The host does it all; what it was told must be known when the thread ends. */
long fx_sys_rseq(struct fx_thread *t, struct fx_call *c)
{
	long r;

	/* It would tell on which processor a thread runs, and when it is moved. */
	if (fx_turns())
		return -ENOSYS;
	r = fx_host(__NR_rseq, c->arg[0], c->arg[1], c->arg[2], c->arg[3]);

	if (r < 0)
		return r;
	t->rseq = (int)c->arg[2] & RSEQ_FLAG_UNREGISTER ? 0 : c->arg[0];
	t->rseq_size = (uint32_t)c->arg[1];
	t->rseq_signature = (uint32_t)c->arg[3];
	return r;
}

static _Noreturn void end_process(struct fx_thread *t, int status)
{
	if (fx_turns() && !t->own_process)
		fx_turn_exit(t);
	fx_process_exit(t, status);
}

/*
 * The order is the kernel's: robust list, then the id word and its wake, then
 * the thread is gone. After the wake the joiner may unmap the guest's stack;
 * we stand on our own.
 */
long fx_sys_exit(struct fx_thread *t, struct fx_call *c)
{
	uint64_t all = FX_ALL_ASYNC;
	struct fx_sighand *h = t->sighand;
	uint32_t left;

	/* From here signals stay pending in the host, which gives them to other threads. */
	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, 8);
	if (t->pending)
		return -FX_EBAIL;
	/* Before anybody can learn of its end, and end the process for it. */
	fx_gather_write(t);
	/* Who joins it may give its FS to another thread. */
	fx_find_leave(t);
	fx_let_go(t);
	if (t->own_process)
		fx_process_exit(t, (int)c->arg[0]);
	if ((long)t->host_tid == fx_host(__NR_getpid))
		fx_leader_left();
	/* Since it is gone nobody counts on this one. Pairs with may_take() in sent.c. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	fx_sent_tell(t);
	left = __atomic_sub_fetch(&fx_thread_count, 1, __ATOMIC_SEQ_CST);
	if (left == 0)
		end_process(t, (int)c->arg[0]);
	if (!fx_turns())
		fx_still_thread_gone(t, left);
	__atomic_sub_fetch(&h->refs, 1, __ATOMIC_ACQ_REL);
	fx_thread_release(t);
	if (fx_turns())
		fx_turn_end(t);
	for (;;)
		fx_host(__NR_exit, c->arg[0]);
}

long fx_sys_exit_group(struct fx_thread *t, struct fx_call *c)
{
	if (t->pending)
		return -FX_EBAIL;
	/*
	 * What the process leaves in memory of its own nobody will see, but its
	 * other threads, which still run and must not be woken by its end. For
	 * shared memory the host looks at the robust lists of all.
	 */
	if (t->own_process)
		fx_let_go(t);
	end_process(t, (int)c->arg[0]);
}
