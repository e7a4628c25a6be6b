/* SPDX-License-Identifier: MIT */
/* prctl(2), arch_prctl(2), prlimit(2): all but what would get round the shim goes to the host. */
#include <linux/prctl.h>

#include <asm/prctl.h>

#include "shim/audit/audit.h"
#include "shim/base/host.h"
#include "shim/calls/handlers.h"
#include "shim/memory/umem.h"
#include "shim/patch/patch.h"
#include "shim/threads/thread.h"

#define PR_SYSCALL_USER_DISPATCH 59
/* ARCH_SHSTK_ENABLE and its kin, asm/prctl.h of Linux 6.6 */
#define SHSTK_FIRST 0x5001
#define SHSTK_LAST  0x5005

long fx_sys_prctl(struct fx_thread *t, struct fx_call *c)
{
	static const struct {
		int option;
		const char *what;
	} refused[] = {
		{PR_SET_SECCOMP, "prctl PR_SET_SECCOMP"},
		{PR_SET_MM, "prctl PR_SET_MM"},
		{PR_SYSCALL_USER_DISPATCH, "prctl PR_SET_SYSCALL_USER_DISPATCH"},
	};

	for (unsigned i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		const struct fx_unsupported u = {.sub = (unsigned)refused[i].option,
						 .what = refused[i].what,
						 .result = -EINVAL};

		if ((int)c->arg[0] != refused[i].option)
			continue;
		/* EINVAL is what a kernel without the option says. */
		fx_audit_unsupported(t, c, &u);
		return -EINVAL;
	}
	/* Our filter is not the guest's: it has none. */
	if ((int)c->arg[0] == PR_GET_SECCOMP)
		return 0;
	return fx_sys_host(t, c);
}

/* What is ours is 0, as the guest has left it. */
static long get_gs(struct fx_thread *t, const struct fx_call *c)
{
	uintptr_t gs = 0;
	long r = fx_host(__NR_arch_prctl, ARCH_GET_GS, &gs);

	if (gs == (uintptr_t)t)
		gs = 0;
	return r < 0 ? r : fx_umem_store64(c->arg[1], gs);
}

/* With a shadow stack the return from our handlers would be a fault. */
long fx_sys_arch_prctl(struct fx_thread *t, struct fx_call *c)
{
	const struct fx_unsupported u = {
		.sub = c->arg[0], .what = "arch_prctl ARCH_SHSTK_*", .result = -EINVAL};

	if (c->arg[0] == ARCH_SET_GS)
		fx_patch_stop();
	if (c->arg[0] == ARCH_GET_GS)
		return get_gs(t, c);
	if (c->arg[0] < SHSTK_FIRST || c->arg[0] > SHSTK_LAST)
		return fx_sys_host(t, c);
	fx_audit_unsupported(t, c, &u);
	return -EINVAL;
}

/* A confined process may change its own limits only, which the filter knows by the number 0. */
long fx_sys_prlimit64(struct fx_thread *t, struct fx_call *c)
{
	if ((int)c->arg[0] == fx_host(__NR_getpid))
		c->arg[0] = 0;
	return fx_sys_host(t, c);
}
