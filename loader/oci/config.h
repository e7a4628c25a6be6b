/* SPDX-License-Identifier: MIT */
/* A bundle's config.json, as a document: what it must be, and what becomes of it. */
#ifndef LOADER_OCI_CONFIG_H
#define LOADER_OCI_CONFIG_H

#include <json-c/json.h>

#include "loader/oci/settings.h"
#include "loader/refusal.h"

/*
 * Whether the document is one that can be rewritten: all that we change, and all that could come to
 * lie over it. What an earlier call of ours has made of it is taken back, so that a bundle can be
 * used again. 0, or -1 with *why.
 */
int fx_oci_config_check(struct json_object *config, const char *fxbox, struct fx_refusal *why);

/* root.path of one that was checked. Borrowed. */
const char *fx_oci_config_root(struct json_object *config);

/*
 * The words for its program (wishes.h), which asks its annotations and its environment. The
 * caller's to put; NULL with *why.
 */
struct json_object *fx_oci_config_words(struct json_object *config,
					const struct fx_oci_settings *settings, bool *log,
					struct fx_refusal *why);

/*
 * Rewrites one that was checked: the program, the mounts, and an annotation that tells `exec` the
 * words, which are borrowed. log: NULL, or the file of the host that is mounted.
 */
void fx_oci_config_rewrite(struct json_object *config, struct json_object *words, const char *fxbox,
			   const char *log);

#endif
