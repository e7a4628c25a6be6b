/* SPDX-License-Identifier: MIT */
#include "loader/confine/environment.h"

#include <stdlib.h>
#include <string.h>

static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static bool same_name(const char *one, const char *other)
{
	size_t length = name_length(one);

	return name_length(other) == length && memcmp(one, other, length) == 0;
}

/* What the policy says last of this name, or NULL. */
static const char *choice(const struct fx_policy *policy, const char *name)
{
	for (size_t i = policy->envs; i-- > 0;) {
		if (same_name(policy->env[i], name))
			return policy->env[i];
	}
	return NULL;
}

static bool keeps(const struct fx_policy *policy, const char *entry)
{
	const char *chosen = choice(policy, entry);

	return chosen ? !strchr(chosen, '=') : !policy->clear_env;
}

char *const *fx_environment(const struct fx_policy *policy, char *const *envp)
{
	size_t count = 0, used = 0;
	const char **made;

	if (policy->envs == 0 && !policy->clear_env)
		return envp;
	while (envp[count])
		count++;
	made = calloc(count + policy->envs + 1, sizeof(*made));
	for (size_t i = 0; made && i < count; i++) {
		if (keeps(policy, envp[i]))
			made[used++] = envp[i];
	}
	for (size_t i = 0; made && i < policy->envs; i++) {
		if (strchr(policy->env[i], '=') && choice(policy, policy->env[i]) == policy->env[i])
			made[used++] = policy->env[i];
	}
	return (char *const *)made;
}
