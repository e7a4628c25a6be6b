/* SPDX-License-Identifier: MIT */
/* Members of JSON objects that anybody may have written: one of another type reads as none. */
#ifndef LOADER_TEST_JSON_GET_H
#define LOADER_TEST_JSON_GET_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

static inline struct json_object *fx_json_get(struct json_object *o, const char *name,
					      enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, name, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

/* NULL: none. It lives as long as the object. */
static inline const char *fx_json_string(struct json_object *o, const char *name)
{
	struct json_object *value = fx_json_get(o, name, json_type_string);

	return value ? json_object_get_string(value) : NULL;
}

static inline int64_t fx_json_int(struct json_object *o, const char *name, int64_t otherwise)
{
	struct json_object *value = fx_json_get(o, name, json_type_int);

	return value ? json_object_get_int64(value) : otherwise;
}

static inline size_t fx_json_length(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

/* Reads a whole file; NULL with errno, or with *damaged where it is no JSON. */
struct json_object *fx_json_file(const char *path, const char **damaged);
/* Writes one, with a line's end; 0, or -1 and errno. "-" is standard output. */
int fx_json_write(struct json_object *o, const char *path);

#endif
