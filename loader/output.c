/* SPDX-License-Identifier: MIT */
#include "loader/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/path_below.h"

/* Where the directory that the first `length` bytes of the path name lies, without links. */
static bool directory_of(const char *path, size_t length, char out[static PATH_MAX])
{
	char part[PATH_MAX];

	if (length >= sizeof(part))
		return false;
	memcpy(part, path, length);
	part[length] = '\0';
	return realpath(length ? part : *path == '/' ? "/" : ".", out) != NULL;
}

static size_t last_slash(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static bool of_the_system(const char *path)
{
	char directory[PATH_MAX];

	return directory_of(path, last_slash(path), directory) &&
	       (fx_path_is_below(directory, "/dev") || fx_path_is_below(directory, "/proc"));
}

int fx_output_open(const char *path, int flags)
{
	int fd;

	if (strcmp(path, "-") == 0)
		return dup(STDOUT_FILENO);
	flags |= O_WRONLY | O_CREAT | O_NOCTTY;
	fd = open(path, flags | O_NOFOLLOW, 0644);
	if (fd < 0 && errno == ELOOP) {
		if (of_the_system(path))
			return open(path, flags, 0644);
		errno = ELOOP;
	}
	return fd;
}

const char *fx_output_error(void)
{
	return errno == ELOOP ? "is a symbolic link, which a program may have left there; name "
				"the file that is meant, or remove it"
			      : strerror(errno);
}

bool fx_output_passes(const char *path, const char *below)
{
	char directory[PATH_MAX];

	/* Each name on the way is looked up in the directory that those before it lead to. */
	for (const char *name = path;; name++) {
		size_t before = (size_t)(name - path);

		if (*name != '/' && (before == 0 || name[-1] == '/') &&
		    directory_of(path, before ? before - 1 : 0, directory) &&
		    fx_path_is_below(directory, below))
			return true;
		if (!*name)
			return false;
	}
}
