/* SPDX-License-Identifier: MIT */
#include "shim/hang/stuck.h"

#include <linux/wait.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/sigset.h"
#include "shim/hang/asleep.h"
#include "shim/hang/still.h"
#include "shim/hang/tell.h"
#include "shim/hang/timers.h"
#include "shim/signals/fatal.h"
#include "shim/thread_dump.h"
#include "shim/threads/thread.h"

/*
 * Signals that a C library keeps for itself, between threads: cancellation, set*id in all
 * threads, timers (glibc 32 and 33, musl 32 to 34). Nobody outside sends them.
 */
#define OF_LIBRARIES (FX_SIGBIT(32) | FX_SIGBIT(33) | FX_SIGBIT(34))
/* What only the program's own doing raises: languages have handlers for their stacks' ends. */
#define OF_FAULTS FX_FAULT_SIGNALS

/* What was said already. */
static uint32_t said_for_ever, said_of_handlers;

/* Signals that have a handler which a thread would run now. */
static uint64_t handlers(void)
{
	const struct fx_thread *t;
	uint64_t set = 0;

	for (unsigned i = 0; (t = fx_thread_nth(i)); i++) {
		if (!__atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE) || t->gone)
			continue;
		for (int sig = 1; sig <= FX_NSIG; sig++)
			if (t->sighand->action[sig - 1].handler > 1 && !(t->mask & FX_SIGBIT(sig)))
				set |= FX_SIGBIT(sig);
	}
	return set & ~(OF_LIBRARIES | OF_FAULTS | FX_UNBLOCKABLE);
}

static bool has_child(void)
{
	siginfo_t info;

	return fx_host(__NR_waitid, P_ALL, 0, &info, WNOHANG | WNOWAIT | WEXITED | __WALL) !=
	       -ECHILD;
}

/* Somebody is known who may send a signal that has a handler. */
static bool sender_known(uint64_t set)
{
	return ((set & FX_SIGBIT(SIGCHLD)) && has_child()) || fx_timers_armed() ||
	       (set & FX_SIGBIT(SIGIO));
}

static bool first_time(uint32_t *said)
{
	return __atomic_exchange_n(said, 1, __ATOMIC_RELAXED) == 0;
}

enum fx_stuck fx_stuck(struct fx_thread *t, uint64_t parks, bool again)
{
	enum fx_asleep asleep;
	uint64_t set, now;

	if (fx_config.on_deadlock == FX_DEADLOCK_IGNORE)
		return FX_STUCK_SLEEPS;
	set = handlers();
	if (set ? said_of_handlers : said_for_ever)
		return FX_STUCK_SLEEPS;
	/* What else is asked costs more than a wait should that is over in a moment. */
	if (set && !again)
		return FX_STUCK_LOOK_AGAIN;
	if (set && sender_known(set))
		return FX_STUCK_SLEEPS;
	asleep = fx_asleep_all(t);
	if (asleep == FX_ASLEEP_UNKNOWN && !again)
		return FX_STUCK_LOOK_AGAIN;
	if (asleep == FX_ASLEEP_NOT)
		return FX_STUCK_LOOK_SOON;
	/*
	 * A signal that another thread sent before it fell asleep has come by now, if it is for
	 * this one: the host was called since. It ends the wait that is about to begin.
	 */
	if (t->pending)
		return FX_STUCK_SLEEPS;
	/* So has one that was sent to another: that has left its sleep, or fallen asleep anew. */
	if (!fx_still_all(t, &now))
		return FX_STUCK_SLEEPS;
	if (now != parks)
		return FX_STUCK_LOOK_SOON;
	if (!first_time(set ? &said_of_handlers : &said_for_ever))
		return FX_STUCK_SLEEPS;
	fx_hang_tell(t, set ? FX_DUMP_STUCK_SOFT : FX_DUMP_STUCK, set);
	if (set || fx_config.on_deadlock != FX_DEADLOCK_ABORT)
		return FX_STUCK_SLEEPS;
	fx_signal_doom(t, SIGABRT);
	return FX_STUCK_DIES;
}

bool fx_stuck_was_said(void)
{
	return __atomic_load_n(&said_for_ever, __ATOMIC_RELAXED);
}

void fx_stuck_after_fork(void)
{
	said_for_ever = said_of_handlers = 0;
}
