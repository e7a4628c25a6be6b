/* SPDX-License-Identifier: MIT */
/* What a scheduled run left in its file (shim/schedule.h), read as what anybody may have written.
 */
#ifndef LOADER_REPORT_STORY_READ_H
#define LOADER_REPORT_STORY_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/refusal.h"
#include "shim/schedule.h"

struct fx_mapped {
	uint64_t start, end, offset;
	const char *path;
};

struct fx_story {
	struct fx_step *step; /* the oldest first */
	size_t steps;
	uint64_t left_out; /* that came before, and are not kept */
	struct fx_decision *decision;
	size_t decisions;
	struct fx_mapped *mapped;
	size_t mappings;
	uint64_t threads;
	char *maps; /* that the paths are in */
};

/* 0, or -1 with *why filled. Free it with fx_story_free. */
int fx_story_read(struct fx_story *story, int fd, struct fx_refusal *why);
void fx_story_free(struct fx_story *story);

/* "FILE+0xOFFSET" of an address behind an instruction, as sites are told; false: of no file. */
bool fx_story_site(const struct fx_story *story, uint64_t address, char *out, size_t size);

/* The decision that was made at that event, or NULL. */
const struct fx_decision *fx_story_decision(const struct fx_story *story, uint64_t event);

#endif
