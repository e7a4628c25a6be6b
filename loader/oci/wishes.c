/* SPDX-License-Identifier: MIT */
#include "loader/oci/wishes.h"

#include <stdio.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/oci/document.h"
#include "loader/oci/option_words.h"
#include "loader/oci/places.h"

#define LOG_OPTION "--log=" FX_OCI_LOG

struct wishes {
	const struct fx_oci_settings *settings;
	struct json_object *options; /* of all, in the order in which later ones win */
	bool log, confine;
	struct fx_refusal *why;
};

static void add(struct json_object *words, const char *word)
{
	json_object_array_add(words, json_object_new_string(word));
}

/* Gives the array away. */
static void add_all(struct json_object *words, struct json_object *more)
{
	for (size_t i = 0; more && i < json_object_array_length(more); i++)
		json_object_array_add(words, json_object_get(json_object_array_get_idx(more, i)));
	json_object_put(more);
}

static int add_options(struct wishes *w, const char *text, const char *subject)
{
	struct json_object *options = fx_oci_options_of(text, subject, w->why);

	if (!options)
		return -1;
	add_all(w->options, options);
	return 0;
}

static int yes_or_no(bool *flag, const char *text, const char *subject, struct fx_refusal *why)
{
	*flag = strcmp(text, "yes") == 0;
	return *flag || strcmp(text, "no") == 0 ? 0
						: fx_refuse(why, FX_EXIT_FAILED, subject,
							    "is '%s', and can be yes or no", text);
}

static int add_shared_futex(struct wishes *w, const char *value, const char *subject)
{
	struct json_object *option = json_object_new_array();
	char word[64] = "";

	if (snprintf(word, sizeof(word), "--shared-futex=%s", value) >= (int)sizeof(word))
		word[0] = '\0';
	add(option, word);
	if (fx_oci_options_check(option, true, subject, w->why) < 0) {
		json_object_put(option);
		return fx_refuse(w->why, FX_EXIT_FAILED, subject,
				 "is '%s', and can be reject, strict or host", value);
	}
	add_all(w->options, option);
	return 0;
}

static int fulfil(struct wishes *w, enum fx_oci_wish wish, const char *value, const char *subject)
{
	switch (wish) {
	case FX_OCI_WISH_OPTIONS:
		return add_options(w, value, subject);
	case FX_OCI_WISH_LOG:
		return yes_or_no(&w->log, value, subject, w->why);
	case FX_OCI_WISH_SHARED_FUTEX:
		return add_shared_futex(w, value, subject);
	default:
		return yes_or_no(&w->confine, value, subject, w->why);
	}
}

/* One annotation; whatever is not ours is passed by. */
static int hear(struct wishes *w, const char *key, struct json_object *value)
{
	const char *name = key + strlen(FX_OCI_ANNOTATION), *text = fx_oci_string(value);

	if (strncmp(key, FX_OCI_ANNOTATION, strlen(FX_OCI_ANNOTATION)) != 0)
		return 0;
	for (int wish = 0; wish < FX_OCI_WISHES; wish++) {
		if (strcmp(name, fx_oci_wish_names[wish]) != 0)
			continue;
		if (!text)
			return fx_refuse(w->why, FX_EXIT_FAILED, key,
					 "the annotation is no string");
		if (!w->settings->allowed[wish])
			return fx_refuse(w->why, FX_EXIT_FAILED, key,
					 "this annotation is not among those that %s allows",
					 w->settings->path);
		return fulfil(w, (enum fx_oci_wish)wish, text, key);
	}
	return fx_refuse(w->why, FX_EXIT_FAILED, key,
			 "no such annotation; there are options, log, shared-futex and confine");
}

static int hear_environment(struct wishes *w, struct json_object *env)
{
	static const char name[] = FX_OCI_ENVIRONMENT "=";
	const size_t length = sizeof(name) - 1;

	for (size_t i = 0; env && i < json_object_array_length(env); i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(env, i));

		if (strncmp(text, name, length) == 0 &&
		    add_options(w, text + length, FX_OCI_ENVIRONMENT) < 0)
			return -1;
	}
	return 0;
}

static int hear_all(struct wishes *w, struct json_object *annotations, struct json_object *env)
{
	if (annotations) {
		json_object_object_foreach(annotations, key, value)
		{
			if (hear(w, key, value) < 0)
				return -1;
		}
	}
	if (w->settings->environment && hear_environment(w, env) < 0)
		return -1;
	return fx_oci_options_check(w->options, w->confine, "options of the container", w->why);
}

struct json_object *fx_oci_words(const struct fx_oci_settings *settings,
				 struct json_object *annotations, struct json_object *env,
				 bool *log, struct fx_refusal *why)
{
	struct wishes w = {.settings = settings,
			   .options = json_object_new_array(),
			   .log = settings->log,
			   .confine = settings->confine,
			   .why = why};
	struct json_object *words = NULL;

	add_all(w.options, json_object_get(settings->options));
	if (hear_all(&w, annotations, env) == 0) {
		words = json_object_new_array();
		add(words, FX_OCI_PROGRAM);
		add(words, "run");
		if (!w.confine)
			add(words, "--no-confine");
		/* What the log has is not told a second time, where only the program should speak.
		 */
		if (w.log) {
			add(words, LOG_OPTION);
			add(words, "--quiet");
		}
		add_all(words, json_object_get(w.options));
		add(words, "--");
		*log = w.log;
	}
	json_object_put(w.options);
	return words;
}

struct json_object *fx_oci_words_of_exec(struct json_object *words)
{
	struct json_object *more = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(words); i++) {
		struct json_object *word = json_object_array_get_idx(words, i);

		json_object_array_add(more, json_object_get(word));
		if (strcmp(json_object_get_string(word), LOG_OPTION) == 0)
			add(more, "--append");
	}
	return more;
}
