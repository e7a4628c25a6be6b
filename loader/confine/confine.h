/* SPDX-License-Identifier: MIT */
/*
 * All layers of confinement but seccomp, in the order that they need: while a
 * layer is made, the ones after it are not there yet.
 *
 *	namespaces -> second process -> mounts -> directory -> descriptors ->
 *	limits -> capabilities -> no_new_privs -> Landlock (-> seccomp, by the shim)
 */
#ifndef LOADER_CONFINE_CONFINE_H
#define LOADER_CONFINE_CONFINE_H

#include <sys/types.h>

#include "loader/confine/policy.h"
#include "loader/refusal.h"
#include "shim/boot.h"

/*
 * Confines this process; it may return in a child of the one that called.
 * program: as the user named it, which --only shows. parent: the process that started fxbox, as
 * getppid(2) said when it began.
 * config: its descriptors are open; its confine member is filled.
 * 0, or -1 with *why filled: then the process is fit for nothing but to end.
 */
int fx_confine(const struct fx_policy *policy, const char *program, pid_t parent,
	       struct fx_config *config, struct fx_refusal *why);

#endif
