/* SPDX-License-Identifier: MIT */
/*
 * What a thread may do by protection keys (pkeys(7)): the register PKRU, two bits for each key. In
 * a signal handler, and so in a trap, Linux gives it its first value, whatever the thread had, and
 * puts that back behind. So calls that are made for the guest in a trap are made with what the
 * guest had.
 */
#ifndef SHIM_SIGNALS_PKRU_H
#define SHIM_SIGNALS_PKRU_H

#include <stdbool.h>
#include <stdint.h>

struct ucontext;

/* Puts what a handler begins with (arch/x86/kernel/fpu) into an extended state as xsave writes it,
 * if that has the register. */
void fx_pkru_begin(unsigned char *state);

/*
 * The host has given a key out, with these rights (of pkey_alloc(2)) for its caller, which is to
 * have them once it goes on with uc; NULL: it has them already, in a patched call. From now on
 * fx_pkru_take has something to do.
 */
void fx_pkru_given(struct ucontext *uc, unsigned key, unsigned rights);

/*
 * In a trap: from now on the calling thread has the rights of who was interrupted. But never none
 * to key 0, which is that of the shim's own memory.
 */
void fx_pkru_take(const struct ucontext *uc);

#endif
