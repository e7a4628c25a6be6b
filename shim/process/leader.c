/* SPDX-License-Identifier: MIT */
#include "shim/process/leader.h"

#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/base/sigset.h"
#include "shim/process/nudge.h"
#include "shim/threads/thread.h"

/* Guards the rest. Never taken by a handler that has interrupted the shim. */
static uint32_t lock;
static enum { FREE, FULL, CLOSED } state;
static siginfo_t slot;

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

static bool takes(const struct fx_thread *leader, int sig)
{
	return leader && !__atomic_load_n(&leader->gone, __ATOMIC_SEQ_CST) &&
	       !(__atomic_load_n(&leader->mask, __ATOMIC_RELAXED) & FX_SIGBIT(sig));
}

bool fx_leader_offer(const struct fx_thread *t, const siginfo_t *info)
{
	uint32_t pid = (uint32_t)fx_host(__NR_getpid);
	struct fx_thread *leader;
	bool offered = false;

	if (t->own_process || t->host_tid == pid || !is_for_process(info))
		return false;
	fx_shim_lock(&lock);
	leader = fx_thread_find(pid);
	if (state == FREE && takes(leader, info->si_signo)) {
		slot = *info;
		__atomic_store_n(&state, FULL, __ATOMIC_RELEASE);
		offered = fx_nudge(leader);
		if (!offered)
			__atomic_store_n(&state, FREE, __ATOMIC_RELEASE);
	}
	fx_shim_unlock(&lock);
	return offered;
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
	fx_leader_open();
}
