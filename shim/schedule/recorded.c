/* SPDX-License-Identifier: MIT */
#include "shim/schedule/recorded.h"

#include "shim/base/host.h"
#include "shim/base/sigset.h"
#include "shim/threads/thread.h"

/* Should it be taken by nobody after all: some hundredths of a second. */
#define MOST_LOOKS 20000

#define IGNORED_BY_DEFAULT                                                                         \
	(FX_SIGBIT(SIGCHLD) | FX_SIGBIT(SIGURG) | FX_SIGBIT(SIGWINCH) | FX_SIGBIT(SIGCONT))

static bool has_recorded(const struct fx_thread *t)
{
	return __atomic_load_n(&t->pending, __ATOMIC_ACQUIRE) & FX_PENDING_RECORDED;
}

static bool lives(const struct fx_thread *t)
{
	return __atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE) > 1 && !t->gone && !t->own_process;
}

unsigned fx_recorded_count(void)
{
	const struct fx_thread *t;
	unsigned n = 0;

	for (unsigned i = 0; (t = fx_thread_nth(i)); i++)
		n += lives(t) && has_recorded(t);
	return n;
}

static bool is_ignored(const struct fx_thread *t, int sig)
{
	uintptr_t handler = (uintptr_t)t->sighand->action[sig - 1].handler;

	return handler == 1 || (handler == 0 && (IGNORED_BY_DEFAULT & FX_SIGBIT(sig)));
}

/* Who has recorded one has all others blocked, and so has a handler. */
static bool may_take(const struct fx_thread *t, int sig)
{
	return !(t->mask & FX_SIGBIT(sig)) && !has_recorded(t) && !t->in_handler;
}

static bool any_may_take(int sig)
{
	const struct fx_thread *t;

	for (unsigned i = 0; (t = fx_thread_nth(i)); i++)
		if (lives(t) && may_take(t, sig))
			return true;
	return false;
}

/* It is held, and not recorded, whatever the mask. */
static bool is_held(const struct fx_thread *t, int sig)
{
	return __atomic_load_n(&t->held, __ATOMIC_ACQUIRE) & FX_SIGBIT(sig);
}

void fx_recorded_await(const struct fx_thread *t, int sig, uint32_t tid, unsigned before)
{
	const struct fx_thread *to = tid ? fx_thread_find(tid) : NULL;
	bool sync;

	if (sig < 1 || sig > FX_NSIG || (tid && (!to || to == t)) || is_ignored(t, sig))
		return;
	sync = FX_SYNC_SIGNALS & FX_SIGBIT(sig);
	if (sync && !to)
		return;
	for (int i = 0; i < MOST_LOOKS; i++) {
		if (sync ? is_held(to, sig)
		    : to ? !may_take(to, sig)
			 : fx_recorded_count() > before)
			return;
		if (!sync && !to && !any_may_take(sig))
			return;
		fx_host(__NR_sched_yield);
	}
}
