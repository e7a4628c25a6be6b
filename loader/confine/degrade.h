/* SPDX-License-Identifier: MIT */
/* What the host does not permit: said loudly, or an error with --require-confinement. */
#ifndef LOADER_CONFINE_DEGRADE_H
#define LOADER_CONFINE_DEGRADE_H

#include "loader/confine/policy.h"
#include "loader/refusal.h"

/*
 * One line on standard error that says what is missing and what follows from
 * that; 0. With policy->require: -1 with *why filled.
 */
int fx_degrade(const struct fx_policy *policy, struct fx_refusal *why, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
