/* SPDX-License-Identifier: MIT */
/*
 * Signals of FX_SYNC_SIGNALS that wait, for a signalfd(2). The host would read them and poll for
 * them, but never has them. So while any waits, a call that could find it by a signalfd is tried
 * first with all of them lent to the host, as the calling thread's own and blocked, and without
 * sleeping; then they are taken back. Whoever puts one tells all threads, and what they sleep in
 * begins anew with such a try. SIGTRAP is not among them: nudges are one, and would be
 * read instead.
 */
#ifndef SHIM_SIGNALS_LEND_H
#define SHIM_SIGNALS_LEND_H

#include <stdbool.h>

#include "shim/base/sigset.h"
#include "shim/process/sent.h"
#include "shim/signals/signal.h"
#include "shim/threads/thread.h"

struct fx_lent {
	siginfo_t info[FX_HELD_SIGNALS]; /* as it was lent */
	uint64_t own, process;		 /* whose they were */
	uint64_t unblock;		 /* what the host did not block before */
};

/* Whether any waits, for t or the process, or may again when another thread has tried. */
static inline bool fx_lend_due(const struct fx_thread *t)
{
	return __builtin_expect(((__atomic_load_n(&t->held, __ATOMIC_RELAXED) | fx_sent_about(t)) &
				 FX_LENT_SIGNALS) != 0,
				0);
}

/*
 * Around host calls that do not sleep. No guest memory may be touched by the shim meanwhile, for
 * a fault there could not be handled. Holds a lock of the process: of two threads
 * that try at once, the second finds what the first has left.
 */
void fx_lend(struct fx_thread *t, struct fx_lent *lent);
void fx_lend_end(struct fx_thread *t, const struct fx_lent *lent);

#endif
