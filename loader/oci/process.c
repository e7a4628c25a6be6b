/* SPDX-License-Identifier: MIT */
#include "loader/oci/process.h"

#include <stdio.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/oci/document.h"

static const char *const members[] = {"args", "env",	  "noNewPrivileges", "user",
				      "cwd",  "terminal", "commandLine",     NULL};

static int check_strings(struct json_object *process, const char *name, const char *where,
			 struct json_object **value, struct fx_refusal *why)
{
	char place[128];

	snprintf(place, sizeof(place), "%s.%s", where, name);
	if (fx_oci_member(process, name, json_type_array, place, value, why) < 0)
		return -1;
	return *value ? fx_oci_strings(*value, place, why) : 0;
}

int fx_oci_process_check(struct json_object *process, const char *where, struct fx_refusal *why)
{
	struct json_object *args, *env, *flag;
	char place[128];

	snprintf(place, sizeof(place), "%s.noNewPrivileges", where);
	if (fx_oci_exact(process, members, where, why) < 0 ||
	    check_strings(process, "args", where, &args, why) < 0 ||
	    check_strings(process, "env", where, &env, why) < 0 ||
	    fx_oci_member(process, "noNewPrivileges", json_type_boolean, place, &flag, why) < 0)
		return -1;
	if (!args || json_object_array_length(args) == 0)
		return fx_refuse(why, FX_EXIT_FAILED, where, "names no program (args)");
	return 0;
}

/* words, then what args has from some place on. */
static void set_args(struct json_object *process, struct json_object *words, size_t from)
{
	struct json_object *args = json_object_object_get(process, "args");
	struct json_object *more = json_object_new_array();

	for (size_t i = 0; words && i < json_object_array_length(words); i++)
		json_object_array_add(more, json_object_get(json_object_array_get_idx(words, i)));
	for (size_t i = from; i < json_object_array_length(args); i++)
		json_object_array_add(more, json_object_get(json_object_array_get_idx(args, i)));
	json_object_object_add(process, "args", more);
}

void fx_oci_process_rewrite(struct json_object *process, struct json_object *words)
{
	set_args(process, words, 0);
	json_object_object_add(process, "noNewPrivileges", json_object_new_boolean(true));
}

int fx_oci_process_strip(struct json_object *process, struct json_object *words)
{
	struct json_object *args = json_object_object_get(process, "args");
	size_t count = json_object_array_length(words);

	if (json_object_array_length(args) <= count)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!json_object_equal(json_object_array_get_idx(args, i),
				       json_object_array_get_idx(words, i)))
			return -1;
	}
	set_args(process, NULL, count);
	return 0;
}
