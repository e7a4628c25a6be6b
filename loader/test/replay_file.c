/* SPDX-License-Identifier: MIT */
#include "loader/test/replay_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/test/json_get.h"
#include "loader/test/test_options.h"
#include "loader/test/words.h"
#include "version.h"

#define FORMAT	"fxbox-replay"
#define VERSION 2 /* 1: decisions by their events alone */

const char *fx_replay_commit = "";

static void put(struct json_object *o, const char *name, struct json_object *value)
{
	json_object_object_add(o, name, value);
}

static void put_string(struct json_object *o, const char *name, const char *value)
{
	put(o, name, json_object_new_string(value));
}

static void put_number(struct json_object *o, const char *name, uint64_t value)
{
	put(o, name, json_object_new_uint64(value));
}

/* 64 bits are more than many a reader of JSON keeps. */
static void put_hash(struct json_object *o, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%016" PRIx64, value);
	put_string(o, name, text);
}

static struct json_object *list_of(char *const *word)
{
	struct json_object *a = json_object_new_array();

	for (; *word; word++)
		json_object_array_add(a, json_object_new_string(*word));
	return a;
}

static struct json_object *decisions(const struct fx_replay *r)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < r->count; i++) {
		const struct fx_decision *d = &r->decisions[i];
		struct json_object *one = json_object_new_array();

		json_object_array_add(one, json_object_new_uint64(d->event));
		json_object_array_add(one, json_object_new_int(d->from));
		json_object_array_add(one, json_object_new_uint64(d->own));
		json_object_array_add(one, json_object_new_int(d->to));
		json_object_array_add(one, json_object_new_string(fx_why_word(d->why)));
		/* One a line would make the file long, so they are one string of JSON each. */
		json_object_set_serializer(one, json_object_userdata_to_json_string,
					   strdup(json_object_to_json_string_ext(one, 0)),
					   json_object_free_userdata);
		json_object_array_add(all, one);
	}
	return all;
}

int fx_replay_write(const struct fx_replay *r, const char *path)
{
	struct json_object *o = json_object_new_object(), *found = json_object_new_object();
	int status;

	put_string(o, "format", FORMAT);
	put(o, "version", json_object_new_int(VERSION));
	put_string(o, "fxbox", FX_VERSION);
	if (*fx_replay_commit)
		put_string(o, "commit", fx_replay_commit);
	put(o, "program", list_of(r->program));
	put(o, "options", list_of(r->options));
	put_string(o, "directory", r->directory);
	put(o, "tmp", json_object_new_boolean(r->tmp));
	put_number(o, "seed", r->seed);
	put_string(o, "strategy", fx_strategy_word(r->strategy));
	put(o, "depth", json_object_new_int((int)r->depth));
	put_string(o, "points", fx_points_word(r->points));
	put_number(o, "budget", r->budget);
	put_number(o, "timeout_ms", r->timeout_ms);
	if (r->expect != FX_EXPECT_ANY)
		put(o, "expect", json_object_new_int(r->expect));
	if (r->output_same)
		put_hash(o, "output", r->output);
	put_string(found, "kind", fx_verdict_word(r->verdict.kind));
	if (r->verdict.detail)
		put(found, r->verdict.kind == FX_VERDICT_CRASH ? "signal" : "status",
		    json_object_new_int(r->verdict.detail));
	if (*r->what)
		put_string(found, "what", r->what);
	put(o, "failure", found);
	put_string(o, "end", fx_end_word(r->end));
	put_number(o, "events", r->events);
	put_number(o, "threads", r->threads);
	put_hash(o, "hash", r->hash);
	put(o, "decisions", decisions(r));
	status = fx_json_write(o, path);
	json_object_put(o);
	return status;
}

static char **words_of(struct json_object *o, const char *name)
{
	struct json_object *a = fx_json_get(o, name, json_type_array);
	const size_t n = fx_json_length(a);
	char **words = a ? calloc(n + 1, sizeof(*words)) : NULL;

	for (size_t i = 0; words && i < n; i++) {
		struct json_object *word = json_object_array_get_idx(a, i);

		if (!json_object_is_type(word, json_type_string)) {
			free(words);
			return NULL;
		}
		/* It lives as long as the document, and nobody writes there. */
		words[i] = (char *)(uintptr_t)json_object_get_string(word);
	}
	return words;
}

static bool hash_of(struct json_object *o, const char *name, uint64_t *value)
{
	const char *text = fx_json_string(o, name);
	char *end;

	if (!text || strncmp(text, "0x", 2) != 0)
		return false;
	errno = 0;
	*value = strtoull(text + 2, &end, 16);
	return !*end && errno == 0;
}

static int read_number(struct json_object *o, const char *name, int64_t most, int64_t otherwise,
		       int64_t *value)
{
	*value = fx_json_int(o, name, otherwise);
	return *value < 0 || *value > most ? -1 : 0;
}

static bool decision_of(struct json_object *one, struct fx_decision *d)
{
	int64_t number[4];

	if (fx_json_length(one) != 5)
		return false;
	for (size_t i = 0; i < 4; i++) {
		struct json_object *n = json_object_array_get_idx(one, i);

		if (!json_object_is_type(n, json_type_int))
			return false;
		number[i] = json_object_get_int64(n);
		if (number[i] < 0 || (i % 2 && number[i] >= UINT16_MAX))
			return false;
	}
	struct json_object *word = json_object_array_get_idx(one, 4);
	const int why = json_object_is_type(word, json_type_string)
				? fx_why_of(json_object_get_string(word))
				: -1;

	if (why < 0)
		return false;
	*d = (struct fx_decision){.event = (uint64_t)number[0],
				  .from = (uint16_t)number[1],
				  .own = (uint64_t)number[2],
				  .to = (uint16_t)number[3],
				  .why = (uint8_t)why};
	return true;
}

static int read_decisions(struct fx_replay *r, struct json_object *o, const char *path,
			  struct fx_refusal *why)
{
	struct json_object *all = fx_json_get(o, "decisions", json_type_array);
	uint64_t before = 0;

	if (!all)
		return fx_refuse(why, FX_EXIT_FAILED, path, "is damaged: it has no decisions");
	r->count = fx_json_length(all);
	r->decisions = calloc(r->count + 1, sizeof(*r->decisions));
	if (!r->decisions)
		return fx_refuse(why, FX_EXIT_FAILED, path, "%s", strerror(errno));
	for (size_t i = 0; i < r->count; i++) {
		if (!decision_of(json_object_array_get_idx(all, i), &r->decisions[i]) ||
		    r->decisions[i].event < before)
			return fx_refuse(why, FX_EXIT_FAILED, path,
					 "is damaged: decision %zu is none", i + 1);
		before = r->decisions[i].event;
	}
	return 0;
}

static int read_failure(struct fx_replay *r, struct json_object *o)
{
	struct json_object *found = fx_json_get(o, "failure", json_type_object);
	const char *kind = fx_json_string(found, "kind"), *what = fx_json_string(found, "what");
	const int known = kind ? fx_verdict_of(kind) : -1;

	if (known < 0)
		return -1;
	r->verdict.kind = (enum fx_verdict_kind)known;
	r->verdict.detail = (int)fx_json_int(
		found, r->verdict.kind == FX_VERDICT_CRASH ? "signal" : "status", 0);
	r->what = what ? what : "";
	return 0;
}

/* The name of a member that is not as it should be, or NULL. */
static const char *read_members(struct fx_replay *r, struct json_object *o)
{
	const char *strategy = fx_json_string(o, "strategy"), *points = fx_json_string(o, "points");
	struct json_object *tmp = fx_json_get(o, "tmp", json_type_boolean);
	int64_t seed, depth, budget, timeout, events, threads, expect;

	r->program = words_of(o, "program");
	r->options = words_of(o, "options");
	r->directory = fx_json_string(o, "directory");
	r->fxbox = fx_json_string(o, "fxbox");
	r->commit = fx_json_string(o, "commit");
	if (!r->commit)
		r->commit = "";
	if (!r->program || !r->program[0])
		return "program";
	if (!r->options)
		return "options";
	if (!r->directory)
		return "directory";
	if (!r->fxbox)
		return "fxbox";
	if (!strategy || fx_strategy_of(strategy) < 0)
		return "strategy";
	if (!points || fx_points_of(points) < 0 || fx_points_of(points) == FX_POINTS_MIX)
		return "points";
	if (read_number(o, "seed", INT64_MAX, 0, &seed) < 0)
		return "seed";
	if (read_number(o, "depth", UINT8_MAX, 1, &depth) < 0)
		return "depth";
	if (read_number(o, "budget", INT64_MAX, 0, &budget) < 0)
		return "budget";
	if (read_number(o, "timeout_ms", INT32_MAX, 60000, &timeout) < 0)
		return "timeout_ms";
	if (read_number(o, "events", INT64_MAX, 0, &events) < 0)
		return "events";
	if (read_number(o, "threads", INT64_MAX, 0, &threads) < 0)
		return "threads";
	if (fx_json_get(o, "expect", json_type_int)) {
		if (read_number(o, "expect", 255, 0, &expect) < 0)
			return "expect";
	} else {
		expect = FX_EXPECT_ANY;
	}
	if (!hash_of(o, "hash", &r->hash))
		return "hash";
	r->output_same = hash_of(o, "output", &r->output);
	r->tmp = tmp && json_object_get_boolean(tmp);
	r->strategy = (enum fx_strategy)fx_strategy_of(strategy);
	r->points = (enum fx_points)fx_points_of(points);
	r->seed = (uint64_t)seed;
	r->depth = (unsigned)depth;
	r->budget = (uint64_t)budget;
	r->timeout_ms = (uint64_t)timeout;
	r->events = (uint64_t)events;
	r->threads = (uint64_t)threads;
	r->expect = (int)expect;
	return read_failure(r, o) < 0 ? "failure" : NULL;
}

int fx_replay_read(struct fx_replay *r, const char *path, struct fx_refusal *why)
{
	const char *damaged, *format, *bad;
	struct json_object *o;

	*r = (struct fx_replay){0};
	o = fx_json_file(path, &damaged);
	if (!o && damaged)
		return fx_refuse(why, FX_EXIT_FAILED, path, "is no replay file, or damaged: %s",
				 damaged);
	if (!o)
		return fx_refuse(why, FX_EXIT_FAILED, path, "%s", strerror(errno));
	r->document = o;
	format = fx_json_string(o, "format");
	if (!format || strcmp(format, FORMAT) != 0) {
		fx_refuse(why, FX_EXIT_FAILED, path, "is no replay file of fxbox test");
	} else if (fx_json_int(o, "version", 0) != VERSION) {
		fx_refuse(why, FX_EXIT_FAILED, path,
			  "is a replay file of version %" PRId64 "; this fxbox reads version %d",
			  fx_json_int(o, "version", 0), VERSION);
	} else if ((bad = read_members(r, o))) {
		fx_refuse(why, FX_EXIT_FAILED, path, "is damaged: '%s' is missing or no such thing",
			  bad);
	} else if (read_decisions(r, o, path, why) == 0) {
		return 0;
	}
	fx_replay_free(r);
	return -1;
}

void fx_replay_free(struct fx_replay *r)
{
	free(r->program);
	free(r->options);
	free(r->decisions);
	json_object_put(r->document);
	*r = (struct fx_replay){0};
}
