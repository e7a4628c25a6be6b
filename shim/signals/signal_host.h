/* SPDX-License-Identifier: MIT */
/* The host's actions, which follow from the guest's: where a signal enters the shim, if at all. */
#ifndef SHIM_SIGNALS_SIGNAL_HOST_H
#define SHIM_SIGNALS_SIGNAL_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/base/kernel_signal.h"
#include "shim/threads/sighand.h"

struct fx_thread;

/*
 * Where the host is to enter. Given by who has them, in the beginning: the entries lead to
 * every call, and some of these change actions.
 */
struct fx_signal_entries {
	void (*sigsys)(int sig, siginfo_t *info, struct ucontext *uc);
	void (*signal)(int sig, siginfo_t *info, struct ucontext *uc);
	void (*fault)(int sig, siginfo_t *info, struct ucontext *uc);
	void (*restorer)(void);
	/* Told of a signal before the process dies of it; uc has the guest's registers. */
	void (*dying)(struct fx_thread *t, const struct ucontext *uc, const siginfo_t *info);
};

/*
 * Fills a sighand from the host's actions after an exec: ignored ones stay ignored. Once,
 * before the guest runs, with all asynchronous signals blocked; doors is kept.
 */
void fx_signal_host_init(struct fx_sighand *h, uint64_t ignored_sync,
			 const struct fx_signal_entries *doors);

/*
 * Makes the host's action for sig what the guest's action asks for, if the cache says that it is
 * another. Wants the lock of the sighand, or a sighand nobody else sees.
 */
void fx_signal_host_action(struct fx_sighand *h, int sig);

/* Calls fx_signal_entries.dying. */
void fx_signal_host_dying(struct fx_thread *t, const struct ucontext *uc, const siginfo_t *info);

/* What SIG_DFL means: nothing, or a stop; of all others the end, of some with a core. */
bool fx_signal_ignored_by_default(int sig);
bool fx_signal_stops_by_default(int sig);
bool fx_signal_dumps_by_default(int sig);

#endif
