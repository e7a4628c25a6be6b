/* SPDX-License-Identifier: MIT */
#include "loader/report/profile_shares.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/report/log_read.h"

static struct fx_profile_share *find(const struct fx_profile_shares *shares, const char *name)
{
	for (size_t i = 0; i < shares->count; i++) {
		if (strcmp(shares->share[i].name, name) == 0)
			return &shares->share[i];
	}
	return NULL;
}

static struct fx_profile_share *add(struct fx_profile_shares *shares, const char *name)
{
	struct fx_profile_share *share;

	shares->share = fx_log_grow(shares->share, shares->count, sizeof(*share));
	share = &shares->share[shares->count++];
	share->name = strdup(name);
	if (!share->name) {
		perror("fxbox");
		exit(FX_EXIT_FAILED);
	}
	return share;
}

void fx_profile_shares_visit(void *context, struct json_object *record)
{
	struct fx_profile_shares *shares = context;
	const char *type = fx_log_string(record, "type"), *name = fx_log_string(record, "name");
	struct fx_profile_share *share;

	if (!type || !name || strcmp(type, fx_log_kind_names[FX_LOG_USED]) != 0 ||
	    fx_log_string(record, "what"))
		return;
	share = find(shares, name);
	if (!share)
		share = add(shares, name);
	share->logs += share->last != shares->logs;
	share->last = shares->logs;
}

unsigned fx_profile_shares_of(const struct fx_profile_shares *shares, const char *name)
{
	const struct fx_profile_share *share = find(shares, name);

	return share ? share->logs : 0;
}

void fx_profile_shares_free(struct fx_profile_shares *shares)
{
	for (size_t i = 0; i < shares->count; i++)
		free(shares->share[i].name);
	free(shares->share);
}
