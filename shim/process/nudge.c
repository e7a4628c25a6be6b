/* SPDX-License-Identifier: MIT */
#include "shim/process/nudge.h"

#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/threads/thread.h"

/* Its si_code. Negative, as for all that user space sends. */
#define NUDGE_CODE (-0x46580)

bool fx_nudge(struct fx_thread *to)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = SIGTRAP;
	info.si_code = NUDGE_CODE;
	__atomic_add_fetch(&to->nudges, 1, __ATOMIC_SEQ_CST);
	return fx_host(__NR_rt_tgsigqueueinfo, fx_host(__NR_getpid),
		       __atomic_load_n(&to->host_tid, __ATOMIC_RELAXED), SIGTRAP, &info) == 0;
}

bool fx_nudge_due(struct fx_thread *t)
{
	uint32_t sent = __atomic_load_n(&t->nudges, __ATOMIC_SEQ_CST);
	bool due = t->nudges_seen != sent;

	t->nudges_seen = sent;
	return due;
}

bool fx_nudge_is(struct fx_thread *t, const siginfo_t *info)
{
	bool lost_info = info->si_code == SI_USER && !info->si_pid;

	if (info->si_signo != SIGTRAP)
		return false;
	if (info->si_code == NUDGE_CODE) {
		fx_nudge_due(t);
		return true;
	}
	return lost_info && fx_nudge_due(t);
}

void fx_nudge_after_fork(struct fx_thread *t)
{
	t->nudges_seen = t->nudges;
}
