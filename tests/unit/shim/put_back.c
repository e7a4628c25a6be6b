/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/put_back.h"

#include "shim/base/kernel_signal.h"

#define FLAGS 0x202

uintptr_t put_back(uintptr_t trampoline, unsigned offset, struct fx_site_shape shape,
		   const struct fx_site_record *site)
{
	struct ucontext uc = {
		.uc_mcontext = {.rip = trampoline + offset, .rax = 1, .rcx = 2, .eflags = FLAGS}};
	const struct sigcontext *sc = &uc.uc_mcontext;

	fx_trampoline_leave(&uc, trampoline, shape, site);
	return sc->rax == 1 && sc->rcx == 2 && sc->eflags == FLAGS ? sc->rip : 0;
}
