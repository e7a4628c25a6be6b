/* SPDX-License-Identifier: MIT */
/* Of several logs, in how many a system call was used: what only some containers need. */
#ifndef LOADER_REPORT_PROFILE_SHARES_H
#define LOADER_REPORT_PROFILE_SHARES_H

#include <stddef.h>

struct json_object;

struct fx_profile_share {
	char *name; /* owned */
	unsigned logs;
	unsigned last; /* log in which it was seen, from 1 */
};

/* All zero to begin with. */
struct fx_profile_shares {
	unsigned logs; /* begun so far: the caller counts, before it reads one */
	struct fx_profile_share *share;
	size_t count;
};

/* A visitor of fx_log_read: a record of the log that is read. */
void fx_profile_shares_visit(void *shares, struct json_object *record);

/* 0: no record tells of it, and it is in the profile for other reasons. */
unsigned fx_profile_shares_of(const struct fx_profile_shares *shares, const char *name);

void fx_profile_shares_free(struct fx_profile_shares *shares);

#endif
