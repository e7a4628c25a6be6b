/* SPDX-License-Identifier: MIT */
#include "shim/signals/signal_host.h"

#include "shim/base/host.h"
#include "shim/base/sigset.h"

static const struct fx_signal_entries *entries; /* constant once the guest runs */

bool fx_signal_ignored_by_default(int sig)
{
	return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

bool fx_signal_stops_by_default(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

bool fx_signal_dumps_by_default(int sig)
{
	return FX_CORE_SIGNALS & FX_SIGBIT(sig);
}

/* Kinds of host action, as cached in struct fx_sighand. */
enum host_kind { HOST_DEFAULT, HOST_IGNORE, HOST_OURS };

static uint32_t wanted(const struct fx_sighand *h, int sig)
{
	const struct fx_action *a = &h->action[sig - 1];
	uint32_t flags = sig == SIGCHLD ? a->flags & (SA_NOCLDSTOP | SA_NOCLDWAIT) : 0;

	if (FX_SYNC_SIGNALS & FX_SIGBIT(sig))
		return HOST_OURS;
	if (a->handler > 1)
		return HOST_OURS | flags << 8;
	if (a->handler == 1)
		return HOST_IGNORE | flags << 8;
	if (fx_signal_ignored_by_default(sig) || fx_signal_stops_by_default(sig))
		return HOST_DEFAULT | flags << 8;
	/* Deadly by default: ours, for the exit record and the report. */
	return HOST_OURS;
}

/* What the host is to have for a kind of action. */
static struct sigaction host_action(int sig, uint32_t want)
{
	struct sigaction host = {.sa_flags = want >> 8};

	switch (want & 0xff) {
	case HOST_IGNORE:
		host.sa_handler = SIG_IGN;
		break;
	case HOST_OURS:
		host.sa_flags |= SA_SIGINFO | SA_ONSTACK | SA_RESTORER;
		host.sa_restorer = entries->restorer;
		host.sa_mask = FX_ALL_ASYNC;
		host.sa_handler = (__sighandler_t)(uintptr_t)entries->signal;
		if (sig == SIGSYS) {
			host.sa_handler = (__sighandler_t)(uintptr_t)entries->sigsys;
			host.sa_mask = 0;
		} else if (FX_FAULT_SIGNALS & FX_SIGBIT(sig)) {
			host.sa_handler = (__sighandler_t)(uintptr_t)entries->fault;
			/*
			 * Not SIGTRAP: the kernel takes the handler away from a debugger's
			 * single step that meets it blocked, and keeps it so.
			 */
			host.sa_mask |= FX_SYNC_SIGNALS & ~FX_UMEM_SIGNALS & ~FX_SIGBIT(SIGTRAP);
		}
		break;
	default:
		break;
	}
	return host;
}

/* Sets it; *before is what it was. */
static void set_host(struct fx_sighand *h, int sig, uint32_t want, struct sigaction *before)
{
	const struct sigaction host = host_action(sig, want);

	if (fx_host(__NR_rt_sigaction, sig, &host, before, 8) == 0)
		h->host[sig - 1] = want;
}

void fx_signal_host_action(struct fx_sighand *h, int sig)
{
	uint32_t want = wanted(h, sig);

	if (want != h->host[sig - 1])
		set_host(h, sig, want, NULL);
}

/*
 * After an exec nearly all are SIG_DFL: each is made what is wanted for that, without being asked
 * for first, and once more if it was SIG_IGN. What comes in between is blocked, and goes with the
 * latter.
 */
void fx_signal_host_init(struct fx_sighand *h, uint64_t ignored_sync,
			 const struct fx_signal_entries *doors)
{
	entries = doors;
	for (int sig = 1; sig <= FX_NSIG; sig++) {
		struct fx_action *guest = &h->action[sig - 1];
		struct sigaction before = {0};

		if (FX_UNBLOCKABLE & FX_SIGBIT(sig))
			continue;
		guest->handler = FX_SYNC_SIGNALS & ignored_sync & FX_SIGBIT(sig) ? 1 : 0;
		/* Asked for first: a child that ended in between would become a zombie. */
		if (sig == SIGCHLD && fx_host(__NR_rt_sigaction, sig, 0, &before, 8) == 0)
			guest->handler = before.sa_handler == SIG_IGN;
		set_host(h, sig, wanted(h, sig), &before);
		if (!(FX_SYNC_SIGNALS & FX_SIGBIT(sig)) && before.sa_handler == SIG_IGN) {
			guest->handler = 1;
			fx_signal_host_action(h, sig);
		}
	}
}

void fx_signal_host_dying(struct fx_thread *t, const struct ucontext *uc, const siginfo_t *info)
{
	entries->dying(t, uc, info);
}
