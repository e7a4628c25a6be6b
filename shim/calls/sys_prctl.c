/* SPDX-License-Identifier: MIT */
/* prctl(2), arch_prctl(2): all but what would get round the shim goes to the host. */
#include <linux/capability.h>
#include <linux/prctl.h>

#include <asm/prctl.h>

#include "shim/audit/audit.h"
#include "shim/base/host.h"
#include "shim/calls/handlers.h"
#include "shim/memory/umem.h"
#include "shim/patch/find.h"
#include "shim/patch/patch.h"
#include "shim/schedule/code.h"
#include "shim/threads/thread.h"

/* Newer than the oldest headers fxbox is built with. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE		 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1UL
#endif
/* ARCH_SHSTK_ENABLE and its kin, asm/prctl.h of Linux 6.6 */
#define SHSTK_FIRST 0x5001
#define SHSTK_LAST  0x5005

/* What the host has in its place is the shim's own. Not every host tells: then it says so. */
static long get_tid_address(const struct fx_thread *t, const struct fx_call *c)
{
	uintptr_t own;
	long r = fx_host(__NR_prctl, PR_GET_TID_ADDRESS, &own, 0, 0, 0);

	return r < 0 ? r : fx_umem_store64(c->arg[1], t->clear_child_tid);
}

static bool has_capability(unsigned which)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return fx_host(__NR_capget, &header, data) == 0 &&
	       data[CAP_TO_INDEX(which)].effective & CAP_TO_MASK(which);
}

/* All but the map need a privilege, and the size of the map nothing. */
static long set_mm(struct fx_thread *t, struct fx_call *c)
{
	const struct fx_unsupported u = {
		.sub = PR_SET_MM, .what = "prctl PR_SET_MM", .result = -EINVAL};

	if (c->arg[1] == PR_SET_MM_MAP_SIZE)
		return fx_sys_host(t, c);
	if (c->arg[1] != PR_SET_MM_MAP && !has_capability(CAP_SYS_RESOURCE))
		return -EPERM;
	/* EINVAL is what a kernel without the option says, here and below. */
	fx_audit_unsupported(t, c, &u);
	return -EINVAL;
}

static long refuse(struct fx_thread *t, struct fx_call *c, const char *what)
{
	const struct fx_unsupported u = {
		.sub = (unsigned)c->arg[0], .what = what, .result = -EINVAL};

	fx_audit_unsupported(t, c, &u);
	return -EINVAL;
}

/* From then on what was made writable cannot be made code again, as patching has to. */
static long set_mdwe(struct fx_thread *t, struct fx_call *c)
{
	if (c->arg[1] & PR_MDWE_REFUSE_EXEC_GAIN)
		fx_patch_stop();
	return fx_sys_host(t, c);
}

long fx_sys_prctl(struct fx_thread *t, struct fx_call *c)
{
	switch ((int)c->arg[0]) {
	case PR_GET_TID_ADDRESS:
		return get_tid_address(t, c);
	case PR_SET_MM:
		return set_mm(t, c);
	case PR_SET_MDWE:
		return set_mdwe(t, c);
	case PR_SET_SECCOMP:
		return refuse(t, c, "prctl PR_SET_SECCOMP");
	case PR_GET_SECCOMP:
		/* Our filter is not the guest's: it has none. */
		return 0;
	case PR_SET_SYSCALL_USER_DISPATCH:
		/* To turn off what is not on is no error. */
		if (c->arg[1] == PR_SYS_DISPATCH_OFF)
			return c->arg[2] || c->arg[3] || c->arg[4] ? -EINVAL : 0;
		return refuse(t, c, "prctl PR_SET_SYSCALL_USER_DISPATCH");
	default:
		return fx_sys_host(t, c);
	}
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

	if (c->arg[0] == ARCH_SET_GS) {
		if (!fx_find_by_fs())
			fx_patch_stop();
		fx_schedule_no_code();
	}
	if (c->arg[0] == ARCH_GET_GS)
		return get_gs(t, c);
	if (c->arg[0] == ARCH_SET_FS) {
		long r = fx_sys_host(t, c);

		if (r == 0) {
			t->fs_base = c->arg[1];
			t->fs_shared = false;
			/* By GS it is found as before, and that may be the guest's by now. */
			if (fx_find_by_fs())
				fx_patch_thread(t);
		}
		return r;
	}
	if (c->arg[0] < SHSTK_FIRST || c->arg[0] > SHSTK_LAST)
		return fx_sys_host(t, c);
	fx_audit_unsupported(t, c, &u);
	return -EINVAL;
}
