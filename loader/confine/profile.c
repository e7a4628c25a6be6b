/* SPDX-License-Identifier: MIT */
#include "loader/confine/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"

#define VERSION 1
/* Nobody writes that much by hand. */
#define SIZE_MAX_READ (1 << 20)

enum type {
	VERSION_NUMBER,
	FLAG,
	INVERTED,
	PATHS,
	ONLY_PATHS,
	NAMES,
	STRING,
	SECONDS,
	LIMITS,
	NET,
	SOCKETS,
	RUN_LIMITS
};

static const struct member {
	const char *name;
	enum type type;
	enum fx_grant_kind kind; /* PATHS */
	size_t offset;		 /* FLAG, INVERTED, STRING */
} members[] = {
	{"fxbox_profile", VERSION_NUMBER, 0, 0},
	{"only", ONLY_PATHS, FX_GRANT_ONLY, 0},
	{"only_libraries", FLAG, 0, offsetof(struct fx_policy, only_libraries)},
	{"own_directory", FLAG, 0, offsetof(struct fx_policy, own_directory)},
	{"rw", PATHS, FX_GRANT_RW, 0},
	{"ro", PATHS, FX_GRANT_RO, 0},
	{"hide", PATHS, FX_GRANT_HIDE, 0},
	{"tmp", FLAG, 0, offsetof(struct fx_policy, tmp)},
	{"net", NET, 0, 0},
	{"unix", SOCKETS, FX_GRANT_UNIX, 0},
	{"isolate", FLAG, 0, offsetof(struct fx_policy, isolate)},
	{"env", NAMES, 0, 0},
	{"clear_env", FLAG, 0, offsetof(struct fx_policy, clear_env)},
	{"chdir", STRING, 0, offsetof(struct fx_policy, chdir)},
	{"timeout", SECONDS, 0, 0},
	{"die_with_parent", FLAG, 0, offsetof(struct fx_policy, with_parent)},
	{"limits", RUN_LIMITS, 0, 0},
	{"rlimits", LIMITS, 0, 0},
	{"require_confinement", FLAG, 0, offsetof(struct fx_policy, require)},
	{"user_namespace", INVERTED, 0, offsetof(struct fx_policy, no_userns)},
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))

static bool *flag_of(const struct fx_policy *policy, const struct member *member)
{
	return (bool *)((uintptr_t)policy + member->offset);
}

static const char **string_of(const struct fx_policy *policy, const struct member *member)
{
	return (const char **)((uintptr_t)policy + member->offset);
}

/* A string without a NUL in it, which no path or variable can have; or NULL. */
static const char *string(struct json_object *value)
{
	const char *text =
		json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;

	return text && strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

static bool read_list(struct fx_policy *policy, const struct member *member,
		      struct json_object *value)
{
	if (!json_object_is_type(value, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		const char *text = string(json_object_array_get_idx(value, i));

		if (!text || !(member->type == NAMES ? fx_policy_env(policy, text)
						     : fx_policy_grant(policy, member->kind, text)))
			return false;
	}
	return true;
}

/* An object of amounts, each of which is taken as the text that an option has. */
static bool read_limits(struct fx_policy *policy, struct json_object *value,
			bool (*take)(struct fx_policy *policy, const char *text))
{
	if (!json_object_is_type(value, json_type_object))
		return false;
	json_object_object_foreach(value, name, limit)
	{
		const char *amount = string(limit);
		char text[128];

		if (!amount ||
		    snprintf(text, sizeof(text), "%s=%s", name, amount) >= (int)sizeof(text) ||
		    !take(policy, text))
			return false;
	}
	return true;
}

/* null is what fx_profile_print says of what is not set. */
static bool read_seconds(struct fx_policy *policy, struct json_object *value)
{
	if (value && !json_object_is_type(value, json_type_double) &&
	    !json_object_is_type(value, json_type_int))
		return false;
	if (!value)
		policy->timeout_ms = 0;
	return !value || fx_policy_timeout(policy, json_object_to_json_string(value));
}

/* A bare false grants nothing, and takes nothing away. */
static bool read_net(struct fx_policy *policy, struct json_object *value)
{
	if (json_object_is_type(value, json_type_boolean))
		return !json_object_get_boolean(value) || fx_policy_net(policy, NULL);
	return string(value) && fx_policy_net(policy, string(value));
}

static bool read_sockets(struct fx_policy *policy, struct json_object *value)
{
	if (json_object_is_type(value, json_type_boolean))
		return !json_object_get_boolean(value) || fx_policy_unix(policy, NULL);
	if (!json_object_is_type(value, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		const char *path = string(json_object_array_get_idx(value, i));

		if (!path || !fx_policy_unix(policy, path))
			return false;
	}
	return true;
}

static bool read_member(struct fx_policy *policy, const struct member *member,
			struct json_object *value)
{
	bool is_flag = json_object_is_type(value, json_type_boolean);
	bool flag = is_flag && json_object_get_boolean(value);

	switch (member->type) {
	case VERSION_NUMBER:
		return json_object_is_type(value, json_type_int) &&
		       json_object_get_int(value) == VERSION;
	case FLAG:
	case INVERTED:
		if (is_flag)
			*flag_of(policy, member) = flag != (member->type == INVERTED);
		return is_flag;
	case ONLY_PATHS:
		/* An empty list shows nothing besides; null is what is said of no list. */
		policy->only |= value != NULL;
		return !value || read_list(policy, member, value);
	case PATHS:
	case NAMES:
		return read_list(policy, member, value);
	case STRING:
		*string_of(policy, member) = value ? string(value) : NULL;
		return !value || (string(value) && *string(value));
	case SECONDS:
		return read_seconds(policy, value);
	case NET:
		return read_net(policy, value);
	case SOCKETS:
		return read_sockets(policy, value);
	case RUN_LIMITS:
		return read_limits(policy, value, fx_policy_limit);
	default:
		return read_limits(policy, value, fx_policy_rlimit);
	}
}

static const struct member *find(const char *name)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	}
	return NULL;
}

static int read_document(const char *path, struct json_object *document, struct fx_policy *policy,
			 struct fx_refusal *why)
{
	if (!json_object_is_type(document, json_type_object) ||
	    !json_object_object_get(document, members[0].name))
		return fx_refuse(why, FX_EXIT_FAILED, path,
				 "is no profile: no object with the member \"%s\"",
				 members[0].name);
	json_object_object_foreach(document, name, value)
	{
		const struct member *member = find(name);

		if (!member)
			return fx_refuse(why, FX_EXIT_FAILED, path, "\"%s\" is not known", name);
		if (!read_member(policy, member, value))
			return fx_refuse(why, FX_EXIT_FAILED, path, "\"%s\" cannot be %s", name,
					 json_object_to_json_string(value));
	}
	return 0;
}

/* The whole file; its length in *size. NULL and errno. */
static char *read_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = fd < 0 ? NULL : malloc(SIZE_MAX_READ);
	size_t used = 0;
	ssize_t n = 1;

	while (text && n > 0 && used < SIZE_MAX_READ) {
		n = read(fd, text + used, SIZE_MAX_READ - used);
		used += n > 0 ? (size_t)n : 0;
	}
	if (text && (n < 0 || used == SIZE_MAX_READ)) {
		int error = n < 0 ? errno : EFBIG;

		free(text);
		text = NULL;
		errno = error;
	}
	if (fd >= 0) {
		int error = errno;

		close(fd);
		errno = error;
	}
	*size = used;
	return text;
}

static struct json_object *parse(const char *text, size_t size, const char **error)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *document = NULL;

	*error = "no memory";
	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	document = json_tokener_parse_ex(tokener, text, (int)size);
	if (!document)
		*error = json_tokener_get_error(tokener) == json_tokener_continue
				 ? "ends too early"
				 : json_tokener_error_desc(json_tokener_get_error(tokener));
	json_tokener_free(tokener);
	return document;
}

/* By name, and no file: what is in the way of a program that is not trusted. */
static const struct {
	const char *name;
	const char *text;
} kept[] = {
	{"strict",
	 "{\"fxbox_profile\": 1, \"only\": [], \"only_libraries\": true, "
	 "\"own_directory\": true, \"isolate\": true, \"tmp\": true, \"clear_env\": true, "
	 "\"env\": [\"PATH\", \"LANG\", \"LC_ALL\", \"TERM\", \"TZ\"], "
	 "\"require_confinement\": true}"},
};

static const char *find_kept(const char *name)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (strcmp(name, kept[i].name) == 0)
			return kept[i].text;
	}
	return NULL;
}

int fx_profile_read(const char *path, struct fx_policy *policy, struct fx_refusal *why)
{
	const char *error, *known = find_kept(path);
	size_t size = known ? strlen(known) : 0;
	char *text = known ? NULL : read_file(path, &size);
	struct json_object *document;

	if (!text && !known)
		return fx_refuse(why, FX_EXIT_FAILED, path, "%s", strerror(errno));
	document = parse(known ? known : text, size, &error);
	free(text);
	if (!document)
		return fx_refuse(why, FX_EXIT_FAILED, path, "is not JSON: %s", error);
	/* Never freed: the policy's strings are its own. */
	return read_document(path, document, policy, why);
}

static struct json_object *list_of(const struct fx_policy *policy, const struct member *member)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < policy->grants && member->type != NAMES; i++) {
		if (policy->grant[i].kind == member->kind)
			json_object_array_add(list, json_object_new_string(policy->grant[i].path));
	}
	for (size_t i = 0; i < policy->envs && member->type == NAMES; i++)
		json_object_array_add(list, json_object_new_string(policy->env[i]));
	return list;
}

static int print_limit(char *out, size_t size, rlim_t value)
{
	return value == RLIM_INFINITY ? snprintf(out, size, "unlimited")
				      : snprintf(out, size, "%lu", value);
}

static struct json_object *limits_of(const struct fx_policy *policy)
{
	struct json_object *limits = json_object_new_object();

	for (size_t i = 0; i < policy->rlimits; i++) {
		const struct fx_rlimit_choice *choice = &policy->rlimit[i];
		char text[64];
		size_t used = (size_t)print_limit(text, 32, choice->value.rlim_cur);

		text[used++] = ':';
		print_limit(text + used, sizeof(text) - used, choice->value.rlim_max);
		json_object_object_add(limits, choice->name, json_object_new_string(text));
	}
	return limits;
}

static void add_run_limit(struct json_object *limits, const char *name, uint64_t value)
{
	char text[32];

	if (value == 0)
		return;
	snprintf(text, sizeof(text), "%lu", value);
	json_object_object_add(limits, name, json_object_new_string(text));
}

static struct json_object *run_limits_of(const struct fx_policy *policy)
{
	struct json_object *limits = json_object_new_object();

	add_run_limit(limits, "memory", policy->limits.memory);
	add_run_limit(limits, "tasks", policy->limits.tasks);
	return limits;
}

static struct json_object *seconds_of(const struct fx_policy *policy)
{
	char text[64];

	if (policy->timeout_ms == 0)
		return NULL;
	snprintf(text, sizeof(text), "%lu.%03lu", policy->timeout_ms / 1000,
		 policy->timeout_ms % 1000);
	return json_object_new_double_s((double)policy->timeout_ms / 1000, text);
}

static struct json_object *net_of(const struct fx_policy *policy)
{
	/* Of a port five digits and what stands before it. */
	char text[sizeof("tcp") + FX_PORTS_MAX * 6];
	size_t used = (size_t)snprintf(text, sizeof(text), "tcp");

	if (policy->net == FX_NET_NONE || policy->net == FX_NET_ALL)
		return json_object_new_boolean(policy->net == FX_NET_ALL);
	if (policy->net == FX_NET_LOCAL)
		return json_object_new_string("local");
	for (size_t i = 0; i < policy->ports; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%c%u", i ? ',' : ':',
					 policy->port[i]);
	return json_object_new_string(text);
}

static struct json_object *value_of(const struct fx_policy *policy, const struct member *member)
{
	switch (member->type) {
	case VERSION_NUMBER:
		return json_object_new_int(VERSION);
	case FLAG:
	case INVERTED:
		return json_object_new_boolean(*flag_of(policy, member) !=
					       (member->type == INVERTED));
	case STRING:
		return *string_of(policy, member)
			       ? json_object_new_string(*string_of(policy, member))
			       : NULL;
	case SECONDS:
		return seconds_of(policy);
	case LIMITS:
		return limits_of(policy);
	case RUN_LIMITS:
		return run_limits_of(policy);
	case ONLY_PATHS:
		return policy->only ? list_of(policy, member) : NULL;
	case NET:
		return net_of(policy);
	case SOCKETS:
		return policy->unix_sockets == FX_UNIX_NAMED
			       ? list_of(policy, member)
			       : json_object_new_boolean(policy->unix_sockets == FX_UNIX_ALL);
	default:
		return list_of(policy, member);
	}
}

int fx_profile_print(const struct fx_policy *policy, FILE *out)
{
	struct json_object *document = json_object_new_object();
	int result;

	for (size_t i = 0; i < MEMBERS; i++)
		json_object_object_add(document, members[i].name, value_of(policy, &members[i]));
	result = fprintf(out, "%s\n",
			 json_object_to_json_string_ext(
				 document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						   JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(document);
	return result < 0 || fflush(out) != 0 ? -1 : 0;
}
