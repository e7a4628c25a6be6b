/* SPDX-License-Identifier: MIT */
#include "loader/report/audit_merge.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "loader/report/ascii_json.h"
#include "loader/report/log_read.h"

/* In ASCII, as all logs are. */
static void put_line(struct json_object *record, FILE *out)
{
	char *line = fx_ascii_json(record, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
				   NULL);

	fprintf(out, "%s\n", line);
	free(line);
}

static void put_start(const struct fx_log *log, int count, char **files, FILE *out)
{
	struct json_object *merged = json_object_new_array();

	for (int i = 0; i < count; i++)
		json_object_array_add(merged, json_object_new_string(files[i]));
	json_object_object_add(log->start, "merged", merged);
	put_line(log->start, out);
}

static void put_programs(const struct fx_log *log, FILE *out)
{
	for (size_t i = 1; i < log->programs; i++) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "type", json_object_new_string("exec"));
		json_object_object_add(o, "exe", json_object_get(log->program[i]));
		put_line(o, out);
		json_object_put(o);
	}
}

static void put_sums(const struct fx_log *log, FILE *out)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "type", json_object_new_string("merged"));
	json_object_object_add(o, "processes", json_object_new_uint64(log->processes));
	json_object_object_add(o, "unended", json_object_new_uint64(log->unended));
	json_object_object_add(o, "uncounted", json_object_new_uint64(log->uncounted));
	json_object_object_add(o, "cut", json_object_new_uint64(log->cut));
	if (log->subs_lost)
		json_object_object_add(o, "subs_lost", json_object_new_uint64(log->subs_lost));
	if (log->hangs_lost)
		json_object_object_add(o, "hangs_lost", json_object_new_uint64(log->hangs_lost));
	put_line(o, out);
	json_object_put(o);
}

void fx_audit_merge(const struct fx_log *log, int count, char **files, FILE *out)
{
	put_start(log, count, files, out);
	put_programs(log, out);
	for (size_t i = 0; i < log->entries; i++) {
		const struct fx_log_entry *e = &log->entry[i];

		json_object_object_add(e->first, "calls", json_object_new_uint64(e->calls));
		if (e->threads)
			json_object_object_add(e->first, "threads",
					       json_object_new_int64(e->threads));
		if (e->more_threads)
			json_object_object_add(e->first, "more_threads", json_object_new_int(1));
		put_line(e->first, out);
	}
	for (size_t i = 0; i < log->missings; i++) {
		json_object_object_add(log->missing[i].first, "count",
				       json_object_new_uint64(log->missing[i].count));
		put_line(log->missing[i].first, out);
	}
	for (size_t i = 0; i < log->hangs; i++)
		put_line(log->hang[i], out);
	put_sums(log, out);
}
