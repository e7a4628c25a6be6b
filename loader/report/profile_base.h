/* SPDX-License-Identifier: MIT */
/* What a container has without a profile of its own: the engine's default one. */
#ifndef LOADER_REPORT_PROFILE_BASE_H
#define LOADER_REPORT_PROFILE_BASE_H

#include <stdbool.h>
#include <stdio.h>

#include "loader/report/profile_names.h"

/* Whether there is a base of this name: docker-default. */
bool fx_profile_base_known(const char *name);

/* Lines that say what a profile that allows these adds to the base, and what it takes away. */
void fx_profile_base_compare(const struct fx_names *allowed, FILE *out);

#endif
