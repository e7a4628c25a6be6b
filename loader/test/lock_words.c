/* SPDX-License-Identifier: MIT */
#include "loader/test/lock_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/test/fnv.h"
#include "loader/test/places.h"

/* What is asked for each. */
enum { WANTS, HAS_CALLER, HAS_OUTER, WANTS_CALLER, WANTS_OUTER, EACH };

struct out {
	char *text;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void put(struct out *o, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(o->text + o->used, o->size - o->used, format, args);
	va_end(args);
	if (n > 0)
		o->used += (size_t)n < o->size - o->used ? (size_t)n : o->size - o->used - 1;
}

static const char *name_of(unsigned thread, char out[static 24])
{
	snprintf(out, 24, thread ? "thread %u" : "main", thread);
	return out;
}

/* Without where it is declared. */
static int bare(const char *variable)
{
	const char *end = strstr(variable, " (");

	return end ? (int)(end - variable) : (int)strlen(variable);
}

/* Addresses are others in other runs. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = FX_FNV_BEGIN;

	while (*text) {
		const size_t run = text[0] == '0' && text[1] == 'x'
					   ? 2 + strspn(text + 2, "0123456789abcdef")
					   : 0;

		hash = fx_fnv(hash, run ? "#" : text, 1);
		text += run ? run : 1;
	}
	return hash;
}

/* The thread that was made first comes first. */
static size_t first_of(const struct fx_lock_circle *c)
{
	size_t first = 0;

	for (size_t i = 1; i < c->count; i++) {
		if (c->wait[i].thread < c->wait[first].thread)
			first = i;
	}
	return first;
}

/* Of a caller and the one further out: the first that is not the function which locks. */
static const char *where_of(const char *const *line)
{
	return *line[0] && *line[0] != '?' ? line[0] : *line[1] != '?' ? line[1] : "";
}

static const char *to_read(const struct fx_lock_taken *taken)
{
	return taken->reads ? " to read" : "";
}

static void put_circle(struct out *o, const struct fx_lock_circle *c, const char *const *line)
{
	const size_t first = first_of(c);
	char name[24];

	put(o, "possible deadlock: ");
	for (size_t n = 0; n < c->count; n++) {
		const size_t i = (first + n) % c->count;

		put(o, "%s -> %.90s -> ", name_of(c->wait[i].thread, name), line[i * EACH]);
	}
	put(o, "%s", name_of(c->wait[first].thread, name));
}

static uint64_t put_thread(struct out *o, const struct fx_lock_circle *c, size_t i,
			   const char *const *line)
{
	const struct fx_lock_wait *w = &c->wait[i];
	const char *wants = line[i * EACH];
	const char *has = line[(i + c->count - 1) % c->count * EACH];
	char name[24];
	size_t begin;

	put(o, "\n%s ", name_of(w->thread, name));
	begin = o->used;
	put(o, "has %.*s%s", bare(has), has, to_read(&w->has));
	if (*where_of(line + i * EACH + HAS_CALLER))
		put(o, ", taken in %.100s,", where_of(line + i * EACH + HAS_CALLER));
	put(o, " and takes %.*s%s", bare(wants), wants, to_read(&w->wants));
	if (*where_of(line + i * EACH + WANTS_CALLER))
		put(o, " in %.100s", where_of(line + i * EACH + WANTS_CALLER));
	return hash_of(o->text + begin);
}

bool fx_lock_words(const struct fx_schedule_file *file, const struct fx_lock_circle *c, char *what,
		   size_t size, uint64_t *key)
{
	struct fx_place_asked asked[FX_CIRCLE_MOST * EACH];
	const char *line[FX_CIRCLE_MOST * EACH];
	struct out o = {.text = what, .size = size};
	const size_t first = first_of(c);
	char *text;

	for (size_t i = 0; i < c->count; i++) {
		const struct fx_lock_wait *w = &c->wait[i];
		struct fx_place_asked *of = asked + i * EACH;

		of[WANTS] = (struct fx_place_asked){'v', w->wants.lock};
		of[HAS_CALLER] = (struct fx_place_asked){'c', w->has.caller};
		of[HAS_OUTER] = (struct fx_place_asked){'c', w->has.outer};
		of[WANTS_CALLER] = (struct fx_place_asked){'c', w->wants.caller};
		of[WANTS_OUTER] = (struct fx_place_asked){'c', w->wants.outer};
	}
	text = fx_places(file, asked, c->count * EACH, line);
	if (!text)
		return false;
	*key = 0;
	put_circle(&o, c, line);
	for (size_t n = 0; n < c->count; n++)
		*key += put_thread(&o, c, (first + n) % c->count, line);
	for (char *at = what; *at; at++) {
		if (((unsigned char)*at < ' ' && *at != '\n') || *at == 0x7f)
			*at = '?';
	}
	free(text);
	return true;
}
