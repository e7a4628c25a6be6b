/* SPDX-License-Identifier: MIT */
#include "loader/oci/option_words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/oci/document.h"
#include "loader/options.h"

#define BLANKS " \t\n"

/* What fxbox-oci says itself, and how it is asked for. */
static const struct {
	const char *name, *instead;
} decided[] = {
	{"log", "use dev.fxbox.log"},
	{"append", "use dev.fxbox.log"},
	{"no-confine", "use dev.fxbox.confine"},
	{"help", "see fxbox-oci(8)"},
};

/* The row of `--NAME` or `--NAME=VALUE`; NULL: there is none, or it is fxbox's own affair. */
static const struct fx_option *find(const char *word, size_t length)
{
	for (const struct fx_option *o = fx_option_table; o->name; o++) {
		if (strlen(o->name) == length && strncmp(o->name, word, length) == 0)
			return o->help ? o : NULL;
	}
	return NULL;
}

static int check_word(const char *word, const char *subject, struct fx_refusal *why)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");
	const struct fx_option *option = strncmp(word, "--", 2) == 0 ? find(name, length) : NULL;

	if (!option)
		return fx_refuse(why, FX_EXIT_FAILED, subject,
				 "'%s' is no option of fxbox run, or not written as --NAME=VALUE",
				 word);
	for (size_t i = 0; i < sizeof(decided) / sizeof(decided[0]); i++) {
		if (strcmp(option->name, decided[i].name) == 0)
			return fx_refuse(why, FX_EXIT_FAILED, subject, "--%s is not had here: %s",
					 option->name, decided[i].instead);
	}
	if (option->takes == FX_ARG_REQUIRED && name[length] != '=')
		return fx_refuse(why, FX_EXIT_FAILED, subject, "'%s' needs a value: --%s=%s", word,
				 option->name, option->arg);
	return 0;
}

/* It would be read here, with the host's rights, and lies there. */
static bool is_file_of_container(const char *word)
{
	static const char profile[] = "--profile=";
	const char *value = word + sizeof(profile) - 1;

	return strncmp(word, profile, sizeof(profile) - 1) == 0 && strcmp(value, "locks") != 0 &&
	       strcmp(value, "strict") != 0;
}

int fx_oci_options_check(struct json_object *options, bool confined, const char *subject,
			 struct fx_refusal *why)
{
	size_t count = json_object_array_length(options);
	char **argv = calloc(count + 2, sizeof(*argv));
	static struct fx_options parsed;
	struct fx_refusal own;
	int argc = 0, result = 0;

	if (!argv)
		return fx_refuse(why, FX_EXIT_FAILED, subject, "no memory");
	argv[argc++] = (char *)"run";
	for (size_t i = 0; i < count && result == 0; i++) {
		const char *word = json_object_get_string(json_object_array_get_idx(options, i));

		result = check_word(word, subject, why);
		if (!is_file_of_container(word))
			argv[argc++] = (char *)word;
	}
	parsed = (struct fx_options){0};
	if (result == 0 && fx_options_parse(argc, argv, &parsed, &own) < 0)
		result = fx_refuse(why, FX_EXIT_FAILED, subject, "%s", own.line);
	if (result == 0 && !confined && fx_policy_confines(&parsed.policy))
		result = fx_refuse(why, FX_EXIT_FAILED, subject,
				   "--%s is for a confined program: dev.fxbox.confine=yes",
				   fx_policy_confines(&parsed.policy));
	free(argv);
	return result;
}

static struct json_object *split(const char *text)
{
	struct json_object *words = json_object_new_array();

	for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
		size_t length = strcspn(text, BLANKS);

		json_object_array_add(words, json_object_new_string_len(text, (int)length));
		text += length;
	}
	return words;
}

struct json_object *fx_oci_options_of(const char *text, const char *subject, struct fx_refusal *why)
{
	bool is_json = text[strspn(text, BLANKS)] == '[';
	struct json_object *words = is_json ? json_tokener_parse(text) : split(text);

	if (!json_object_is_type(words, json_type_array))
		fx_refuse(why, FX_EXIT_FAILED, subject,
			  "begins as a JSON array of strings, and is none");
	else if (fx_oci_strings(words, subject, why) == 0 &&
		 fx_oci_options_check(words, true, subject, why) == 0)
		return words;
	json_object_put(words);
	return NULL;
}
