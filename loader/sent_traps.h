/* SPDX-License-Identifier: MIT */
/*
 * SIGSYS in the first life of an fxbox that the shim has executed. The filter of the earlier one
 * traps calls that come from the vDSO, which must not kill us; and what was sent is the guest's.
 */
#ifndef LOADER_SENT_TRAPS_H
#define LOADER_SENT_TRAPS_H

/* Ignores traps and keeps what is sent. The shim puts its own handler in place of this one. */
void fx_survive_traps(void);

/* What was sent so far, an array of siginfo_t; *n of them. */
const void *fx_sent_traps(unsigned *n);

#endif
