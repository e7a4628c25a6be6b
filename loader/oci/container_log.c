/* SPDX-License-Identifier: MIT */
#include "loader/oci/container_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"

/* As runc and crun have it, and so no `..` and no slash. */
static bool is_id(const char *id)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-";

	return *id && id[strspn(id, letters)] == '\0' && strcmp(id, ".") != 0 &&
	       strcmp(id, "..") != 0;
}

/* The file in an open directory: no link, which could lead anywhere, and nobody else's. */
static int make_file(int directory, const char *name)
{
	int fd = openat(directory, name,
			O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;
	int error;

	if (fd < 0)
		return -1;
	errno = EEXIST;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && fchmod(fd, 0622) == 0)
		return close(fd);
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int fx_oci_log_make(const char *directory, const char *id, char path[static PATH_MAX],
		    struct fx_refusal *why)
{
	int fd, result;

	if (!is_id(id))
		return fx_refuse(why, FX_EXIT_FAILED, id, "is no id of a container");
	if (snprintf(path, PATH_MAX, "%s/%s.jsonl", directory, id) >= PATH_MAX)
		return fx_refuse(why, FX_EXIT_FAILED, id, "%s", strerror(ENAMETOOLONG));
	if (mkdir(directory, 0700) < 0 && errno != EEXIST)
		return fx_refuse(why, FX_EXIT_FAILED, directory, "%s (log_directory)",
				 strerror(errno));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	result = fd < 0 ? -1 : make_file(fd, path + strlen(directory) + 1);
	if (result < 0)
		fx_refuse(why, FX_EXIT_FAILED, path, "cannot be the log: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return result;
}
