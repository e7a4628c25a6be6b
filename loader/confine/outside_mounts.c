/* SPDX-License-Identifier: MIT */
#include "loader/confine/outside_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "shim/audit_table.h"

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

/* Paths, each with its NUL; an empty one ends them. */
static void collect(FILE *mounts, char list[static FX_AUDIT_MOUNTS])
{
	char *line = NULL, *point = NULL;
	size_t room = 0, used = 0;

	while (getline(&line, &room, mounts) > 0) {
		size_t length;

		if (!read_only(line, &point))
			continue;
		unescape(point);
		length = strlen(point) + 1;
		if (used + length >= FX_AUDIT_MOUNTS) {
			/* Not known of any mount, then: "/" is above all. */
			memset(list, 0, FX_AUDIT_MOUNTS);
			list[0] = '/';
			break;
		}
		memcpy(list + used, point, length);
		used += length;
	}
	free(line);
}

int fx_outside_mounts_record(const struct fx_config *config, struct fx_refusal *why)
{
	char list[FX_AUDIT_MOUNTS] = "";
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	ssize_t n;

	if (!mounts)
		return fx_refuse(why, FX_EXIT_FAILED, "/proc/self/mountinfo", "%s",
				 strerror(errno));
	collect(mounts, list);
	fclose(mounts);
	n = pwrite(config->fd_base + (int)FX_FD_AUDIT, list, sizeof(list),
		   offsetof(struct fx_audit_table, read_only));
	if (n != (ssize_t)sizeof(list))
		return fx_refuse(why, FX_EXIT_FAILED, "audit table", "%s", strerror(errno));
	return 0;
}
