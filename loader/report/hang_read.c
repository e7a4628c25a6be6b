/* SPDX-License-Identifier: MIT */
#include "loader/report/hang_read.h"

#include <json-c/json.h>
#include <string.h>

#include "loader/report/log_read.h"

const char *fx_hang_head(struct json_object *hang)
{
	static const char by[] = "fxbox: ";
	const char *head = fx_log_string(hang, "head");

	if (!head)
		return "a process stood";
	return strncmp(head, by, sizeof(by) - 1) == 0 ? head + sizeof(by) - 1 : head;
}

static struct json_object *member(struct json_object *record, const char *name, enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(record, json_type_object) ||
	    !json_object_object_get_ex(record, name, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

struct json_object *fx_hang_member(struct json_object *record, const char *name)
{
	return member(record, name, json_type_object);
}

size_t fx_hang_count(struct json_object *record, const char *array)
{
	struct json_object *a = member(record, array, json_type_array);

	return a ? json_object_array_length(a) : 0;
}

struct json_object *fx_hang_at(struct json_object *record, const char *array, size_t i)
{
	struct json_object *a = member(record, array, json_type_array);
	struct json_object *o = a ? json_object_array_get_idx(a, i) : NULL;

	return json_object_is_type(o, json_type_object) ? o : NULL;
}

struct json_object *fx_hang_thread(struct json_object *hang, int64_t tid)
{
	for (size_t i = 0; i < fx_hang_count(hang, "threads"); i++) {
		struct json_object *thread = fx_hang_at(hang, "threads", i);

		if (thread && fx_log_int(thread, "tid", -1) == tid)
			return thread;
	}
	return NULL;
}

struct json_object *fx_hang_named(struct json_object *hang, struct json_object *finding, size_t i)
{
	struct json_object *a = member(finding, "threads", json_type_array);
	struct json_object *tid = a ? json_object_array_get_idx(a, i) : NULL;

	if (!json_object_is_type(tid, json_type_int))
		return NULL;
	return fx_hang_thread(hang, json_object_get_int64(tid));
}

static bool flag(struct json_object *record, const char *name)
{
	struct json_object *value = member(record, name, json_type_boolean);

	return value && json_object_get_boolean(value);
}

static struct fx_hang_row row_of(struct json_object *at, struct json_object *frame)
{
	const char *file = fx_log_string(at, "file"), *slash = file ? strrchr(file, '/') : NULL;
	const char *how = fx_log_string(frame, "how");

	return (struct fx_hang_row){
		.function = fx_log_string(at, "function"),
		.file = slash ? slash + 1 : file,
		.line = fx_log_int(at, "line", 0),
		.address = fx_log_string(frame, "pc"),
		.handler = flag(frame, "signal_handler"),
		.guessed = how && strcmp(how, "scan") == 0,
	};
}

size_t fx_hang_rows(struct json_object *thread, struct fx_hang_row *row, size_t most)
{
	size_t rows = 0;

	for (size_t i = 0; i < fx_hang_count(thread, "frames") && rows < most; i++) {
		struct json_object *frame = fx_hang_at(thread, "frames", i);

		if (!frame || !flag(frame, "own"))
			continue;
		for (size_t k = 0; k < fx_hang_count(frame, "inlined") && rows < most; k++) {
			struct json_object *in = fx_hang_at(frame, "inlined", k);

			if (in && flag(in, "own"))
				row[rows++] = row_of(in, frame);
		}
		if (rows < most)
			row[rows++] = row_of(frame, frame);
	}
	return rows;
}
