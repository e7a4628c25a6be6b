/* SPDX-License-Identifier: MIT */
#include "loader/confine/outside_mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "loader/confine/list_mounts.h"
#include "loader/exit_status.h"
#include "shim/audit_table.h"

/* Paths, each with its NUL; an empty one ends them. */
struct list {
	size_t used;
	char path[FX_AUDIT_MOUNTS];
};

static bool add(void *context, const char *place)
{
	struct list *list = context;
	size_t length = strlen(place) + 1;

	if (list->used + length >= sizeof(list->path)) {
		/* Not known of any mount, then: "/" is above all. */
		*list = (struct list){.used = 2, .path = "/"};
		return false;
	}
	memcpy(list->path + list->used, place, length);
	list->used += length;
	return true;
}

static int collect(struct list *list)
{
	if (fx_read_only_mounts_by_calls(add, list) == 0)
		return 0;
	list->used = 0;
	return fx_read_only_mounts_by_proc(add, list);
}

int fx_outside_mounts_record(const struct fx_config *config, struct fx_refusal *why)
{
	struct list list = {0};
	ssize_t n;

	if (collect(&list) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "/proc/self/mountinfo", "%s",
				 strerror(errno));
	/* The file is zero as yet, which ends the list. */
	n = pwrite(config->fd_base + (int)FX_FD_AUDIT, list.path, list.used,
		   offsetof(struct fx_audit_table, read_only));
	if (n != (ssize_t)list.used)
		return fx_refuse(why, FX_EXIT_FAILED, "audit table", "%s", strerror(errno));
	return 0;
}
