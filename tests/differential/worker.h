/* SPDX-License-Identifier: MIT */
/*
 * The threads that make the calls, one step at a time, and how the controller
 * sees, without sleeping and without guessing, that a step is over.
 *
 *	          worker_call                  worker_settle
 *	idle ------------------> in_call ------------------------> blocked
 *	  ^                         |  ^                              |
 *	  |       worker_settle     |  |  woken, timed out, signalled |
 *	  +----- (has returned) <---+  +------------------------------+
 *
 * Only one step is ever under way, and the whole process runs on one CPU. So
 * when a call has returned, the threads it woke have been made runnable already
 * (the host's wake does that before it returns), and every thread is in one of
 * three states: it has returned, which it says itself; it runs or is about to;
 * or it sleeps in the host's futex call. /proc/self/task/TID/syscall tells the
 * last two apart exactly: "running", or the number of the call that the thread
 * is switched out in. It is the same natively, where that is the guest's own
 * call, and under fxbox, where it is the one in which the manager parks. A worker
 * that waits for its next command sleeps in read(2).
 *
 * On several CPUs a thread may be on its way to another one, woken and not yet
 * runnable, and would look blocked.
 */
#ifndef TESTS_DIFFERENTIAL_WORKER_H
#define TESTS_DIFFERENTIAL_WORKER_H

#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "tests/differential/memory.h"

/* Instead of an errno: the call was left by siglongjmp. */
#define ABANDONED 4095

struct waitv {
	uint64_t val;
	uint64_t uaddr;
	uint32_t flags;
	uint32_t reserved;
};

struct worker {
	pthread_t thread;
	pid_t tid;
	unsigned index;
	int command; /* an eventfd */
	int proc;    /* /proc/self/task/TID/syscall */

	/* The controller's. */
	bool in_call;
	bool returned;	  /* between two settles */
	bool must_return; /* the call ends by itself; being blocked is not its end */
	uint32_t signals_sent;
	uintptr_t robust_first; /* what glibc set when the thread began */
	uintptr_t robust_now;

	/* What to do: written by the controller while idle, read by the worker. */
	bool exit;
	struct robust_list_head *exit_head;
	long nr;
	uintptr_t arg[6];
	struct timespec timeout;
	struct waitv vector[8];
	uintptr_t robust_head; /* results of get_robust_list */
	uint64_t robust_length;
	/* If set, a timeout before that time is reported as early. */
	bool has_deadline;
	clockid_t deadline_clock;
	struct timespec deadline;

	/* Written by the worker before done, which is atomic: release, acquire. */
	int done;
	long result; /* or -errno */
	bool early;

	uint32_t signals_seen; /* atomic */
	sigjmp_buf abandon;
};

/* CPU and signal handlers, and the threads. */
void worker_init(void);
struct worker *worker_get(unsigned index);

/* Begins what nr, arg and so on say. */
void worker_call(struct worker *w);

/*
 * Returns when every worker has returned (then w->returned is set) or is
 * blocked, the given one (or NULL) first, as it may wake others. False: somebody
 * who should return, or handle a signal, does not.
 */
bool worker_settle(struct worker *first);

void worker_signal(struct worker *w, int sig);
/* Makes a blocked one leave its call. */
void worker_abandon(struct worker *w);

/* Lets an idle one end with this robust list, and starts the next thread in its place. */
void worker_exit(struct worker *w, struct robust_list_head *head);
void worker_start(struct worker *w);

#endif
