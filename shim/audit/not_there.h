/* SPDX-License-Identifier: MIT */
/*
 * With --only: what was looked for and may be there outside. Noted after the call and for the
 * report alone; a process outside, which sees it, tells (loader/confine/not_there.h).
 */
#ifndef SHIM_AUDIT_NOT_THERE_H
#define SHIM_AUDIT_NOT_THERE_H

struct fx_call;

/* A call that failed with ENOENT. */
void fx_not_there(const struct fx_call *c);

#endif
