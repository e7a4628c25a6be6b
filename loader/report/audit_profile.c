/* SPDX-License-Identifier: MIT */
#include "loader/report/audit_profile.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/audit_summary.h"
#include "loader/report/log_read.h"
#include "loader/report/profile_base.h"
#include "loader/report/profile_names.h"
#include "loader/report/profile_shares.h"

#define PRETTY (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

/*
 * What a program makes without the log telling: its start, its end, what the
 * kernel makes in its name after a stop, and the vDSO's calls where a host has
 * no clock that it can read. They give nothing that the program has not got.
 */
static const char *const always[] = {
	"clock_getres", "clock_gettime", "execve",	    "exit",	    "exit_group",
	"getcpu",	"gettimeofday",	 "restart_syscall", "rt_sigreturn", "time",
};

/*
 * What crun and runc do themselves between loading the filter and the program,
 * without no_new_privs early: they close what they hold and set the identity.
 */
static const char *const container[] = {
	"capget", "capset",	"chdir",     "close",	   "close_range", "fcntl",
	"fstat",  "fstatfs",	"futex",     "getdents64", "getpid",	  "getppid",
	"getuid", "newfstatat", "open",	     "openat",	   "prctl",	  "read",
	"setgid", "setgroups",	"setresgid", "setresuid",  "setuid",	  "write",
};

/* A call that fxbox has not got was no part of what was seen to work. */
static void collect(struct fx_names *names, const struct fx_log *log)
{
	for (size_t i = 0; i < log->entries; i++) {
		const struct fx_log_entry *e = &log->entry[i];

		if (e->kind == FX_LOG_USED && !e->what && strcmp(fx_audit_answer(e), "ENOSYS") != 0)
			fx_names_add(names, e->name);
	}
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		fx_names_add(names, always[i]);
}

static void put(struct json_object *o, FILE *out)
{
	fprintf(out, "%s\n", json_object_to_json_string_ext(o, PRETTY));
	json_object_put(o);
}

/* Calls of which a narrow profile allows what was used only, and where that is in its arguments. */
static const struct {
	const char *name;
	int level, command; /* arguments; level -1: there is none */
} narrowed[] = {
	{"getsockopt", 1, 2},
	{"ioctl", -1, 1},
	{"setsockopt", 1, 2},
};

#define NARROWED (sizeof(narrowed) / sizeof(narrowed[0]))

/* The kernel looks at 32 bits of them; the others are whatever the program left there. */
static void add_argument(struct json_object *list, int index, uint32_t value)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "index", json_object_new_int(index));
	json_object_object_add(o, "value", json_object_new_int64(UINT32_MAX));
	json_object_object_add(o, "valueTwo", json_object_new_int64(value));
	json_object_object_add(o, "op", json_object_new_string("SCMP_CMP_MASKED_EQ"));
	json_object_array_add(list, o);
}

static struct json_object *new_rule(struct json_object *names)
{
	struct json_object *rule = json_object_new_object();

	json_object_object_add(rule, "names", names);
	json_object_object_add(rule, "action", json_object_new_string("SCMP_ACT_ALLOW"));
	return rule;
}

static void add_narrow_rules(const struct fx_log *log, struct json_object *rules)
{
	for (size_t i = 0; i < log->entries; i++) {
		const struct fx_log_entry *e = &log->entry[i];
		const char *sub = fx_log_string(e->first, "sub");

		for (size_t k = 0; e->kind == FX_LOG_USED && sub && k < NARROWED; k++) {
			struct json_object *names, *rule, *arguments;
			uint64_t value = strtoull(sub, NULL, 16);

			if (strcmp(e->name, narrowed[k].name) != 0)
				continue;
			names = json_object_new_array();
			json_object_array_add(names, json_object_new_string(e->name));
			rule = new_rule(names);
			arguments = json_object_new_array();
			if (narrowed[k].level >= 0)
				add_argument(arguments, narrowed[k].level, (uint32_t)(value >> 32));
			add_argument(arguments, narrowed[k].command, (uint32_t)value);
			json_object_object_add(rule, "args", arguments);
			json_object_array_add(rules, rule);
		}
	}
}

static void leave_out_narrowed(struct fx_names *names)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->count; i++) {
		bool narrow = false;

		for (size_t k = 0; k < NARROWED; k++)
			narrow |= strcmp(names->name[i], narrowed[k].name) == 0;
		if (!narrow)
			names->name[kept++] = names->name[i];
	}
	names->count = kept;
}

static bool is_among(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

/* Whether it is in every profile, whatever the logs say. */
static bool is_given(const char *name)
{
	return is_among(name, always, sizeof(always) / sizeof(always[0])) ||
	       is_among(name, container, sizeof(container) / sizeof(container[0]));
}

/* Those that so many logs used; what is in none is in all for other reasons. */
static struct fx_names names_of(const struct fx_names *names,
				const struct fx_profile_shares *shares, unsigned logs)
{
	struct fx_names some = {.count = 0};

	for (size_t i = 0; i < names->count; i++) {
		unsigned share = fx_profile_shares_of(shares, names->name[i]);
		bool everywhere = share == 0 || share == shares->logs || is_given(names->name[i]);

		if (everywhere ? logs == shares->logs : share == logs)
			fx_names_add(&some, names->name[i]);
	}
	return some;
}

/* A rule for what all logs used, and one for each number of others, which says how many. */
static void add_rules(const struct fx_names *names, const struct fx_profile_shares *shares,
		      bool comments, struct json_object *rules)
{
	for (unsigned logs = shares->logs; logs > 0; logs--) {
		struct fx_names some = names_of(names, shares, logs);
		struct json_object *rule;
		char text[80];

		if (some.count == 0)
			continue;
		rule = new_rule(fx_names_json(&some));
		snprintf(text, sizeof(text), "used in %u of %u logs", logs, shares->logs);
		if (comments && logs < shares->logs)
			json_object_object_add(rule, "comment", json_object_new_string(text));
		json_object_array_add(rules, rule);
	}
}

static struct json_object *architectures(void)
{
	struct json_object *list = json_object_new_array();

	json_object_array_add(list, json_object_new_string("SCMP_ARCH_X86_64"));
	return list;
}

static void add_container(struct fx_names *names)
{
	for (size_t i = 0; i < sizeof(container) / sizeof(container[0]); i++)
		fx_names_add(names, container[i]);
	fx_names_sort(names);
}

/* The runtime specification's linux.seccomp, whose readers pass by what they do not know. */
static void put_oci(const struct fx_log *log, struct fx_names *names,
		    const struct fx_profile_wish *wish, FILE *out)
{
	struct json_object *o = json_object_new_object(), *rules = json_object_new_array();

	if (wish->narrow)
		leave_out_narrowed(names);
	/* As fxbox answers what it has not got: programs then try another way. */
	json_object_object_add(o, "defaultAction", json_object_new_string("SCMP_ACT_ERRNO"));
	json_object_object_add(o, "defaultErrnoRet", json_object_new_int(ENOSYS));
	json_object_object_add(o, "architectures", architectures());
	add_rules(names, wish->shares, true, rules);
	if (wish->narrow)
		add_narrow_rules(log, rules);
	json_object_object_add(o, "syscalls", rules);
	put(o, out);
}

/* What rules cannot say there. */
static struct json_object *marks(const struct fx_names *names,
				 const struct fx_profile_shares *shares)
{
	struct json_object *o = json_object_new_object();

	for (unsigned logs = shares->logs - 1; logs > 0; logs--) {
		struct fx_names some = names_of(names, shares, logs);
		char key[64];
		struct json_object *list = fx_names_json(&some);

		snprintf(key, sizeof(key), "dev.fxbox.used-in-%u-of-%u-logs", logs, shares->logs);
		if (some.count)
			json_object_object_add(
				o, key,
				json_object_new_string(json_object_to_json_string_ext(
					list, JSON_C_TO_STRING_PLAIN)));
		json_object_put(list);
	}
	return o;
}

/* The kind of the Security Profiles Operator. What it refuses is EPERM, for it has no other. */
static void put_kubernetes(const struct fx_names *names, const struct fx_profile_shares *shares,
			   FILE *out)
{
	struct json_object *o = json_object_new_object(), *metadata = json_object_new_object();
	struct json_object *spec = json_object_new_object(), *rules = json_object_new_array();

	json_object_object_add(
		o, "apiVersion",
		json_object_new_string("security-profiles-operator.x-k8s.io/v1beta1"));
	json_object_object_add(o, "kind", json_object_new_string("SeccompProfile"));
	json_object_object_add(metadata, "name", json_object_new_string("fxbox"));
	json_object_object_add(metadata, "annotations", marks(names, shares));
	json_object_object_add(o, "metadata", metadata);
	json_object_object_add(spec, "defaultAction", json_object_new_string("SCMP_ACT_ERRNO"));
	json_object_object_add(spec, "architectures", architectures());
	add_rules(names, shares, false, rules);
	json_object_object_add(spec, "syscalls", rules);
	json_object_object_add(o, "spec", spec);
	put(o, out);
}

static void put_systemd(struct fx_names *names, bool json, FILE *out)
{
	fx_names_sort(names);
	if (json) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "SystemCallArchitectures",
				       json_object_new_string("native"));
		json_object_object_add(o, "SystemCallErrorNumber",
				       json_object_new_string("ENOSYS"));
		json_object_object_add(o, "SystemCallFilter", fx_names_json(names));
		put(o, out);
		return;
	}
	fputs("[Service]\nSystemCallArchitectures=native\nSystemCallErrorNumber=ENOSYS\n", out);
	/* The first line begins the list of what is allowed, the others add to it. */
	for (size_t i = 0; i < names->count; i++)
		fprintf(out, "%s%s", i % 8 == 0 ? "SystemCallFilter=" : " ", names->name[i]),
			i % 8 == 7 || i + 1 == names->count ? fputc('\n', out) : 0;
}

bool fx_profile_format(const char *name, enum fx_profile_format *format)
{
	static const char *const names[] = {"oci", "systemd", "fxbox", "kubernetes"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*format = (enum fx_profile_format)i;
			return true;
		}
	}
	return false;
}

static bool was_used(const struct fx_log *log, const char *const *names)
{
	for (; *names; names++) {
		if (fx_log_find_call(log, FX_LOG_USED, *names))
			return true;
	}
	return false;
}

/* RFC 3629, but for surrogates and what is longer than it must be, which file names do not have. */
static bool is_utf8(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		int more = *p < 0x80   ? 0
			   : *p < 0xc2 ? -1
			   : *p < 0xe0 ? 1
			   : *p < 0xf0 ? 2
			   : *p < 0xf5 ? 3
				       : -1;

		if (more < 0)
			return false;
		for (p++; more > 0; more--, p++) {
			if ((*p & 0xc0) != 0x80)
				return false;
		}
	}
	return true;
}

/*
 * The bytes of a path: the log has each that is not ASCII as a character of its value. NULL if
 * they are no UTF-8, which a profile cannot say. Never freed.
 */
static const char *bytes_of(const char *text)
{
	char *path = strdup(text), *out = path;

	for (const char *in = text; path && *in; in++) {
		unsigned char c = (unsigned char)*in;

		/* U+0080 to U+00FF, in two bytes. */
		if ((c & 0xfc) == 0xc0)
			c = (unsigned char)(c << 6 | (*++in & 0x3f));
		else if (c & 0x80)
			return NULL;
		*out++ = (char)c;
	}
	if (!path)
		return NULL;
	*out = '\0';
	return is_utf8(path) ? path : NULL;
}

/*
 * What `--rw` would allow, if a profile can say it: a whole path, and not the root, which nobody
 * should grant unseen.
 */
static const char *path_to_write(const struct fx_log_entry *e, bool *told)
{
	const char *grant = fx_log_string(e->first, "grant"), *path;
	size_t length;

	*told = e->kind == FX_LOG_DENIED && grant;
	path = *told ? bytes_of(grant) : NULL;
	length = path ? strlen(path) : 0;
	if (length < 2 || path[0] != '/' || (length > 3 && !strcmp(path + length - 3, "...")))
		return NULL;
	return path;
}

/* Returns how many there are that it cannot say. */
static unsigned put_written(const struct fx_log *log, struct json_object *o)
{
	struct fx_names paths = {.count = 0};
	unsigned left_out = 0;
	bool tmp = false;

	for (size_t i = 0; i < log->entries; i++) {
		bool told;
		const char *path = path_to_write(&log->entry[i], &told);

		if (path && strcmp(path, "/tmp") == 0)
			tmp = true;
		else if (path && paths.count < sizeof(paths.name) / sizeof(paths.name[0]))
			fx_names_add(&paths, path);
		else
			left_out += told;
	}
	fx_names_sort(&paths);
	if (paths.count)
		json_object_object_add(o, "rw", fx_names_json(&paths));
	/* A private one serves whoever makes files there for himself. */
	if (tmp)
		json_object_object_add(o, "tmp", json_object_new_boolean(true));
	return left_out;
}

/* Sockets of AF_UNIX that were denied, each of which could be had alone. */
static void collect_sockets(struct fx_names *paths, const struct fx_log *log)
{
	static const char alone[] = "allow with --unix=";

	for (size_t i = 0; i < log->entries; i++) {
		const char *said = fx_log_string(log->entry[i].first, "advice");
		const char *path = fx_log_string(log->entry[i].first, "path");

		if (log->entry[i].kind == FX_LOG_DENIED && said && path &&
		    strncmp(said, alone, sizeof(alone) - 1) == 0 && bytes_of(path))
			fx_names_add(paths, bytes_of(path));
	}
	fx_names_sort(paths);
}

static bool was_denied(const struct fx_log *log, const char *advice)
{
	for (size_t i = 0; i < log->entries; i++) {
		const char *said = fx_log_string(log->entry[i].first, "advice");

		if (log->entry[i].kind == FX_LOG_DENIED && said && strcmp(said, advice) == 0)
			return true;
	}
	return false;
}

/* Options of fxbox run, profile.schema.json; what was written and not denied no log tells. */
static unsigned put_fxbox(const struct fx_log *log, FILE *out)
{
	static const char *const sockets[] = {"connect", "bind",     "sendto",
					      "sendmsg", "sendmmsg", NULL};
	struct json_object *o = json_object_new_object();
	bool sockets_used = was_used(log, sockets);
	struct fx_names alone = {.count = 0};
	unsigned left_out;

	json_object_object_add(o, "fxbox_profile", json_object_new_int(1));
	left_out = put_written(log, o);
	if ((sockets_used && log->net) || was_denied(log, "allow with --net"))
		json_object_object_add(o, "net", json_object_new_boolean(true));
	collect_sockets(&alone, log);
	if ((sockets_used && log->unix_sockets) || was_denied(log, "allow with --unix"))
		json_object_object_add(o, "unix", json_object_new_boolean(true));
	else if (alone.count)
		json_object_object_add(o, "unix", fx_names_json(&alone));
	put(o, out);
	return left_out;
}

static void put_for_container(const struct fx_log *log, struct fx_names *names,
			      const struct fx_profile_wish *wish, FILE *out)
{
	add_container(names);
	if (wish->base)
		fx_profile_base_compare(names, wish->base);
	if (wish->format == FX_PROFILE_OCI)
		put_oci(log, names, wish, out);
	else
		put_kubernetes(names, wish->shares, out);
}

unsigned fx_audit_profile(const struct fx_log *log, const struct fx_profile_wish *wish, FILE *out)
{
	struct fx_names names = {.count = 0};

	collect(&names, log);
	switch (wish->format) {
	case FX_PROFILE_OCI:
	case FX_PROFILE_KUBERNETES:
		put_for_container(log, &names, wish, out);
		break;
	case FX_PROFILE_SYSTEMD:
		put_systemd(&names, wish->json, out);
		break;
	case FX_PROFILE_FXBOX:
		return put_fxbox(log, out);
	}
	return 0;
}
