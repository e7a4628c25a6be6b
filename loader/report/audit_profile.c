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

		if (e->kind == FX_LOG_USED && strcmp(fx_audit_answer(e), "ENOSYS") != 0)
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

/* The runtime specification's linux.seccomp. */
static void put_oci(struct names *names, FILE *out)
{
	struct json_object *o = json_object_new_object(), *rule = json_object_new_object();
	struct json_object *archs = json_object_new_array(), *rules = json_object_new_array();

	for (size_t i = 0; i < sizeof(container) / sizeof(container[0]); i++)
		add(names, container[i]);
	sort(names);
	/* As fxbox answers what it has not got: programs then try another way. */
	json_object_object_add(o, "defaultAction", json_object_new_string("SCMP_ACT_ERRNO"));
	json_object_object_add(o, "defaultErrnoRet", json_object_new_int(ENOSYS));
	json_object_array_add(archs, json_object_new_string("SCMP_ARCH_X86_64"));
	json_object_object_add(o, "architectures", archs);
	json_object_object_add(rule, "names", name_array(names));
	json_object_object_add(rule, "action", json_object_new_string("SCMP_ACT_ALLOW"));
	json_object_array_add(rules, rule);
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

/* Options of fxbox run, profile.schema.json; which files were written no log tells for sure. */
static void put_fxbox(const struct fx_log *log, FILE *out)
{
	static const char *const sockets[] = {"connect", "bind",     "sendto",
					      "sendmsg", "sendmmsg", NULL};
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "fxbox_profile", json_object_new_int(1));
	if (was_used(log, sockets)) {
		json_object_object_add(o, "net", json_object_new_boolean(true));
		json_object_object_add(o, "unix", json_object_new_boolean(true));
	}
	put(o, out);
}

void fx_audit_profile(const struct fx_log *log, enum fx_profile_format format, bool json, FILE *out)
{
	struct names names = {.count = 0};

	collect(&names, log);
	switch (format) {
	case FX_PROFILE_OCI:
		put_oci(&names, out);
		break;
	case FX_PROFILE_SYSTEMD:
		put_systemd(&names, json, out);
		break;
	case FX_PROFILE_FXBOX:
		put_fxbox(log, out);
		break;
	}
}
