/* SPDX-License-Identifier: MIT */
#include "loader/report/audit_merge.h"

#include <json-c/json.h>

#include "loader/report/log_read.h"

/* The character that begins there, and where it ends; of what is no UTF-8 the byte's value. */
static unsigned int take_character(const unsigned char **at)
{
	const unsigned char *s = *at;
	unsigned int more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc0 ? 1 : 0;
	unsigned int c = more ? s[0] & (0x3fU >> more) : s[0];

	for (unsigned int i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			*at = s + 1;
			return s[0];
		}
		c = c << 6 | (s[i] & 0x3f);
	}
	*at = s + 1 + more;
	return c;
}

/* In ASCII, as all logs are. */
static void put_line(struct json_object *record, FILE *out)
{
	const unsigned char *s = (const unsigned char *)json_object_to_json_string_ext(
		record, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	while (*s) {
		unsigned int c = take_character(&s);

		if (c < 0x80)
			fputc((int)c, out);
		else if (c < 0x10000)
			fprintf(out, "\\u%04x", c);
		else
			fprintf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
				0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	fputc('\n', out);
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
	put_sums(log, out);
}
