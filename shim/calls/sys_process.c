/* SPDX-License-Identifier: MIT */
/*
 * New threads and processes. clone(2), clone3, fork(2), vfork(2).
 *
 * A child that shares our memory starts in a block of its own: there lies a
 * copy of the parent's signal frame, and the child leaves the shim through
 * that copy as the parent leaves through the original. A forked child has a
 * copy of everything and just goes on.
 */
#include <linux/sched.h>

#include "shim/audit/audit.h"
#include "shim/audit/calls.h"
#include "shim/audit/clock.h"
#include "shim/audit/gather.h"
#include "shim/audit/log.h"
#include "shim/base/host.h"
#include "shim/base/kernel_signal.h"
#include "shim/base/lock.h"
#include "shim/base/manager.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/calls/fd_room.h"
#include "shim/calls/handlers.h"
#include "shim/calls/sys_memory.h"
#include "shim/calls/vfork_wait.h"
#include "shim/hang/call_path.h"
#include "shim/hang/cycle.h"
#include "shim/hang/owner.h"
#include "shim/hang/still.h"
#include "shim/hang/stop.h"
#include "shim/hang/stuck.h"
#include "shim/memory/umem.h"
#include "shim/patch/find.h"
#include "shim/patch/patch.h"
#include "shim/patch/point.h"
#include "shim/process/leader.h"
#include "shim/process/nudge.h"
#include "shim/process/process.h"
#include "shim/process/sent.h"
#include "shim/schedule/snapshot.h"
#include "shim/schedule/turn.h"
#include "shim/signals/signal.h"
#include "shim/signals/signal_host.h"
#include "shim/threads/let_go.h"
#include "shim/threads/thread.h"

#define MOST_PID_NAMESPACES 32 /* nested: MAX_PID_NS_LEVEL */

struct request {
	uint64_t flags; /* without the exit signal */
	uint64_t exit_signal;
	uintptr_t stack; /* the child's stack pointer, or 0 */
	uintptr_t parent_tid, child_tid, pidfd, tls;
};

void fx_child_start(struct fx_thread *t); /* called from entry_x86_64.S */
long fx_host_clone(unsigned long flags, uintptr_t child_uc, uintptr_t ptid, uintptr_t ctid,
		   uintptr_t tls, struct fx_thread *child);

/* clone(2), unlike clone3, has one argument for the two: then the tid is stored here. */
static bool both_words(const struct request *q)
{
	return (q->flags & CLONE_PIDFD) && (q->flags & CLONE_PARENT_SETTID);
}

static uintptr_t parent_word(const struct request *q)
{
	return q->flags & CLONE_PIDFD ? q->pidfd : q->parent_tid;
}

/* Then the parent frees the child's block. A thread does so itself, at its end. */
static bool waits_for_child(const struct request *q)
{
	return (q->flags & CLONE_VFORK) && !(q->flags & CLONE_THREAD);
}

static uint64_t host_flags(const struct request *q)
{
	uint64_t ours = CLONE_CLEAR_SIGHAND | (both_words(q) ? CLONE_PARENT_SETTID : 0) |
			(waits_for_child(q) && (q->flags & CLONE_VM) ? CLONE_VFORK : 0);

	return (q->flags & ~ours) | q->exit_signal | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
}

/*
 * Copies the frame to the top of the child's shim stack, its parts as far
 * apart as they are and aligned as they are, and lets it point to itself.
 */
static struct ucontext *copy_frame(struct fx_thread *child, const struct ucontext *uc)
{
	const unsigned char *state = (const unsigned char *)uc->uc_mcontext.fpstate;
	uintptr_t start = (uintptr_t)uc - 8, end = start + 8 + sizeof(*uc), to;
	struct ucontext *copy;

	if (state)
		end = (uintptr_t)state + fx_state_size(state);
	to = (((uintptr_t)child - (end - start)) & ~63UL) - (64 - start % 64) % 64;
	memcpy((void *)to, (const void *)start, end - start);
	copy = (struct ucontext *)(to + 8);
	if (state)
		copy->uc_mcontext.fpstate = (void *)((uintptr_t)state - start + to);
	copy->uc_stack.ss_sp = (void *)(fx_block_base(child) + FX_STACK_LOW);
	copy->uc_stack.ss_size = FX_THREAD - FX_STACK_LOW;
	copy->uc_stack.ss_flags = 0;
	return copy;
}

static void copy_sighand(struct fx_thread *child, struct fx_sighand *from, bool clear)
{
	struct fx_sighand *h = &child->own_sighand;

	fx_shim_lock(&from->lock);
	memcpy(h->action, from->action, sizeof(h->action));
	memcpy(h->host, from->host, sizeof(h->host));
	fx_shim_unlock(&from->lock);
	h->lock = 0;
	h->refs = 1;
	child->sighand = h;
	if (!clear)
		return;
	/* CLONE_CLEAR_SIGHAND; the host's follow when the child runs. */
	for (int i = 0; i < FX_NSIG; i++)
		if (h->action[i].handler > 1)
			h->action[i].handler = 0;
}

/* First thing on the child's own shim stack, before any signal can find it elsewhere. */
void fx_child_start(struct fx_thread *t)
{
	stack_t own = {.ss_sp = (void *)(fx_block_base(t) + FX_STACK_LOW),
		       .ss_size = FX_THREAD - FX_STACK_LOW};

	fx_host(__NR_sigaltstack, &own, 0);
	fx_patch_thread(t);
	if (fx_turns() && !t->own_process)
		fx_turn_begin(t);
	fx_owner_note(t, t->host_tid);
	if (!t->pid)
		t->pid = (int32_t)fx_host(__NR_getpid);
	if (t->set_child_tid)
		fx_umem_store32(t->set_child_tid, (uint32_t)fx_host(__NR_gettid));
	if (t->set_parent_tid)
		fx_umem_store32(t->set_parent_tid, (uint32_t)fx_host(__NR_gettid));
	if (t->sighand == &t->own_sighand)
		for (int sig = 1; sig <= FX_NSIG; sig++)
			if (!(FX_UNBLOCKABLE & FX_SIGBIT(sig)))
				fx_signal_host_action(t->sighand, sig);
	/* Who was not there yet was told nothing. */
	fx_signal_release_held(t);
}

static void child_state(struct fx_thread *t, struct fx_thread *child, const struct request *q)
{
	bool keeps_altstack = (q->flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM;

	child->host_tid = 1; /* not reusable, until the kernel has put the real one */
	child->mask = t->mask;
	child->own_process = !(q->flags & CLONE_THREAD);
	child->pid = child->own_process ? 0 : t->pid; /* 0: it asks itself */
	child->fault = t->fault;
	child->fs_base = q->flags & CLONE_SETTLS ? q->tls : t->fs_base;
	child->vfork = waits_for_child(q);
	child->clear_child_tid = q->flags & CLONE_CHILD_CLEARTID ? q->child_tid : 0;
	child->set_parent_tid = both_words(q) ? q->parent_tid : 0;
	child->set_child_tid = q->flags & CLONE_CHILD_SETTID ? q->child_tid : 0;
	if (keeps_altstack) {
		child->alt_sp = t->alt_sp;
		child->alt_size = t->alt_size;
		child->alt_flags = t->alt_flags;
	} else {
		child->alt_flags = SS_DISABLE;
	}
	if (q->flags & CLONE_SIGHAND) {
		child->sighand = t->sighand;
		__atomic_add_fetch(&t->sighand->refs, 1, __ATOMIC_RELAXED);
	} else {
		copy_sighand(child, t->sighand, q->flags & CLONE_CLEAR_SIGHAND);
	}
}

/* The child will never run, or is gone. */
static void child_gone(struct fx_thread *child)
{
	child->host_tid = 0;
	fx_find_leave(child);
	__atomic_sub_fetch(&child->sighand->refs, 1, __ATOMIC_ACQ_REL);
	fx_thread_release(child);
}

/* Before a child that shares our memory is made, and behind it; r: of the call. */
static bool take_number(struct fx_thread *t, struct fx_thread *child)
{
	if (!fx_turns() || t->own_process)
		return true;
	if (child->own_process)
		fx_turn_process_made();
	return child->own_process || fx_turn_new(child);
}

static void tell_schedule(struct fx_thread *t, struct fx_thread *child, long r)
{
	if (!fx_turns() || t->own_process || child->own_process)
		return;
	if (r < 0) {
		fx_turn_not_made(child);
		return;
	}
	fx_turn_made(child, (uint32_t)r);
	fx_turn_note_wake(t);
}

static bool is_first_thread(const struct fx_thread *t, const struct request *q)
{
	return fx_turns() && !t->own_process && (q->flags & CLONE_THREAD) && fx_turn_first();
}

/* CLONE_VM: a thread, or a process that shares our memory (vfork, posix_spawn). */
static long clone_sharing(struct fx_thread *t, struct fx_call *c, const struct request *q)
{
	struct fx_thread *child;
	struct ucontext *uc;
	bool shared = false;
	long r;

	if (q->flags & CLONE_THREAD)
		fx_points_arm();
	if (is_first_thread(t, q))
		fx_snapshot_take(t);
	child = fx_thread_alloc();
	if (!child)
		return -EAGAIN;
	child_state(t, child, q);
	if (!take_number(t, child)) {
		child_gone(child);
		return -EAGAIN;
	}
	uc = copy_frame(child, c->uc);
	uc->uc_mcontext.rax = 0;
	if (q->stack)
		uc->uc_mcontext.rsp = q->stack;
	if (q->flags & CLONE_THREAD)
		fx_thread_added();
	else
		fx_fd_room_lock();
	if (!(q->flags & CLONE_SETTLS))
		shared = fx_find_share(t, child);
	r = fx_host_clone(host_flags(q), (uintptr_t)uc, parent_word(q), (uintptr_t)&child->host_tid,
			  q->tls, child);
	if (!(q->flags & CLONE_THREAD))
		fx_fd_room_unlock();
	tell_schedule(t, child, r);
	if (r > 0 && both_words(q))
		fx_umem_store32(q->parent_tid, (uint32_t)r);
	if (r < 0 && (q->flags & CLONE_THREAD))
		__atomic_sub_fetch(&fx_thread_count, 1, __ATOMIC_RELAXED);
	if (r > 0 && waits_for_child(q)) {
		/* The child has its block for as long as it lives: nobody is left to reuse it. */
		if (!fx_vfork_wait(t, c->uc, &child->host_tid))
			return r;
		fx_let_go_for(child, (uint32_t)r);
		fx_process_forget_exec(child);
	}
	if (r >= 0 && !waits_for_child(q))
		return r;
	child_gone(child);
	if (!(q->flags & CLONE_SETTLS))
		fx_find_unshare(t, shared);
	return r;
}

/* All locks of the shim, in their order; no other thread holds one in the child then. */
static void lock_all(struct fx_thread *t)
{
	fx_fd_room_lock();
	fx_process_exec_lock();
	fx_shim_lock(&t->sighand->lock);
	fx_audit_lock_all();
	fx_thread_lock_all();
	fx_patch_lock_all();
	fx_memory_lock_all();
}

static void unlock_all(struct fx_thread *t)
{
	fx_memory_unlock_all();
	fx_patch_unlock_all();
	fx_thread_unlock_all();
	fx_audit_unlock_all();
	fx_shim_unlock(&t->sighand->lock);
	fx_process_exec_unlock();
	fx_fd_room_unlock();
}

/* The only thread of a new process, with a copy of everything. */
static void after_fork(struct fx_thread *t, const struct request *q)
{
	fx_manager_reset(&fx_manager);
	fx_thread_count = 1;
	fx_thread_after_fork(t);
	t->pid = (int32_t)fx_host(__NR_getpid);
	t->own_process = false;
	t->vfork = false;
	t->gone = false;
	t->held = 0;
	fx_process_after_fork();
	fx_leader_after_fork();
	fx_nudge_after_fork(t);
	fx_sent_after_fork();
	fx_patch_after_fork();
	if (q->flags & CLONE_SETTLS)
		t->fs_base = q->tls;
	fx_find_after_fork(t);
	fx_still_after_fork(t);
	fx_stop_after_fork();
	fx_stuck_after_fork();
	fx_cycle_after_fork();
	fx_call_path_after_fork();
	fx_owner_note(t, (uint32_t)fx_host(__NR_gettid));
	fx_process_shares_files = q->flags & CLONE_FILES;
	t->robust_list = 0;
	t->clear_child_tid = q->flags & CLONE_CHILD_CLEARTID ? q->child_tid : 0;
	t->sighand->refs = 1;
	fx_audit_after_fork();
	fx_calls_reset();
	fx_log_after_fork();
	fx_gather_after_fork();
	fx_clock_after_fork();
	if (fx_turns())
		fx_turn_after_fork(t);
}

static long clone_copying(struct fx_thread *t, struct fx_call *c, const struct request *q)
{
	uint64_t all = FX_ALL_ASYNC, really_all = ~0ULL;
	long r;

	/* A signal that the parent has recorded would be the child's too; until the way out. */
	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, 8);
	if (t->pending)
		return -FX_EBAIL;
	lock_all(t);
	/* What comes for the child before it has forgotten its parent's signals waits. */
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, &really_all, 0, 8);
	/* No stack: the child returns through its copy of our own. */
	r = fx_host(__NR_clone, host_flags(q), 0, parent_word(q), &t->host_tid, q->tls);
	if (r == 0)
		after_fork(t, q);
	else if (r > 0 && fx_turns() && !t->own_process)
		fx_turn_process_made();
	unlock_all(t);
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
	if (r > 0 && both_words(q))
		fx_umem_store32(q->parent_tid, (uint32_t)r);
	if (r != 0)
		return r;
	if (q->flags & CLONE_CHILD_SETTID)
		fx_umem_store32(q->child_tid, (uint32_t)fx_host(__NR_gettid));
	if (q->flags & CLONE_CLEAR_SIGHAND) {
		copy_sighand(t, t->sighand, true);
		for (int sig = 1; sig <= FX_NSIG; sig++)
			if (!(FX_UNBLOCKABLE & FX_SIGBIT(sig)))
				fx_signal_host_action(t->sighand, sig);
	}
	if (q->stack)
		c->uc->uc_mcontext.rsp = q->stack;
	return 0;
}

static long clone_any(struct fx_thread *t, struct fx_call *c, const struct request *q)
{
	if (t->pending)
		return -FX_EBAIL;
	if (both_words(q) && q->pidfd == q->parent_tid)
		return -EINVAL;
	if ((q->flags & CLONE_SIGHAND) && (q->flags & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	/* The child's lines come behind ours, and vfork waits for it. */
	if (!(q->flags & CLONE_THREAD))
		fx_gather_write(t);
	if ((q->flags & CLONE_FILES) && !(q->flags & CLONE_THREAD))
		fx_process_shares_files = true;
	return q->flags & CLONE_VM ? clone_sharing(t, c, q) : clone_copying(t, c, q);
}

long fx_sys_clone(struct fx_thread *t, struct fx_call *c)
{
	uint64_t flags = (uint32_t)c->arg[0];
	const struct request q = {
		.flags = flags & ~(uint64_t)CSIGNAL,
		.exit_signal = flags & CSIGNAL,
		.stack = c->arg[1],
		.parent_tid = c->arg[2],
		.pidfd = c->arg[2],
		.child_tid = c->arg[3],
		.tls = c->arg[4],
	};

	/* One argument for both, and the kernel refuses it. */
	if ((flags & CLONE_PIDFD) && (flags & CLONE_PARENT_SETTID))
		return -EINVAL;
	return clone_any(t, c, &q);
}

long fx_sys_fork(struct fx_thread *t, struct fx_call *c)
{
	const struct request q = {.exit_signal = SIGCHLD};

	return clone_any(t, c, &q);
}

long fx_sys_vfork(struct fx_thread *t, struct fx_call *c)
{
	const struct request q = {.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD};

	return clone_any(t, c, &q);
}

/* copy_struct_from_user(): a longer struct is one we know if the rest is zero. */
static long read_clone_args(uintptr_t from, size_t size, struct clone_args *out)
{
	unsigned char byte;

	if (size > 4096)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	for (size_t i = sizeof(*out); i < size; i++) {
		if (fx_umem_copy_in(&byte, from + i, 1) < 0)
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	memset(out, 0, sizeof(*out));
	return fx_umem_copy_in(out, from, size < sizeof(*out) ? size : sizeof(*out));
}

long fx_sys_clone3(struct fx_thread *t, struct fx_call *c)
{
	const uint64_t known = 0xffffff00ULL | CLONE_CLEAR_SIGHAND;
	struct clone_args a;
	struct request q;
	long r = read_clone_args(c->arg[0], c->arg[1], &a);

	if (r < 0)
		return r;
	/* clone3_args_valid() and copy_clone_args_from_user() of Linux come first. */
	if (a.flags & ~(known | CLONE_INTO_CGROUP | CLONE_NEWTIME) || a.flags & CLONE_DETACHED ||
	    a.exit_signal > FX_NSIG || !a.stack != !a.stack_size ||
	    (a.flags & (CLONE_THREAD | CLONE_PARENT) && a.exit_signal) ||
	    !a.set_tid != !a.set_tid_size || a.set_tid_size > MOST_PID_NAMESPACES)
		return -EINVAL;
	if (a.set_tid_size || a.flags & (CLONE_INTO_CGROUP | CLONE_NEWTIME)) {
		const struct fx_unsupported u = {
			.what = a.set_tid_size		      ? "clone3 with set_tid"
				: a.flags & CLONE_INTO_CGROUP ? "clone3 with CLONE_INTO_CGROUP"
							      : "clone3 with CLONE_NEWTIME",
			.sub = 2,
			.result = -ENOSYS,
		};

		fx_audit_unsupported(t, c, &u);
		return -ENOSYS;
	}
	q = (struct request){
		.flags = a.flags,
		.exit_signal = a.exit_signal,
		.stack = a.stack ? a.stack + a.stack_size : 0,
		.parent_tid = a.parent_tid,
		.pidfd = a.pidfd,
		.child_tid = a.child_tid,
		.tls = a.tls,
	};
	return clone_any(t, c, &q);
}
