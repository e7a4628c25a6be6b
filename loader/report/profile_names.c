/* SPDX-License-Identifier: MIT */
#include "loader/report/profile_names.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

void fx_names_add(struct fx_names *names, const char *name)
{
	if (names->count < sizeof(names->name) / sizeof(names->name[0]))
		names->name[names->count++] = name;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void fx_names_sort(struct fx_names *names)
{
	size_t kept = 0;

	qsort(names->name, names->count, sizeof(names->name[0]), by_name);
	for (size_t i = 0; i < names->count; i++) {
		if (kept == 0 || strcmp(names->name[kept - 1], names->name[i]) != 0)
			names->name[kept++] = names->name[i];
	}
	names->count = kept;
}

bool fx_names_have(const struct fx_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->name[i], name) == 0)
			return true;
	}
	return false;
}

struct json_object *fx_names_json(const struct fx_names *names)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < names->count; i++)
		json_object_array_add(list, json_object_new_string(names->name[i]));
	return list;
}
