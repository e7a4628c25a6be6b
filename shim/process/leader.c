/* SPDX-License-Identifier: MIT */
#include "shim/process/leader.h"

#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/threads/thread.h"

/* si_code of the SIGTRAP that says "look". Negative, as for all that user space sends. */
#define FX_LEADER_NUDGE (-0x46580)

/* Guards the rest. Never taken by a handler that has interrupted the shim. */
static uint32_t lock;
static enum { FREE, FULL, CLOSED } state;
static siginfo_t slot;
static uint32_t nudges; /* ever sent */
static uint32_t seen;	/* of these, by the first thread alone */

/*
 * Only what was sent to the process for certain: of other codes some are sent
 * to threads. A sender of 0 may also be one whose siginfo the host had no room
 * for (RLIMIT_SIGPENDING).
 */
static bool is_for_process(const siginfo_t *info)
{
	return (info->si_code == SI_USER && info->si_pid) || info->si_code == SI_KERNEL ||
	       (info->si_signo == SIGCHLD && info->si_code > 0);
}

static bool takes(uint32_t pid, int sig)
{
	const struct fx_thread *leader = fx_thread_find(pid);

	return leader && !__atomic_load_n(&leader->gone, __ATOMIC_SEQ_CST) &&
	       !(__atomic_load_n(&leader->mask, __ATOMIC_RELAXED) & FX_SIGBIT(sig));
}

static long nudge(uint32_t pid)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = SIGTRAP;
	info.si_code = FX_LEADER_NUDGE;
	__atomic_add_fetch(&nudges, 1, __ATOMIC_SEQ_CST);
	return fx_host(__NR_rt_tgsigqueueinfo, pid, pid, SIGTRAP, &info);
}

bool fx_leader_offer(const struct fx_thread *t, const siginfo_t *info)
{
	uint32_t pid = (uint32_t)fx_host(__NR_getpid);
	bool offered = false;

	if (t->own_process || t->host_tid == pid || !is_for_process(info))
		return false;
	fx_shim_lock(&lock);
	if (state == FREE && takes(pid, info->si_signo)) {
		slot = *info;
		__atomic_store_n(&state, FULL, __ATOMIC_RELEASE);
		offered = nudge(pid) == 0;
		if (!offered)
			__atomic_store_n(&state, FREE, __ATOMIC_RELEASE);
	}
	fx_shim_unlock(&lock);
	return offered;
}

bool fx_leader_nudged(const siginfo_t *info)
{
	uint32_t sent = __atomic_load_n(&nudges, __ATOMIC_SEQ_CST);
	bool lost_info = info->si_code == SI_USER && !info->si_pid;

	if (info->si_signo != SIGTRAP)
		return false;
	if (info->si_code != FX_LEADER_NUDGE && !(lost_info && seen != sent))
		return false;
	seen = sent;
	return true;
}

bool fx_leader_is(const struct fx_thread *t)
{
	return !t->own_process && t->host_tid == (uint32_t)fx_host(__NR_getpid);
}

bool fx_leader_waits(void)
{
	return __atomic_load_n(&state, __ATOMIC_ACQUIRE) == FULL;
}

bool fx_leader_take(siginfo_t *info)
{
	bool taken = false;

	fx_shim_lock(&lock);
	if (state == FULL) {
		*info = slot;
		__atomic_store_n(&state, FREE, __ATOMIC_RELEASE);
		taken = true;
	}
	fx_shim_unlock(&lock);
	return taken;
}

/* Only the first thread may queue a signal of any code to the process, so says the host. */
void fx_leader_return(const siginfo_t *info)
{
	fx_host(__NR_rt_sigqueueinfo, fx_host(__NR_getpid), info->si_signo, info);
}

void fx_leader_left(void)
{
	fx_shim_lock(&lock);
	if (state == FULL)
		fx_leader_return(&slot);
	__atomic_store_n(&state, CLOSED, __ATOMIC_RELEASE);
	fx_shim_unlock(&lock);
}

bool fx_leader_close(void)
{
	bool closed;

	fx_shim_lock(&lock);
	closed = state != FULL;
	if (closed)
		__atomic_store_n(&state, CLOSED, __ATOMIC_RELEASE);
	fx_shim_unlock(&lock);
	/* A nudge that was sent is handled on the way back from any call. */
	if (closed)
		fx_host(__NR_getpid);
	return closed;
}

void fx_leader_open(void)
{
	__atomic_store_n(&state, FREE, __ATOMIC_RELEASE);
}

void fx_leader_after_fork(void)
{
	lock = 0;
	seen = nudges;
	fx_leader_open();
}
