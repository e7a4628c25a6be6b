/* SPDX-License-Identifier: MIT */
/* Options of fxbox run that others have written, judged before anything starts. */
#ifndef LOADER_OCI_OPTION_WORDS_H
#define LOADER_OCI_OPTION_WORDS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "loader/refusal.h"

/*
 * An array of strings, each a whole option, --NAME or --NAME=VALUE. Those that fxbox-oci itself
 * decides are refused, and what `fxbox run` would refuse; a file of --profile lies in the container
 * and is not looked at. Of a run that is not confined there are no grants. `subject` says whose
 * they are. 0, or -1 with *why.
 */
int fx_oci_options_check(struct json_object *options, bool confined, const char *subject,
			 struct fx_refusal *why);

/*
 * The array of a text, and each word of it checked as of a confined run: words between blanks, or a
 * JSON array of strings. The array is the caller's to put. NULL with *why.
 */
struct json_object *fx_oci_options_of(const char *text, const char *subject,
				      struct fx_refusal *why);

#endif
