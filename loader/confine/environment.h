/* SPDX-License-Identifier: MIT */
#ifndef LOADER_CONFINE_ENVIRONMENT_H
#define LOADER_CONFINE_ENVIRONMENT_H

#include "loader/confine/policy.h"

/*
 * The environment that a policy makes of this one: an array of borrowed
 * strings, never freed; NULL without memory. A policy without choices
 * gets the same array back.
 */
char *const *fx_environment(const struct fx_policy *policy, char *const *envp);

#endif
