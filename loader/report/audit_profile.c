/* SPDX-License-Identifier: MIT */
#include "loader/report/audit_profile.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/audit_summary.h"
#include "loader/report/log_read.h"

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

struct names {
	const char *name[600];
	size_t count;
};

static void add(struct names *names, const char *name)
{
	if (names->count < sizeof(names->name) / sizeof(names->name[0]))
		names->name[names->count++] = name;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort(struct names *names)
{
	size_t kept = 0;

	qsort(names->name, names->count, sizeof(names->name[0]), by_name);
	for (size_t i = 0; i < names->count; i++) {
		if (kept == 0 || strcmp(names->name[kept - 1], names->name[i]) != 0)
			names->name[kept++] = names->name[i];
	}
	names->count = kept;
}

/* A call that fxbox has not got was no part of what was seen to work. */
static void collect(struct names *names, const struct fx_log *log)
{
	for (size_t i = 0; i < log->entries; i++) {
		const struct fx_log_entry *e = &log->entry[i];

		if (e->kind == FX_LOG_USED && !e->what && strcmp(fx_audit_answer(e), "ENOSYS") != 0)
			add(names, e->name);
	}
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		add(names, always[i]);
}

static struct json_object *name_array(const struct names *names)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < names->count; i++)
		json_object_array_add(list, json_object_new_string(names->name[i]));
	return list;
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

static void leave_out_narrowed(struct names *names)
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

/* The runtime specification's linux.seccomp. */
static void put_oci(const struct fx_log *log, struct names *names, bool narrow, FILE *out)
{
	struct json_object *o = json_object_new_object();
	struct json_object *archs = json_object_new_array(), *rules = json_object_new_array();

	for (size_t i = 0; i < sizeof(container) / sizeof(container[0]); i++)
		add(names, container[i]);
	sort(names);
	if (narrow)
		leave_out_narrowed(names);
	/* As fxbox answers what it has not got: programs then try another way. */
	json_object_object_add(o, "defaultAction", json_object_new_string("SCMP_ACT_ERRNO"));
	json_object_object_add(o, "defaultErrnoRet", json_object_new_int(ENOSYS));
	json_object_array_add(archs, json_object_new_string("SCMP_ARCH_X86_64"));
	json_object_object_add(o, "architectures", archs);
	json_object_array_add(rules, new_rule(name_array(names)));
	if (narrow)
		add_narrow_rules(log, rules);
	json_object_object_add(o, "syscalls", rules);
	put(o, out);
}

static void put_systemd(struct names *names, bool json, FILE *out)
{
	sort(names);
	if (json) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "SystemCallArchitectures",
				       json_object_new_string("native"));
		json_object_object_add(o, "SystemCallErrorNumber",
				       json_object_new_string("ENOSYS"));
		json_object_object_add(o, "SystemCallFilter", name_array(names));
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
	static const char *const names[] = {"oci", "systemd", "fxbox"};

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
	struct names paths = {.count = 0};
	unsigned left_out = 0;
	bool tmp = false;

	for (size_t i = 0; i < log->entries; i++) {
		bool told;
		const char *path = path_to_write(&log->entry[i], &told);

		if (path && strcmp(path, "/tmp") == 0)
			tmp = true;
		else if (path && paths.count < sizeof(paths.name) / sizeof(paths.name[0]))
			add(&paths, path);
		else
			left_out += told;
	}
	sort(&paths);
	if (paths.count)
		json_object_object_add(o, "rw", name_array(&paths));
	/* A private one serves whoever makes files there for himself. */
	if (tmp)
		json_object_object_add(o, "tmp", json_object_new_boolean(true));
	return left_out;
}

/* Sockets of AF_UNIX that were denied, each of which could be had alone. */
static void collect_sockets(struct names *paths, const struct fx_log *log)
{
	static const char alone[] = "allow with --unix=";

	for (size_t i = 0; i < log->entries; i++) {
		const char *said = fx_log_string(log->entry[i].first, "advice");
		const char *path = fx_log_string(log->entry[i].first, "path");

		if (log->entry[i].kind == FX_LOG_DENIED && said && path &&
		    strncmp(said, alone, sizeof(alone) - 1) == 0 && bytes_of(path))
			add(paths, bytes_of(path));
	}
	sort(paths);
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
	struct names alone = {.count = 0};
	unsigned left_out;

	json_object_object_add(o, "fxbox_profile", json_object_new_int(1));
	left_out = put_written(log, o);
	if ((sockets_used && log->net) || was_denied(log, "allow with --net"))
		json_object_object_add(o, "net", json_object_new_boolean(true));
	collect_sockets(&alone, log);
	if ((sockets_used && log->unix_sockets) || was_denied(log, "allow with --unix"))
		json_object_object_add(o, "unix", json_object_new_boolean(true));
	else if (alone.count)
		json_object_object_add(o, "unix", name_array(&alone));
	put(o, out);
	return left_out;
}

unsigned fx_audit_profile(const struct fx_log *log, const struct fx_profile_wish *wish, FILE *out)
{
	struct names names = {.count = 0};

	collect(&names, log);
	switch (wish->format) {
	case FX_PROFILE_OCI:
		put_oci(log, &names, wish->narrow, out);
		break;
	case FX_PROFILE_SYSTEMD:
		put_systemd(&names, wish->json, out);
		break;
	case FX_PROFILE_FXBOX:
		return put_fxbox(log, out);
	}
	return 0;
}
