/* SPDX-License-Identifier: MIT */
#include "loader/confine/list_mounts.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of Linux 6.8: the host's headers may be older than its kernel. */
#define NR_STATMOUNT	  457
#define NR_LISTMOUNT	  458
#define LSMT_OF_THE_ROOT  UINT64_MAX
#define WITH_SUPERBLOCK	  1U
#define WITH_MOUNT	  2U
#define WITH_PLACE	  16U
#define SUPERBLOCK_RDONLY 1U

struct request {
	uint32_t size;
	uint32_t zero;
	uint64_t mount;
	uint64_t what; /* of a list: the number after which it begins */
};

struct answer {
	uint32_t size, unused;
	uint64_t has;
	uint32_t device[2];
	uint64_t magic;
	uint32_t superblock;
	uint32_t type;
	uint64_t ids[3];
	uint64_t attributes;
	uint64_t propagation[4];
	uint32_t root;
	uint32_t place; /* where in the text behind this */
	char more[400];
};

_Static_assert(sizeof(struct request) == 24, "as the first version has it");
_Static_assert(sizeof(struct answer) == 512, "strings begin here");

static int ask(uint64_t mount, uint64_t what, void *answer, size_t room)
{
	struct request request = {.size = sizeof(request), .mount = mount, .what = what};

	return (int)syscall(NR_STATMOUNT, &request, answer, room, 0);
}

/* What has gone meanwhile, or lies outside the root, is none. */
static bool is_read_only(uint64_t mount)
{
	struct answer answer;

	return ask(mount, WITH_SUPERBLOCK | WITH_MOUNT, &answer, sizeof(answer)) == 0 &&
	       (answer.attributes & MOUNT_ATTR_RDONLY || answer.superblock & SUPERBLOCK_RDONLY);
}

/* Whether to go on. */
static bool tell_place(uint64_t mount, fx_mount_told *tell, void *context)
{
	struct {
		struct answer answer;
		char text[2 * PATH_MAX];
	} all;

	if (ask(mount, WITH_PLACE, &all, sizeof(all)) < 0 || !(all.answer.has & WITH_PLACE))
		return true;
	return tell(context, all.text + all.answer.place);
}

int fx_read_only_mounts_by_calls(fx_mount_told *tell, void *context)
{
	struct request request = {.size = sizeof(request), .mount = LSMT_OF_THE_ROOT};
	uint64_t mounts[64];
	long count;

	do {
		count = syscall(NR_LISTMOUNT, &request, mounts, sizeof(mounts) / sizeof(*mounts),
				0);
		for (long i = 0; i < count; i++) {
			if (is_read_only(mounts[i]) && !tell_place(mounts[i], tell, context))
				return 0;
		}
		if (count > 0)
			request.what = mounts[count - 1];
	} while (count > 0);
	return (int)count;
}

/* proc(5): what stands in the way of the format is written as an octal escape. */
static void unescape(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		unsigned int c;

		if (*in == '\\' && sscanf(in + 1, "%3o", &c) == 1) {
			*out++ = (char)c;
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
}

static bool has_ro(const char *options)
{
	return options && (strncmp(options, "ro,", 3) == 0 || strcmp(options, "ro") == 0 ||
			   strcmp(options, "ro\n") == 0);
}

/* A mount is read-only by its own options (the sixth word) or its file system's (the last). */
static bool read_only(char *line, char **point)
{
	char *word = line, *rest = line, *last = strrchr(line, ' ');
	const char *options = NULL;

	for (int i = 1; (word = strsep(&rest, " ")); i++) {
		if (i == 5)
			*point = word;
		else if (i == 6) {
			options = word;
			break;
		}
	}
	return has_ro(options) || (last && has_ro(last + 1));
}

int fx_read_only_mounts_by_proc(fx_mount_told *tell, void *context)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *point = NULL;
	size_t room = 0;

	if (!mounts)
		return -1;
	while (getline(&line, &room, mounts) > 0) {
		if (!read_only(line, &point))
			continue;
		unescape(point);
		if (!tell(context, point))
			break;
	}
	free(line);
	return fclose(mounts);
}
