/* SPDX-License-Identifier: MIT */
#ifndef SHIM_CALLS_SYS_OPENAT2_H
#define SHIM_CALLS_SYS_OPENAT2_H

struct fx_call;
struct fx_thread;

/*
 * openat2(2) for a confined program: by openat(2), after what openat2 is stricter about. With
 * resolve flags ENOSYS and an unsupported record. May block, as an open may. Errors: the host's.
 */
long fx_confined_openat2(struct fx_thread *t, struct fx_call *c);

#endif
