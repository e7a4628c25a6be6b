/* SPDX-License-Identifier: MIT */
/*
 * One guest thread as the shim sees it. The struct lies at the top of the
 * thread's block (thread_layout.h) and is touched by its own thread only,
 * except where a member says otherwise.
 */
#ifndef SHIM_THREADS_THREAD_H
#define SHIM_THREADS_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/base/kernel_signal.h"
#include "shim/base/thread_layout.h"
#include "shim/threads/gather_buffer.h"
#include "shim/threads/sighand.h"

struct fx_call;
struct fx_trace_line;
struct ucontext;

enum fx_pending {
	FX_PENDING_RECORDED = 1, /* recorded_info waits for delivery */
	FX_PENDING_HELD = 2,	 /* a held signal is unblocked now, of the thread or the process */
	FX_PENDING_OFFERED = 4,	 /* another thread has something for this one: leader.h */
	FX_PENDING_DOOMED = 8,	 /* it has ended its process: fatal.h */
	/* Nothing to deliver: a call that sleeps begins anew, signals/lend.h. */
	FX_PENDING_LOOK = 16,
};

/* FX_SYNC_SIGNALS has so many. */
#define FX_HELD_SIGNALS 5

/* Who ended a wait; and the how manieth wake of that thread's it was that is told, 0: none. */
struct fx_thread_waker {
	uint32_t tid, wake;
};

/* A wait in the manager, for --profile=locks: hang/long_wait.h. */
struct fx_thread_wait {
	int64_t began_us;
	int64_t moved_us; /* to the word that it is for now; 0: it was not */
	uintptr_t moved_from;
	uint32_t owner; /* of what it waits for, when it fell asleep; 0: not known */
	struct fx_thread_waker by, moved_by; /* under the bucket lock, until it is woken */
	int64_t told_us, moved_told_us; /* of it, what its waker has spent on telling; likewise */
};

/* What the processor said of a fault, as a signal's frame tells it: sigcontext's names. */
struct fx_fault {
	uint64_t err, trapno, cr2;
};

struct fx_thread {
	struct fx_thread *self; /* checked when the block is found by masking */
	/*
	 * Flags of enum fx_pending. Set by the thread's signal handler, cleared by
	 * the thread with that handler's signals blocked or in its window; read by
	 * the assembly before it enters the host.
	 */
	uint32_t pending;
	/*
	 * The host's tid while the thread lives; the kernel clears it
	 * (CLONE_CHILD_CLEARTID) when it has left the stack for good.
	 */
	uint32_t host_tid;
	uint32_t magic; /* FX_THREAD_MAGIC: what patched call sites look for behind GS */

	int32_t pid; /* of the process it is a thread of */
	/* At a point between its instructions (patch/point.h): its stack, and where it goes on. */
	uint64_t point_rsp, point_back;
	/* Its FS base, 16 bits to the left, if it is found by that; 0: it is not. patch/find.h. */
	uint64_t fs_key;
	long restart_nr;  /* its number */
	uint64_t mask;	  /* the guest's signal mask, as the guest set it; others read it */
	uint64_t sigwait; /* of FX_SYNC_SIGNALS: sigtimedwait(2) waits for them; others read it */
	uint64_t saved_mask; /* what a handler's frame restores, if has_saved_mask */
	bool has_saved_mask; /* in sigsuspend, ppoll and their kind */
	bool own_process;    /* shares memory with its parent, but is a process (vfork) */
	bool in_handler;   /* waits for its turn in one of the host's, behind which signals come */
	bool fs_shared;	   /* a child or the parent has the same FS, as far as one knows */
	bool gone;	   /* has left its locks to others; read by them under the block lock */
	bool vfork;	   /* the parent sleeps until this one is gone, and frees the block */
	bool own_write;	   /* fxbox writes for itself: what that signals is not for the guest */
	bool disturbed;	   /* a host call was interrupted by what is nothing to the guest */
	uint8_t restart;   /* enum fx_restart of the call that ended with EINTR */
	uint8_t doomed_by; /* the signal, if FX_PENDING_DOOMED */

	uint32_t nudges;      /* ever sent to this thread, by any: process/nudge.h */
	uint32_t nudges_seen; /* of these */
	int32_t turn;	      /* its number in the schedule, if there is one: schedule/turn.h */

	/*
	 * The call that it is in, for who looks at its registers, which lie around it; NULL: it is
	 * in none, or in one from a patched site that needs no host. By fx_guest_call() alone:
	 * guest_registers.h.
	 */
	struct fx_call *call;
	struct fx_trace_line *traced; /* the line of that call, if it is traced: audit/trace.h */
	/* Asleep on a futex of the manager's: the word that its waker changes; hang/still.h. */
	uint32_t *parked;
	uint32_t parks;		/* how often it has been */
	bool parked_for_a_time; /* its wait has a deadline */
	uint64_t parked_at;	/* by the processor's counter; 0: not known */
	struct fx_thread_wait wait;
	/* The lock that FUTEX_LOCK_PI refused last, for reports: thread_dump.h; 0: none. */
	uintptr_t refused;
	uint32_t wakes; /* of those who waited long, told */
	bool woke;	/* one of them, in this call, then: */
	int64_t woke_us;
	int64_t tells_us, has_told_us; /* when it last began to tell of waits, and had done so */
	/* Stands still for somebody who looks, hang/stop.h: since that round; interrupted there. */
	uint32_t stopped;
	const struct ucontext *stopped_at;
	/* Between two calls it has come to a point (entry/point.h), where it may wait for its turn:
	 * its registers as instructions number them, and where; NULL: it is at none. */
	const uint64_t *point_regs;
	uintptr_t point_ip;

	/* A wait for a relative time that was interrupted and goes on: calls/time_left.h. */
	long until_nr;	  /* its number; 0: none */
	int64_t until_us; /* its end on CLOCK_MONOTONIC, where that is known */
	uint64_t began;	  /* else its beginning, by the processor's counter; 0: not known */

	uintptr_t clear_child_tid; /* set_tid_address(2), CLONE_CHILD_CLEARTID */
	uintptr_t set_child_tid;   /* CLONE_CHILD_SETTID: written when the thread starts */
	uintptr_t set_parent_tid;  /* CLONE_PARENT_SETTID beside CLONE_PIDFD: likewise */
	uintptr_t robust_list;	   /* set_robust_list(2) */

	/* Pointers for an exec that is under way; size 0: none. A vfork child leaves them behind.
	 */
	uintptr_t exec_area;
	size_t exec_area_size;

	/* The area registered by rseq(2), which the host writes to; 0 for none. */
	uintptr_t rseq;
	uint32_t rseq_size;
	uint32_t rseq_signature;

	uintptr_t fs_base; /* as the guest has had it set by a call; 0: not known */

	struct fx_fault fault; /* the guest's last one: the host's may be one of ours since */

	/* The guest's alternate stack. */
	uintptr_t alt_sp;
	size_t alt_size;
	int alt_flags;

	struct fx_sighand *sighand;    /* counted */
	struct fx_sighand own_sighand; /* in use while its count is not 0 */

	/* The last instruction fetch that failed and was tried again, and when: patch/stopped.h. */
	uintptr_t fetched;
	uint32_t fetched_at;

	siginfo_t recorded_info; /* the signal that came while in the shim */
	uint64_t held;		 /* synchronous signals sent to it and not delivered yet; atomic */
	siginfo_t held_info[FX_HELD_SIGNALS];

	struct fx_thread *next; /* in the list of threads that are leaving; its lock's */

	struct fx_gather_buffer gather; /* lines of --trace; read by who ends the process */
	int64_t told_us;		/* the time in its last record of the log */
};

_Static_assert(offsetof(struct fx_thread, self) == 0, "patch_x86_64.c, patched_x86_64.S");
_Static_assert(offsetof(struct fx_thread, pending) == FX_THREAD_PENDING, "thread_layout.h");
_Static_assert(offsetof(struct fx_thread, point_rsp) == FX_THREAD_POINT_RSP &&
		       offsetof(struct fx_thread, point_back) == FX_THREAD_POINT_BACK,
	       "point_x86_64.c, point_x86_64.S");
_Static_assert(offsetof(struct fx_thread, fs_key) == FX_THREAD_FS_KEY, "patch_x86_64.c");
_Static_assert(offsetof(struct fx_thread, magic) == FX_THREAD_MAGIC_AT, "thread_layout.h");
_Static_assert(sizeof(struct fx_thread) <= FX_BLOCK_SIZE - FX_THREAD, "thread_layout.h");

/* Where the siginfo of a signal of FX_SYNC_SIGNALS lies, among as many. */
static inline unsigned fx_held_slot(int sig)
{
	switch (sig) {
	case SIGSYS:
		return 0;
	case SIGSEGV:
		return 1;
	case SIGBUS:
		return 2;
	case SIGTRAP:
		return 3;
	default:
		return FX_HELD_SIGNALS - 1; /* SIGILL */
	}
}

static inline uintptr_t fx_block_base(const void *in_block)
{
	return (uintptr_t)in_block & ~(uintptr_t)(FX_BLOCK_SIZE - 1);
}

/* The thread whose shim stack we stand on. Only in life 2. */
static inline struct fx_thread *fx_thread_self(void)
{
	return (struct fx_thread *)(fx_block_base(__builtin_frame_address(0)) + FX_THREAD);
}

/* Where a call from a patched site has its arguments: at the top of the stack. */
static inline struct fx_call *fx_patched_call(const struct fx_thread *t)
{
	return (struct fx_call *)((uintptr_t)t - FX_PATCHED_FRAME);
}

/* Whether an address lies on the thread's shim stack: then its owner is in the shim. */
static inline bool fx_on_shim_stack(const struct fx_thread *t, uintptr_t sp)
{
	return sp > fx_block_base(t) && sp <= fx_block_base(t) + FX_THREAD;
}

/*
 * Takes a block with a mapped stack and a zeroed fx_thread; NULL when the
 * host gives no memory or the range table is full. Takes the block lock.
 */
struct fx_thread *fx_thread_alloc(void);

/*
 * Gives a block back. It is reused only once host_tid is 0, so a thread may
 * call this for itself and then exit on that very stack.
 */
void fx_thread_release(struct fx_thread *t);

/*
 * The live thread with this host tid, or NULL. It may be gone as soon as it is
 * returned, but its block stays mapped and zeroed or another thread's.
 */
struct fx_thread *fx_thread_find(uint32_t tid);

/* Whether a word may name this thread as its owner: it lives, and has not let go yet. */
bool fx_thread_owns_locks(uint32_t tid);

/* Whether a live thread has this word as its clear_child_tid. Looks at every block. */
bool fx_thread_has_exit_word(uintptr_t uaddr);

/* Guest threads that have not exited; a vfork child is not among them. */
extern uint32_t fx_thread_count;

/* One more will run: lets the bucket table follow their number. */
void fx_thread_added(void);

/* Whether no other thread, of this process or of one that shares our memory, is left. */
bool fx_thread_alone(const struct fx_thread *self);

/*
 * The i-th block that was ever a thread's, or NULL beyond the last: for who looks at all. It
 * stays mapped, and becomes another thread's when that one is gone. Takes no lock.
 */
struct fx_thread *fx_thread_nth(unsigned i);

/* In a forked child: every block but the caller's is free again. */
void fx_thread_after_fork(struct fx_thread *t);
void fx_thread_lock_all(void);
void fx_thread_unlock_all(void);

#endif
