/* SPDX-License-Identifier: MIT */
#include "loader/test/refused_calls.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "loader/test/json_get.h"

#define KINDS_MOST 3

static const char *const marks[] = {"\"type\":\"denied\"", "\"type\":\"unsupported\""};

struct kinds {
	char line[KINDS_MOST][FX_REFUSED_WORDS / KINDS_MOST];
	size_t count;
	bool more;
};

static struct json_object *record_at(const char *line, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *record = json_tokener_parse_ex(tokener, line, (int)length);

	json_tokener_free(tokener);
	return record;
}

/* Up to an address: where it was says nothing. */
static int without_address(const char *what)
{
	const char *at = strstr(what, " on 0x");

	return (int)(at ? (size_t)(at - what) : strlen(what));
}

static void put(struct json_object *record, char *line, size_t size)
{
	const char *type = fx_json_string(record, "type"), *name = fx_json_string(record, "name");
	const char *what = fx_json_string(record, "what"), *path = fx_json_string(record, "path");
	const char *advice = fx_json_string(record, "advice");

	/* With a colon it is a whole by itself. */
	snprintf(line, size, "%s: %s%s%.*s%s%.60s%s%s%s", type,
		 what && strchr(what, ':') ? ""
		 : name			   ? name
					   : "?",
		 what && !strchr(what, ':') ? " " : "", what ? without_address(what) : 0,
		 what ? what : "", path ? " " : "", path ? path : "", advice ? " (" : "",
		 advice ? advice : "", advice ? ")" : "");
	/* In the log a character is a byte of a name, and half of one may be left here. */
	for (char *c = line; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static void add(struct kinds *k, struct json_object *record)
{
	char line[sizeof(k->line[0])];

	put(record, line, sizeof(line));
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->line[i], line) == 0)
			return;
	if (k->count == KINDS_MOST)
		k->more = true;
	else
		memcpy(k->line[k->count++], line, sizeof(line));
}

static bool has_mark(const char *line, size_t length)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (memmem(line, length, marks[i], strlen(marks[i])))
			return true;
	return false;
}

void fx_refused_calls(const char *log, char lines[static FX_REFUSED_WORDS])
{
	struct kinds kinds = {.count = 0};
	size_t used = 0, length;

	for (const char *line = log; *line; line += length + (line[length] == '\n')) {
		struct json_object *record;

		length = strcspn(line, "\n");
		if (!has_mark(line, length))
			continue;
		record = record_at(line, length);
		if (fx_json_string(record, "type"))
			add(&kinds, record);
		json_object_put(record);
	}
	*lines = '\0';
	for (size_t i = 0; i < kinds.count; i++)
		used += (size_t)snprintf(lines + used, FX_REFUSED_WORDS - used, "%s%s",
					 used ? "\n" : "", kinds.line[i]);
	if (kinds.more && used + sizeof("\n...") <= FX_REFUSED_WORDS)
		snprintf(lines + used, FX_REFUSED_WORDS - used, "\n...");
}
