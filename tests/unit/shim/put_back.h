/* SPDX-License-Identifier: MIT */
/* fx_trampoline_leave for tests that have the C library's signals: the kernel's are others. */
#ifndef TESTS_UNIT_SHIM_PUT_BACK_H
#define TESTS_UNIT_SHIM_PUT_BACK_H

#include "shim/patch/patch_x86_64.h"

/*
 * Where a thread goes on that was stopped so far into the trampoline at this address; 0: that has
 * changed rax, rcx or the flags.
 */
uintptr_t put_back(uintptr_t trampoline, unsigned offset, struct fx_site_shape shape,
		   const struct fx_site_record *site);

#endif
