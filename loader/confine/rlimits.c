/* SPDX-License-Identifier: MIT */
#include "loader/confine/rlimits.h"

#include <errno.h>
#include <string.h>

#include "loader/exit_status.h"

static const struct {
	const char *name;
	int resource;
} names[] = {
	{"as", RLIMIT_AS},
	{"core", RLIMIT_CORE},
	{"cpu", RLIMIT_CPU},
	{"data", RLIMIT_DATA},
	{"fsize", RLIMIT_FSIZE},
	{"locks", RLIMIT_LOCKS},
	{"memlock", RLIMIT_MEMLOCK},
	{"msgqueue", RLIMIT_MSGQUEUE},
	{"nice", RLIMIT_NICE},
	{"nofile", RLIMIT_NOFILE},
	{"nproc", RLIMIT_NPROC},
	{"rss", RLIMIT_RSS},
	{"rtprio", RLIMIT_RTPRIO},
	{"rttime", RLIMIT_RTTIME},
	{"sigpending", RLIMIT_SIGPENDING},
	{"stack", RLIMIT_STACK},
};

#define COUNT (sizeof(names) / sizeof(names[0]))

const char *fx_rlimit_name(const char *name, size_t length)
{
	for (size_t i = 0; i < COUNT; i++) {
		if (strlen(names[i].name) == length && memcmp(names[i].name, name, length) == 0)
			return names[i].name;
	}
	return NULL;
}

static int resource_of(const char *name)
{
	size_t i = 0;

	while (strcmp(names[i].name, name) != 0)
		i++;
	return names[i].resource;
}

int fx_rlimits_set(const struct fx_policy *policy, struct fx_refusal *why)
{
	for (size_t i = 0; i < policy->rlimits; i++) {
		const struct fx_rlimit_choice *choice = &policy->rlimit[i];

		if (setrlimit((__rlimit_resource_t)resource_of(choice->name), &choice->value) < 0)
			return fx_refuse(why, FX_EXIT_FAILED, "--rlimit", "%s cannot be set: %s",
					 choice->name, strerror(errno));
	}
	return 0;
}
