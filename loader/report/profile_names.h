/* SPDX-License-Identifier: MIT */
/* Names of system calls, each once, in order. */
#ifndef LOADER_REPORT_PROFILE_NAMES_H
#define LOADER_REPORT_PROFILE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/* Borrowed; more than there are calls. */
struct fx_names {
	const char *name[600];
	size_t count;
};

/* One that has no room is left out. */
void fx_names_add(struct fx_names *names, const char *name);
void fx_names_sort(struct fx_names *names);
bool fx_names_have(const struct fx_names *names, const char *name);
/* The caller's to put. */
struct json_object *fx_names_json(const struct fx_names *names);

#endif
