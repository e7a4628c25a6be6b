/* SPDX-License-Identifier: MIT */
/*
 * Signals of FX_SYNC_SIGNALS that were sent to the process, while no thread has taken them: as
 * the host keeps all others (signal_struct.shared_pending of Linux), but that these are never
 * blocked on the host, so its handlers bring each here.
 *
 * Any thread may take one that it does not block or waits for. Whoever puts one here, or cannot
 * take it any more, tells a thread that can. Two orders make sure that somebody looks, both
 * sequentially consistent:
 *
 *	one				another
 *	puts the signal			changes its mask, or waits for signals
 *	looks at masks and waits	looks at what was put
 *
 * One of a kind, the first; as for all standard signals. No locks to put or take: handlers that
 *have interrupted the shim put too. A process that shares its parent's memory (own_process) has no
 *part in this: what is sent to it its one thread holds.
 */
#ifndef SHIM_PROCESS_SENT_H
#define SHIM_PROCESS_SENT_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/base/kernel_signal.h"

struct fx_thread;

/* Those that wait, if t may take any at all. */
uint64_t fx_sent_waiting(const struct fx_thread *t);

/*
 * t's handler has this one. The code is the sender's. If t may not take it, another is told; if
 * none may and there could be a signalfd, all are (signals/lend.h).
 */
void fx_sent_put(struct fx_thread *t, const siginfo_t *info);

/* What t took and does not want after all: only who may take it is told. Not in a handler. */
void fx_sent_put_back(struct fx_thread *t, const siginfo_t *info);

/* Who takes what may have to be put back, and an exec. Never in a handler. */
void fx_sent_lock(void);
void fx_sent_unlock(void);

/* Takes one of set. False: none waits. */
bool fx_sent_take(const struct fx_thread *t, uint64_t set, siginfo_t *info);

/*
 * As fx_sent_take, by who has the lock and may put it back: until fx_sent_lent_end it counts in
 * fx_sent_about, which is what waits and what may be there again, as of one moment.
 */
bool fx_sent_lend(const struct fx_thread *t, uint64_t set, siginfo_t *info);
void fx_sent_lent_end(uint64_t bits);
uint64_t fx_sent_about(const struct fx_thread *t);

/* SIG_IGN was set: Linux forgets those that wait. */
void fx_sent_forget(const struct fx_thread *t, uint64_t set);

/* Threads other than t that may take what waits are told. For when t cannot, or ends. */
void fx_sent_tell(const struct fx_thread *t);

/*
 * Around an exec by t, whose host blocks these signals meanwhile: what waits and t holds is given
 * to the host, which keeps it for the next program. If the exec fails all of it comes back as the
 * host stops blocking.
 */
void fx_sent_to_host(struct fx_thread *t);
void fx_sent_from_host(struct fx_thread *t);

/* In a forked child, which inherits none; the host blocks these signals. */
void fx_sent_after_fork(void);

#endif
