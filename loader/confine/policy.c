/* SPDX-License-Identifier: MIT */
#include "loader/confine/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/confine/rlimits.h"

bool fx_policy_grant(struct fx_policy *policy, enum fx_grant_kind kind, const char *path)
{
	if (*path == '\0' || policy->grants == FX_GRANTS_MAX)
		return false;
	policy->grant[policy->grants++] = (struct fx_grant){kind, path};
	policy->only |= kind == FX_GRANT_ONLY;
	return true;
}

static bool add_ports(struct fx_policy *policy, const char *list)
{
	do {
		char *end;
		unsigned long port = strtoul(list, &end, 10);

		if (*list < '0' || *list > '9' || port == 0 || port > UINT16_MAX ||
		    (*end && *end != ',') || policy->ports == FX_PORTS_MAX)
			return false;
		policy->port[policy->ports++] = (uint16_t)port;
		list = *end ? end + 1 : NULL;
	} while (list);
	return true;
}

bool fx_policy_net(struct fx_policy *policy, const char *text)
{
	static const char tcp[] = "tcp:";
	enum fx_net net = !text			       ? FX_NET_ALL
			  : strcmp(text, "local") == 0 ? FX_NET_LOCAL
						       : FX_NET_TCP;

	if (net == FX_NET_TCP && (strncmp(text, tcp, sizeof(tcp) - 1) != 0 ||
				  !add_ports(policy, text + sizeof(tcp) - 1)))
		return false;
	/* Of the host's and one's own there can be one. */
	if ((net == FX_NET_TCP && policy->net == FX_NET_LOCAL) ||
	    (net == FX_NET_LOCAL && policy->net == FX_NET_TCP))
		return false;
	if (net > policy->net)
		policy->net = net;
	return true;
}

bool fx_policy_unix(struct fx_policy *policy, const char *path)
{
	if (!path)
		policy->unix_sockets = FX_UNIX_ALL;
	else if (policy->unix_sockets == FX_UNIX_NONE)
		policy->unix_sockets = FX_UNIX_NAMED;
	return !path || fx_policy_grant(policy, FX_GRANT_UNIX, path);
}

bool fx_policy_env(struct fx_policy *policy, const char *text)
{
	if (*text == '\0' || *text == '=' || policy->envs == FX_ENV_MAX)
		return false;
	policy->env[policy->envs++] = text;
	return true;
}

/* A number with K, M, G or T behind it, or "unlimited"; *end is what follows. */
static bool parse_amount(const char *text, const char **end, rlim_t *value)
{
	static const char units[] = "KMGT", unlimited[] = "unlimited";
	const size_t length = sizeof(unlimited) - 1;
	const char *unit;
	char *behind;

	if (strncmp(text, unlimited, length) == 0) {
		*value = RLIM_INFINITY;
		*end = text + length;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &behind, 10);
	if (errno)
		return false;
	unit = *behind ? strchr(units, *behind) : NULL;
	if (unit) {
		unsigned int shift = 10 * (unsigned int)(unit - units + 1);

		if (*value > RLIM_INFINITY >> shift)
			return false;
		*value <<= shift;
		behind++;
	}
	*end = behind;
	return true;
}

/* Of two for the same resource the later counts. */
static bool set_rlimit(struct fx_policy *policy, const char *name, struct rlimit value)
{
	size_t i = 0;

	while (i < policy->rlimits && strcmp(policy->rlimit[i].name, name) != 0)
		i++;
	if (i == FX_RLIMITS_MAX)
		return false;
	policy->rlimit[i] = (struct fx_rlimit_choice){name, value};
	if (i == policy->rlimits)
		policy->rlimits++;
	return true;
}

bool fx_policy_rlimit(struct fx_policy *policy, const char *text)
{
	const char *equals = strchr(text, '='), *name, *end;
	struct rlimit value;

	if (!equals)
		return false;
	name = fx_rlimit_name(text, (size_t)(equals - text));
	if (!name || !parse_amount(equals + 1, &end, &value.rlim_cur))
		return false;
	value.rlim_max = value.rlim_cur;
	if (*end == ':' && !parse_amount(end + 1, &end, &value.rlim_max))
		return false;
	return *end == '\0' && value.rlim_cur <= value.rlim_max && set_rlimit(policy, name, value);
}

bool fx_policy_memory(struct fx_policy *policy, const char *text)
{
	const char *end;
	rlim_t value;

	return parse_amount(text, &end, &value) && *end == '\0' && value > 0 &&
	       set_rlimit(policy, "as", (struct rlimit){value, value});
}

static bool set_limit(struct fx_policy *policy, const char *text, const char **end)
{
	static const char memory[] = "memory=", tasks[] = "tasks=";
	bool of_memory = strncmp(text, memory, sizeof(memory) - 1) == 0;
	uint64_t *limit = of_memory ? &policy->limits.memory : &policy->limits.tasks;
	rlim_t value;

	if (!of_memory && strncmp(text, tasks, sizeof(tasks) - 1) != 0)
		return false;
	if (!parse_amount(strchr(text, '=') + 1, end, &value) || value == 0 ||
	    value == RLIM_INFINITY)
		return false;
	*limit = value;
	return true;
}

bool fx_policy_limit(struct fx_policy *policy, const char *text)
{
	do {
		if (!set_limit(policy, text, &text))
			return false;
	} while (*text++ == ',');
	return text[-1] == '\0';
}

bool fx_policy_timeout(struct fx_policy *policy, const char *seconds)
{
	char *end;
	double value = strtod(seconds, &end);

	if (end == seconds || *end || !(value >= 0.001) || value > 1e9)
		return false;
	policy->timeout_ms = (uint64_t)(value * 1000 + 0.5);
	return true;
}

bool fx_policy_writes(const struct fx_policy *policy)
{
	for (size_t i = 0; i < policy->grants; i++) {
		if (policy->grant[i].kind == FX_GRANT_RW)
			return true;
	}
	return policy->tmp;
}

const char *fx_policy_confines(const struct fx_policy *policy)
{
	static const char *const kinds[FX_GRANT_KINDS] = {[FX_GRANT_ONLY] = "only",
							  [FX_GRANT_RO] = "ro",
							  [FX_GRANT_HIDE] = "hide",
							  [FX_GRANT_UNIX] = "unix"};

	const struct {
		bool given;
		const char *option;
	} options[] = {
		{policy->only, "only"},
		{policy->tmp, "tmp"},
		{policy->net == FX_NET_TCP || policy->net == FX_NET_LOCAL, "net"},
		{policy->isolate, "isolate"},
		{policy->with_parent, "die-with-parent"},
		{policy->timeout_ms > 0, "timeout"},
		{policy->limits.memory > 0 || policy->limits.tasks > 0, "limit"},
		{policy->rlimits > 0, "rlimit"},
		{policy->chdir, "chdir"},
		{policy->require, "require-confinement"},
	};

	for (size_t i = 0; i < policy->grants; i++) {
		if (kinds[policy->grant[i].kind])
			return kinds[policy->grant[i].kind];
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].given)
			return options[i].option;
	}
	return NULL;
}
