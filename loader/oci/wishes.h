/* SPDX-License-Identifier: MIT */
/* What a container is to be run with: the administrator's settings, and what it may ask for. */
#ifndef LOADER_OCI_WISHES_H
#define LOADER_OCI_WISHES_H

#include <json-c/json.h>
#include <stdbool.h>

#include "loader/oci/settings.h"
#include "loader/refusal.h"

/*
 * The words that stand before the program's own, from FX_OCI_PROGRAM to "--": an array, the
 * caller's to put. annotations and env, of the document, may be NULL; both are checked here. *log:
 * there is one, at FX_OCI_LOG. NULL with *why.
 */
struct json_object *fx_oci_words(const struct fx_oci_settings *settings,
				 struct json_object *annotations, struct json_object *env,
				 bool *log, struct fx_refusal *why);

/* The same words for a further process of a container: its log is added to. The caller's to put. */
struct json_object *fx_oci_words_of_exec(struct json_object *words);

#endif
