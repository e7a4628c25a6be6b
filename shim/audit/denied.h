/* SPDX-License-Identifier: MIT */
/*
 * Tells the user when confinement refused a call, and which option would
 * allow it. Decided after the call and for the text alone; said only if true.
 */
#ifndef SHIM_AUDIT_DENIED_H
#define SHIM_AUDIT_DENIED_H

struct fx_call;
struct fx_thread;

/* A confined call that failed with EACCES, EPERM or EROFS. */
void fx_denied(struct fx_thread *t, const struct fx_call *c, long result);

#endif
