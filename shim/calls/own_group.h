/* SPDX-License-Identifier: MIT */
/*
 * kill(2) of one's own process group, by 0, where confined. Before Landlock keeps signals in, a PID
 * namespace does, but that group may be one outside, whose members the kernel would reach: so the
 * body of the filter refuses it, and the members are signalled by their numbers.
 */
#ifndef SHIM_CALLS_OWN_GROUP_H
#define SHIM_CALLS_OWN_GROUP_H

struct fx_thread;

/*
 * As kill(0, sig) answers. One that is forked meanwhile may be missed, if the group is one
 * outside; without a /proc of the namespace only this process is signalled then.
 */
long fx_own_group_kill(const struct fx_thread *t, int sig);

#endif
