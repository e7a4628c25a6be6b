/* SPDX-License-Identifier: MIT */
/*
 * Which descriptors are open /proc/self/fd lists, and each of its entries costs the kernel an inode
 * and, at the end of the process, its end. But as a rule they are the lowest numbers and fxbox's
 * own, and how many there are is told without a list: when so many were found nobody is missed.
 */
#include "loader/confine/open_descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LOWEST 16

static const char directory[] = "/proc/self/fd";

/* Since Linux 6.2; before it is 0, which none is. */
static size_t count_open(void)
{
	struct stat st;

	return stat(directory, &st) == 0 ? (size_t)st.st_size : 0;
}

static size_t find(int first, int end, int *found)
{
	size_t count = 0;

	for (int fd = first; fd < end; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			found[count++] = fd;
	}
	return count;
}

/* Whether these were all. */
static bool look_at_known(const struct fx_config *config, void (*look)(void *, int), void *context)
{
	int found[LOWEST + FX_FD_COUNT], own = config->fd_base;
	int low = own < LOWEST ? own : LOWEST;
	size_t count = find(0, low, found);

	count += find(own, own + (int)FX_FD_COUNT, found + count);
	if (count != count_open())
		return false;
	for (size_t i = 0; i < count; i++)
		look(context, found[i]);
	return true;
}

int fx_open_descriptors(const struct fx_config *config, void (*look)(void *, int), void *context)
{
	struct dirent *entry;
	DIR *dir;

	if (look_at_known(config, look, context))
		return 0;
	dir = opendir(directory);
	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd != dirfd(dir))
			look(context, fd);
	}
	return closedir(dir);
}
