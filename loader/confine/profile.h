/* SPDX-License-Identifier: MIT */
/*
 * A policy as a file: a JSON document, docs/profile.schema.json. What it does
 * not mention stays as it is; what it mentions and is not known is an error.
 */
#ifndef LOADER_CONFINE_PROFILE_H
#define LOADER_CONFINE_PROFILE_H

#include <stdio.h>

#include "loader/confine/policy.h"
#include "loader/refusal.h"

/*
 * path: a file, or the name of a profile that fxbox brings: strict. Adds to *policy, which borrows
 * from what is read here and never freed. 0, or -1 with *why filled.
 */
int fx_profile_read(const char *path, struct fx_policy *policy, struct fx_refusal *why);

/* The whole policy as a document that fx_profile_read takes. 0, or -1 and errno. */
int fx_profile_print(const struct fx_policy *policy, FILE *out);

#endif
