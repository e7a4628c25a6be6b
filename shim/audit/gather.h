/* SPDX-License-Identifier: MIT */
/*
 * Lines of --trace, gathered per thread, since a host call for each takes several times
 * what the traced call does. docs/adr/0019 says what is promised.
 *
 * Only for a regular file: what somebody watches, and what takes no more than a page at
 * a time without mixing, gets each line at once. A thread's lines are written
 *   - when its buffer is full, and when the last writing was a tenth of a second ago;
 *   - before any other line that the thread writes to the log or the report;
 *   - before a call that may wait, a wait in the manager included, if it sleeps;
 *   - when the thread ends, and before it makes another process;
 *   - by the thread that ends the process or executes a program, for all of it.
 */
#ifndef SHIM_AUDIT_GATHER_H
#define SHIM_AUDIT_GATHER_H

#include <stddef.h>
#include <stdint.h>

struct fx_call;
struct fx_platform_ops;
struct fx_thread;

/* A whole line, made at this time of fx_clock_us. */
void fx_gather_put(struct fx_thread *t, const char *line, size_t length, int64_t now_us);

/* Writes what t, the calling thread, has gathered. Cheap if that is nothing. */
void fx_gather_write(struct fx_thread *t);

/* The same where the thread may hold the lock already: after a fault of our own. */
void fx_gather_write_if_free(struct fx_thread *t);

/* Before a handler is called: writes, if the call may wait or be the process's last. */
void fx_gather_before(struct fx_thread *t, const struct fx_call *c);

/*
 * The process is about to end, or to execute a program: writes what all its threads have.
 * From now on a thread that comes with a line stays here; until fx_gather_again, if the exec
 * has failed. So a call that has returned has its line. t is the calling thread; it puts
 * no line meanwhile. Those that share memory, but not the process, go on as they are.
 */
void fx_gather_end(struct fx_thread *t);
void fx_gather_again(struct fx_thread *t);

/* In a forked child, whose blocks have been emptied. */
void fx_gather_after_fork(void);

/* The manager's platform, whose waits write first. Only once, at the start. */
const struct fx_platform_ops *fx_gather_platform(void);

#endif
