/* SPDX-License-Identifier: MIT */
/* Resource limits by name: those of setrlimit(2) without RLIMIT_, in small letters. */
#ifndef LOADER_CONFINE_RLIMITS_H
#define LOADER_CONFINE_RLIMITS_H

#include "loader/confine/policy.h"
#include "loader/refusal.h"

/* The table's own spelling of a name, or NULL. */
const char *fx_rlimit_name(const char *name, size_t length);

/* 0, or -1 with *why filled. */
int fx_rlimits_set(const struct fx_policy *policy, struct fx_refusal *why);

#endif
