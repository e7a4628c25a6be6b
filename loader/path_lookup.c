/* SPDX-License-Identifier: MIT */
#include "loader/path_lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"

/* confstr(_CS_PATH), what execvp uses when PATH is unset. */
#define DEFAULT_SEARCH "/bin:/usr/bin"

/* 0 if execve would take this file, else the errno it would give. */
static int try_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* execvp goes on to the next directory after these. */
static int is_passable(int error)
{
	return error == EACCES || error == ENOENT || error == ENOTDIR || error == ESTALE ||
	       error == ENODEV || error == ETIMEDOUT;
}

static int refuse(struct fx_refusal *why, const char *name, int error)
{
	if (error == ENOENT)
		return fx_refuse(why, FX_EXIT_NOT_FOUND, name,
				 "not found in PATH (give its path, with a slash)");
	if (error == EACCES)
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, name,
				 "found in PATH, but has no permission to be executed (chmod +x)");
	return fx_refuse(why, FX_EXIT_CANNOT_RUN, name, "cannot be looked up: %s", strerror(error));
}

int fx_path_lookup(const char *name, const char *search, char found[static PATH_MAX],
		   struct fx_refusal *why)
{
	char path[PATH_MAX];
	int worst = ENOENT;

	if (*name == '\0')
		return fx_refuse(why, FX_EXIT_NOT_FOUND, "''", "is not the name of a program");
	if (strlen(name) >= PATH_MAX)
		return refuse(why, name, ENAMETOOLONG);
	if (strchr(name, '/')) {
		strcpy(found, name);
		return 0;
	}
	if (!search)
		search = DEFAULT_SEARCH;

	for (const char *dir = search;; dir++) {
		size_t len = strcspn(dir, ":");
		int used = snprintf(path, sizeof(path), "%.*s%s%s", (int)len, dir, len ? "/" : "",
				    name);

		if (used < (int)sizeof(path)) {
			int error = try_file(path);

			if (error == 0) {
				strcpy(found, path);
				return 0;
			}
			if (!is_passable(error))
				return refuse(why, name, error);
			if (error == EACCES)
				worst = EACCES;
		}
		dir += len;
		if (*dir == '\0')
			return refuse(why, name, worst);
	}
}
