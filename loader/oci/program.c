/* SPDX-License-Identifier: MIT */
#include "loader/oci/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/path_below.h"

/* As runc and crun end when they cannot start a program. */
#define STATUS 1

/* Whether nothing is there, and no link on the way. */
static bool is_missing(int root, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	if (fd >= 0)
		close(fd);
	return fd < 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* A directory's name in the root, with no link in it; false if it cannot be told. */
static bool resolve(int root, const char *path, char out[static PATH_MAX])
{
	struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	char link[64], whole[PATH_MAX], base[PATH_MAX];
	ssize_t length, above;

	if (fd < 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, whole, sizeof(whole) - 1);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", root);
	above = readlink(link, base, sizeof(base) - 1);
	close(fd);
	if (length < 0 || above < 0)
		return false;
	whole[length] = base[above] = '\0';
	if (!fx_path_is_below(whole, base))
		return false;
	snprintf(out, PATH_MAX, "%s", whole[above] ? whole + above : "/");
	return true;
}

/* Whether something is mounted where the path lies; or may be, by a link in the mount's own path.
 */
static bool may_be_mounted(struct json_object *mounts, int root, const char *path)
{
	for (size_t i = 0; mounts && i < json_object_array_length(mounts); i++) {
		struct json_object *mount = json_object_array_get_idx(mounts, i);
		const char *at =
			json_object_get_string(json_object_object_get(mount, "destination"));
		char real[PATH_MAX];

		if (*at != '/')
			return true;
		if (is_missing(root, at))
			snprintf(real, sizeof(real), "%s", at);
		else if (!resolve(root, at, real))
			snprintf(real, sizeof(real), "%s", at);
		if (fx_path_is_below(path, real) || fx_path_is_below(path, at))
			return true;
	}
	return false;
}

/* directory: absolute. Whether the name can be in it. */
static bool may_be_in(struct json_object *mounts, int root, const char *directory, const char *name)
{
	char path[2 * PATH_MAX], real[PATH_MAX];

	if (may_be_mounted(mounts, root, directory))
		return true;
	if (is_missing(root, directory))
		return false;
	/* A directory that cannot be told may be anything. */
	if (!resolve(root, directory, real) || may_be_mounted(mounts, root, real))
		return true;
	snprintf(path, sizeof(path), "%s/%s", real, name);
	return !is_missing(root, path) || may_be_mounted(mounts, root, path);
}

/* PATH of the process; NULL: none, and the runtime has one of its own. */
static const char *search_path(struct json_object *process)
{
	struct json_object *env = json_object_object_get(process, "env");
	const char *found = NULL;

	for (size_t i = 0; env && i < json_object_array_length(env); i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(env, i));

		if (strncmp(text, "PATH=", 5) == 0)
			found = text + 5;
	}
	return found;
}

static bool may_be_on_path(struct json_object *mounts, int root, const char *search,
			   const char *name)
{
	for (const char *at = search; at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
		char directory[PATH_MAX];

		snprintf(directory, sizeof(directory), "%.*s", (int)strcspn(at, ":"), at);
		if (directory[0] != '/' || strstr(directory, "..") ||
		    may_be_in(mounts, root, directory, name))
			return true;
	}
	return false;
}

int fx_oci_program_check(struct json_object *config, int root, struct fx_refusal *why)
{
	struct json_object *process = json_object_object_get(config, "process");
	struct json_object *mounts = json_object_object_get(config, "mounts");
	const char *name = json_object_get_string(
		json_object_array_get_idx(json_object_object_get(process, "args"), 0));
	const char *search = search_path(process), *slash = strrchr(name, '/');
	char directory[PATH_MAX], subject[PATH_MAX + 16];

	/* A hook may bring it; what `..` leads through, a mount may make. */
	if (json_object_object_get(config, "hooks") || strstr(name, "..") ||
	    strlen(name) >= PATH_MAX || (!slash && !search) || (slash && name[0] != '/'))
		return 0;
	snprintf(subject, sizeof(subject), "exec: \"%s\"", name);
	if (!slash && !may_be_on_path(mounts, root, search, name))
		return fx_refuse(why, STATUS, subject, "executable file not found in $PATH");
	if (!slash)
		return 0;
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - name), name);
	if (may_be_in(mounts, root, *directory ? directory : "/", slash + 1))
		return 0;
	return fx_refuse(why, STATUS, subject, "stat %s: no such file or directory", name);
}
