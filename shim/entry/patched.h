/* SPDX-License-Identifier: MIT */
/* A system call of the guest that comes from a patched site, without a trap. */
#ifndef SHIM_ENTRY_PATCHED_H
#define SHIM_ENTRY_PATCHED_H

struct fx_call;

/* Once the configuration is known, before the guest runs. */
void fx_patched_init(void);

/*
 * From patched_x86_64.S, which has laid out c, without uc. Returns what the guest finds in rax;
 * -FX_EBAIL: it is to be made by the site's own `syscall`, after what waits is delivered.
 */
long fx_patched(struct fx_call *c);

#endif
