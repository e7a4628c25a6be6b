/* SPDX-License-Identifier: MIT */
/* The `process` of a container's configuration, or of an exec: the program becomes fxbox, then it.
 */
#ifndef LOADER_OCI_PROCESS_H
#define LOADER_OCI_PROCESS_H

#include <json-c/json.h>

#include "loader/refusal.h"

/*
 * Checks that the object is one that we understand: arguments are strings, and there are some;
 * `where` names it in messages. 0, or -1 with *why.
 */
int fx_oci_process_check(struct json_object *process, const char *where, struct fx_refusal *why);

/*
 * Of one that was checked: its arguments are the words (borrowed), then what they were, and it
 * gains no privileges, as fxbox would have it anyway. The runtime then loads its own filter later,
 * when it needs fewer calls itself.
 */
void fx_oci_process_rewrite(struct json_object *process, struct json_object *words);

/* Whether the arguments begin with these words; takes them away if so. */
int fx_oci_process_strip(struct json_object *process, struct json_object *words);

#endif
