/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/test/json_get.h"
#include "loader/test/result.h"
#include "loader/test/words.h"
#include "version.h"

#define FORMAT	"fxbox-test"
#define VERSION 1

static const char *const agains[] = {
	[FX_AGAIN_NOT_TRIED] = "not tried",
	[FX_AGAIN_SAME] = "the same",
	[FX_AGAIN_SAME_KIND] = "by another schedule",
	[FX_AGAIN_PASSES] = "passes",
};

static void put_number(struct json_object *o, const char *name, uint64_t value)
{
	json_object_object_add(o, name, json_object_new_uint64(value));
}

static void put_string(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static void put_flag(struct json_object *o, const char *name, bool value)
{
	if (value)
		json_object_object_add(o, name, json_object_new_boolean(true));
}

static struct json_object *group_of(const struct fx_group *g)
{
	struct json_object *o = json_object_new_object(), *seeds = json_object_new_array();
	char key[24];

	snprintf(key, sizeof(key), "0x%016" PRIx64, g->key);
	put_string(o, "kind", fx_verdict_word(g->verdict.kind));
	if (g->verdict.detail)
		put_number(o, g->verdict.kind == FX_VERDICT_CRASH ? "signal" : "status",
			   (uint64_t)g->verdict.detail);
	put_string(o, "key", key);
	if (*g->what)
		put_string(o, "what", g->what);
	put_number(o, "count", g->count);
	for (size_t i = 0; i < g->seeds_count; i++)
		json_object_array_add(seeds, json_object_new_uint64(g->seeds[i]));
	json_object_object_add(o, "seeds", seeds);
	if (g->replay)
		put_string(o, "replay", g->replay);
	put_string(o, "again", agains[g->again]);
	if (g->output && *g->output)
		put_string(o, "output", g->output);
	if (*g->refused)
		put_string(o, "refused", g->refused);
	return o;
}

static struct json_object *words_of(uint32_t bits, const char *word_of(uint32_t bit))
{
	struct json_object *a = json_object_new_array();

	for (uint32_t bit = 1; bit; bit <<= 1) {
		if ((bits & bit) && word_of(bit))
			json_object_array_add(a, json_object_new_string(word_of(bit)));
	}
	return a;
}

int fx_result_write(const struct fx_result *r, const char *path)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	char hash[24];
	int status;

	put_string(o, "format", FORMAT);
	json_object_object_add(o, "version", json_object_new_int(VERSION));
	put_string(o, "fxbox", FX_VERSION);
	for (char *const *word = r->program; *word; word++)
		json_object_array_add(list, json_object_new_string(*word));
	json_object_object_add(o, "program", list);
	put_number(o, "first_seed", r->first);
	put_number(o, "seeds", r->seeds);
	put_number(o, "shard", r->shard);
	put_number(o, "shards", r->shards);
	put_number(o, "done", r->done);
	put_number(o, "failed", r->failed);
	put_number(o, "took_us", r->took_us);
	put_string(o, "strategy", fx_strategy_word(r->strategy));
	put_number(o, "depth", r->depth);
	put_string(o, "points", fx_points_word(r->points));
	put_number(o, "events", r->events);
	put_number(o, "threads", r->threads);
	put_flag(o, "plain_failed", r->plain_failed);
	put_flag(o, "alone", r->alone);
	put_flag(o, "unsteady", r->unsteady);
	put_flag(o, "interrupted", r->interrupted);
	if (r->lock_order) {
		put_number(o, "locks_looked", r->locks_looked);
		put_number(o, "locks_left", r->locks_left);
	}
	put_number(o, "unforeseen_bits", r->unforeseen);
	json_object_object_add(o, "unforeseen", words_of(r->unforeseen, fx_unforeseen_word));
	put_number(o, "copied", r->copied);
	put_number(o, "not_copied_bits", r->unsound);
	json_object_object_add(o, "not_copied", words_of(r->unsound, fx_unsound_word));
	snprintf(hash, sizeof(hash), "0x%016" PRIx64, r->schedules);
	put_string(o, "schedules", hash);
	put_number(o, "unsorted", r->unsorted);
	list = json_object_new_array();
	for (size_t i = 0; i < r->groups.count; i++)
		json_object_array_add(list, group_of(&r->groups.group[i]));
	json_object_object_add(o, "groups", list);
	status = fx_json_write(o, path);
	json_object_put(o);
	return status;
}

static uint64_t number(struct json_object *o, const char *name)
{
	const int64_t value = fx_json_int(o, name, 0);

	return value < 0 ? 0 : (uint64_t)value;
}

static bool flag(struct json_object *o, const char *name)
{
	struct json_object *value = fx_json_get(o, name, json_type_boolean);

	return value && json_object_get_boolean(value);
}

static bool read_group(struct fx_result *r, struct json_object *o)
{
	const char *kind = fx_json_string(o, "kind"), *key = fx_json_string(o, "key");
	const char *what = fx_json_string(o, "what"), *replay = fx_json_string(o, "replay");
	const char *output = fx_json_string(o, "output"), *again = fx_json_string(o, "again");
	const char *refused = fx_json_string(o, "refused");
	struct json_object *seeds = fx_json_get(o, "seeds", json_type_array);
	const int known = kind ? fx_verdict_of(kind) : -1;
	uint64_t seed[FX_GROUP_SEEDS];
	struct fx_verdict verdict;
	struct fx_group *g;
	size_t n = 0;

	if (known < 0 || !key)
		return false;
	verdict.kind = (enum fx_verdict_kind)known;
	verdict.detail = (int)number(o, verdict.kind == FX_VERDICT_CRASH ? "signal" : "status");
	g = fx_groups_of(&r->groups, &verdict, strtoull(key, NULL, 16), what ? what : "");
	if (!g)
		return true;
	for (; n < FX_GROUP_SEEDS && n < fx_json_length(seeds); n++)
		seed[n] = (uint64_t)json_object_get_int64(json_object_array_get_idx(seeds, n));
	fx_group_add(g, number(o, "count"), seed, n);
	/* Two that are one may be there. */
	free(g->replay);
	free(g->output);
	g->replay = replay ? strdup(replay) : NULL;
	g->output = output ? strdup(output) : NULL;
	snprintf(g->refused, sizeof(g->refused), "%s", refused ? refused : "");
	for (unsigned i = 0; again && i < sizeof(agains) / sizeof(agains[0]); i++) {
		if (strcmp(again, agains[i]) == 0)
			g->again = (enum fx_again)i;
	}
	return true;
}

/* The name of a member that is not as it should be, or NULL. */
static const char *read_members(struct fx_result *r, struct json_object *o)
{
	struct json_object *program = fx_json_get(o, "program", json_type_array);
	struct json_object *groups = fx_json_get(o, "groups", json_type_array);
	const char *strategy = fx_json_string(o, "strategy"), *points = fx_json_string(o, "points");
	const size_t words = fx_json_length(program);
	const char **word = calloc(words + 1, sizeof(*word));

	r->program = (char *const *)word;
	for (size_t i = 0; word && i < words; i++)
		word[i] = json_object_get_string(json_object_array_get_idx(program, i));
	if (!word || words == 0)
		return "program";
	if (!strategy || fx_strategy_of(strategy) < 0)
		return "strategy";
	if (!points || fx_points_of(points) < 0)
		return "points";
	if (number(o, "shards") < 1 || number(o, "shard") < 1)
		return "shard";
	r->first = number(o, "first_seed");
	r->seeds = number(o, "seeds");
	r->shard = (unsigned)number(o, "shard");
	r->shards = (unsigned)number(o, "shards");
	r->done = number(o, "done");
	r->failed = number(o, "failed");
	r->took_us = number(o, "took_us");
	r->strategy = (enum fx_strategy)fx_strategy_of(strategy);
	r->depth = (unsigned)number(o, "depth");
	r->points = (enum fx_points)fx_points_of(points);
	r->events = number(o, "events");
	r->threads = number(o, "threads");
	r->plain_failed = flag(o, "plain_failed");
	r->alone = flag(o, "alone");
	r->unsteady = flag(o, "unsteady");
	r->interrupted = flag(o, "interrupted");
	r->lock_order = fx_json_get(o, "locks_looked", json_type_int) != NULL;
	r->locks_looked = number(o, "locks_looked");
	r->locks_left = number(o, "locks_left");
	r->unforeseen = (uint32_t)number(o, "unforeseen_bits");
	r->copied = number(o, "copied");
	r->unsound = (uint32_t)number(o, "not_copied_bits");
	r->schedules = fx_json_string(o, "schedules")
			       ? strtoull(fx_json_string(o, "schedules"), NULL, 16)
			       : 0;
	r->unsorted = number(o, "unsorted");
	for (size_t i = 0; i < fx_json_length(groups); i++) {
		if (!read_group(r, json_object_array_get_idx(groups, i)))
			return "groups";
	}
	return groups ? NULL : "groups";
}

int fx_result_read(struct fx_result *r, const char *path, struct fx_refusal *why)
{
	const char *damaged, *format, *bad;
	struct json_object *o = fx_json_file(path, &damaged);

	memset(r, 0, sizeof(*r));
	if (!o && damaged)
		return fx_refuse(why, FX_EXIT_FAILED, path, "is no result, or damaged: %s",
				 damaged);
	if (!o)
		return fx_refuse(why, FX_EXIT_FAILED, path, "%s", strerror(errno));
	r->document = o;
	format = fx_json_string(o, "format");
	if (!format || strcmp(format, FORMAT) != 0)
		fx_refuse(why, FX_EXIT_FAILED, path, "is no result of fxbox test --json");
	else if (fx_json_int(o, "version", 0) != VERSION)
		fx_refuse(why, FX_EXIT_FAILED, path,
			  "is a result of version %" PRId64 "; this fxbox reads version %d",
			  fx_json_int(o, "version", 0), VERSION);
	else if ((bad = read_members(r, o)))
		fx_refuse(why, FX_EXIT_FAILED, path, "is damaged: '%s' is missing or no such thing",
			  bad);
	else
		return 0;
	fx_result_free(r);
	return -1;
}

void fx_result_free(struct fx_result *r)
{
	fx_groups_free(&r->groups);
	if (r->document) {
		free((void *)(uintptr_t)r->program);
		json_object_put(r->document);
	}
	r->document = NULL;
}
