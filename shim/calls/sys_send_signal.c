/* SPDX-License-Identifier: MIT */
/*
 * Calls that send a signal. With a siginfo a program may send itself anything, also what looks like
 * a fault or a trap: see fx_code_forged. What ends the process at once lets no sender go on: see
 * fx_signal_is_fatal.
 */
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/sigset.h"
#include "shim/calls/handlers.h"
#include "shim/calls/own_group.h"
#include "shim/memory/umem.h"
#include "shim/signals/fatal.h"
#include "shim/threads/thread.h"

enum whom { OTHERS, OWN_PROCESS, OWN_THREAD, OTHER_THREAD /* of this process */ };

/*
 * The call, with its siginfo changed if that is needed; argument `which` points to it. To others
 * Linux refuses such codes, and may do so.
 */
static long queue(struct fx_thread *t, struct fx_call *c, int sig, unsigned which, enum whom whom)
{
	siginfo_t info;
	unsigned long arg[4] = {c->arg[0], c->arg[1], c->arg[2], c->arg[3]};

	if (whom == OTHERS || !c->arg[which] || sig < 1 || sig > FX_NSIG ||
	    !(FX_FAULT_SIGNALS & FX_SIGBIT(sig)))
		return fx_sys_host(t, c);
	if (fx_umem_copy_in(&info, c->arg[which], sizeof(info)) < 0)
		return -EFAULT;
	if (whom != OTHER_THREAD)
		info.si_code = fx_code_forged(info.si_code);
	else if (info.si_code >= 0 || info.si_code == SI_TKILL)
		return -EPERM;
	if (FX_SYNC_SIGNALS & FX_SIGBIT(sig))
		info.si_code = fx_code_addressed(info.si_code, whom == OWN_PROCESS);
	arg[which] = (uintptr_t)&info;
	return fx_host(c->nr, arg[0], arg[1], arg[2], arg[3]);
}

static bool is_own(unsigned long pid)
{
	return (int)pid == (int)fx_host(__NR_gettid);
}

/* r: of the call. */
static long sent(struct fx_thread *t, int sig, bool fatal, long r)
{
	if (r == 0 && fatal)
		fx_signal_doom(t, sig);
	return r;
}

/* -1, which is all others, spares the process itself. */
static bool reaches_us(const struct fx_thread *t, int pid)
{
	return pid == t->pid || pid == 0 || (pid < -1 && -pid == (int)fx_host(__NR_getpgid, 0));
}

long fx_sys_kill(struct fx_thread *t, struct fx_call *c)
{
	int sig = (int)c->arg[1];
	bool fatal = reaches_us(t, (int)c->arg[0]) && fx_signal_is_fatal(t, sig, 0);

	if ((int)c->arg[0] == 0 && fx_config.confine & FX_CONFINED)
		return sent(t, sig, fatal, fx_own_group_kill(t, sig));
	return sent(t, sig, fatal, fx_sys_host(t, c));
}

long fx_sys_tkill(struct fx_thread *t, struct fx_call *c)
{
	int sig = (int)c->arg[1], tid = (int)c->arg[0];
	bool fatal = tid > 0 && fx_signal_is_fatal(t, sig, (uint32_t)tid);

	return sent(t, sig, fatal, fx_sys_host(t, c));
}

long fx_sys_tgkill(struct fx_thread *t, struct fx_call *c)
{
	int sig = (int)c->arg[2], tid = (int)c->arg[1];
	bool fatal = tid > 0 && fx_signal_is_fatal(t, sig, (uint32_t)tid);

	return sent(t, sig, fatal, fx_sys_host(t, c));
}

long fx_sys_rt_sigqueueinfo(struct fx_thread *t, struct fx_call *c)
{
	int sig = (int)c->arg[1], pid = (int)c->arg[0];
	bool fatal = pid == t->pid && fx_signal_is_fatal(t, sig, 0);

	return sent(t, sig, fatal, queue(t, c, sig, 2, is_own(c->arg[0]) ? OWN_PROCESS : OTHERS));
}

long fx_sys_rt_tgsigqueueinfo(struct fx_thread *t, struct fx_call *c)
{
	int sig = (int)c->arg[2], tid = (int)c->arg[1];
	enum whom whom = (int)c->arg[0] == t->pid ? OTHER_THREAD : OTHERS;
	bool fatal = tid > 0 && fx_signal_is_fatal(t, sig, (uint32_t)tid);

	return sent(t, sig, fatal, queue(t, c, sig, 3, is_own(c->arg[1]) ? OWN_THREAD : whom));
}

/*
 * Whose descriptor it is, the host says by the same refusal, of no signal at all. The first thread
 * alone is asked for itself; of another nobody knows.
 */
static bool is_own_pidfd(const struct fx_call *c)
{
	siginfo_t none = {.si_signo = 0, .si_code = 1};

	return fx_host(__NR_pidfd_send_signal, c->arg[0], 0, &none, c->arg[3]) == 0;
}

long fx_sys_pidfd_send_signal(struct fx_thread *t, struct fx_call *c)
{
	int sig = (int)c->arg[1];
	bool fatal = fx_signal_is_fatal(t, sig, 0);
	bool own = (c->arg[2] || fatal) && is_own_pidfd(c);

	return sent(t, sig, fatal && own, queue(t, c, sig, 2, own ? OWN_PROCESS : OTHERS));
}
