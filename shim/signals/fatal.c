/* SPDX-License-Identifier: MIT */
#include "shim/signals/fatal.h"

#include "shim/base/kernel_signal.h"
#include "shim/base/sigset.h"
#include "shim/signals/signal_host.h"
#include "shim/threads/thread.h"

bool fx_signal_kills_at_once(const struct fx_thread *t, int sig)
{
	const struct fx_action *action = &t->sighand->action[sig - 1];

	/* To the first process of a PID namespace Linux does not give it at all. */
	return t->pid != 1 && !(FX_UNBLOCKABLE & FX_SIGBIT(sig)) &&
	       !__atomic_load_n(&action->handler, __ATOMIC_RELAXED) &&
	       !fx_signal_ignored_by_default(sig) && !fx_signal_stops_by_default(sig) &&
	       !fx_signal_dumps_by_default(sig);
}

static bool lives_in(const struct fx_thread *t, const struct fx_thread *y)
{
	/* 1 is a thread that is about to start. */
	return y == t || (y->pid == t->pid && __atomic_load_n(&y->host_tid, __ATOMIC_RELAXED) > 1 &&
			  !__atomic_load_n(&y->gone, __ATOMIC_RELAXED));
}

static bool wants(const struct fx_thread *t, const struct fx_thread *y, int sig)
{
	return lives_in(t, y) && !(__atomic_load_n(&y->mask, __ATOMIC_RELAXED) & FX_SIGBIT(sig));
}

bool fx_signal_is_fatal(const struct fx_thread *t, int sig, uint32_t tid)
{
	const struct fx_thread *y;

	if (sig < 1 || sig > FX_NSIG || !fx_signal_kills_at_once(t, sig))
		return false;
	if (tid) {
		y = fx_thread_find(tid);
		return y && wants(t, y, sig);
	}
	for (unsigned i = 0; (y = fx_thread_nth(i)); i++)
		if (wants(t, y, sig))
			return true;
	return false;
}

void fx_signal_doom(struct fx_thread *t, int sig)
{
	t->doomed_by = (uint8_t)sig;
	__atomic_or_fetch(&t->pending, FX_PENDING_DOOMED, __ATOMIC_RELAXED);
}
