/* SPDX-License-Identifier: MIT */
#include "loader/confine/empty_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/confine/new_file_system.h"
#include "loader/exit_status.h"

#define OVERFLOW_ID 65534

static int refuse(struct fx_refusal *why, const char *what)
{
	return fx_refuse(why, FX_EXIT_FAILED, "--only", "%s: %s", what, strerror(errno));
}

/* Not attached to anything yet; -1 and errno. */
static int make_root(void)
{
	static const struct fx_file_system_option options[] = {{"mode", "0755"}};

	return fx_new_file_system("tmpfs", options, 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

/*
 * Of the new one only its name is the old one's, and whether one may write there: what is refused
 * since it is read-only now is then told as a denial, and else it is not.
 */
static int make_directory(int root, const char *path)
{
	if (mkdirat(root, path + 1, 0755) < 0)
		return errno == EEXIST ? 0 : -1;
	return access(path, W_OK) < 0 ? fchmodat(root, path + 1, 0555, 0) : 0;
}

static int make_parents(int root, const char *path)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (make_directory(root, part) < 0)
			return -1;
		*slash = '/';
	}
	return 0;
}

static int make_place(int root, const struct fx_grant *grant)
{
	struct stat st;

	/* What is hidden lies in what is seen, or nowhere. */
	if (grant->kind == FX_GRANT_HIDE)
		return 0;
	if (stat(grant->path, &st) < 0 || make_parents(root, grant->path) < 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return make_directory(root, grant->path);
	return mknodat(root, grant->path + 1, S_IFREG | 0644, 0) < 0 && errno != EEXIST ? -1 : 0;
}

static int make_link(int root, const struct fx_view_link *link)
{
	if (make_parents(root, link->path) < 0)
		return -1;
	return symlinkat(link->target, root, link->path + 1) < 0 && errno != EEXIST ? -1 : 0;
}

/* Who the program runs as, root, and nobody: no other user of the host. */
static bool is_told(unsigned long id, unsigned long own)
{
	return id == 0 || id == OVERFLOW_ID || id == own;
}

/* Lines of passwd(5) and group(5) with such a number; of a group's nobody is a member. */
static int copy(FILE *from, FILE *to, unsigned long own, bool members)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, from) > 0) {
		unsigned long id;
		int length = 0;

		if (sscanf(line, "%*[^:]:%*[^:]:%lu:%n", &id, &length) != 1 || length == 0 ||
		    !is_told(id, own))
			continue;
		if (members)
			fprintf(to, "%.*s\n", length, line);
		else
			fputs(line, to);
	}
	free(line);
	return ferror(from) ? -1 : 0;
}

/* What of a list of users and groups tells of the program's own; a host without one needs none. */
static int tell_of(int root, const char *path, unsigned long own, bool members)
{
	struct open_how how = {.flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			       .mode = 0644,
			       .resolve = RESOLVE_NO_SYMLINKS};
	FILE *from = fopen(path, "re"), *to;
	int fd, failed;

	if (!from)
		return 0;
	fd = make_parents(root, path) < 0
		     ? -1
		     : (int)syscall(SYS_openat2, root, path + 1, &how, sizeof(how));
	to = fd < 0 ? NULL : fdopen(fd, "w");
	if (!to) {
		fclose(from);
		/* Named, and so shown whole; or in a directory that is a link, of the host's. */
		return fd < 0 && (errno == EEXIST || errno == ELOOP) ? 0 : -1;
	}
	failed = copy(from, to, own, members);
	fclose(from);
	return fclose(to) == 0 ? failed : -1;
}

static int furnish(int root, const struct fx_view *view)
{
	for (size_t i = 0; i < view->links; i++) {
		if (make_link(root, &view->link[i]) < 0)
			return -1;
	}
	for (size_t i = 0; i < view->grants; i++) {
		if (make_place(root, &view->grant[i]) < 0)
			return -1;
	}
	if (tell_of(root, "/etc/passwd", geteuid(), false) < 0 ||
	    (access("/", W_OK) < 0 && fchmodat(root, ".", 0555, 0) < 0))
		return -1;
	return tell_of(root, "/etc/group", getegid(), true);
}

/* Over the old one, which then is the one that is taken away. */
static int change_to(int root)
{
	if (move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0 || fchdir(root) < 0 ||
	    syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		return -1;
	return chdir("/");
}

int fx_empty_root_enter(const struct fx_view *view, struct fx_refusal *why)
{
	mode_t mask = umask(0);
	int root = make_root(), result;

	if (root < 0) {
		umask(mask);
		return refuse(why, "no empty file system can be made");
	}
	result = furnish(root, view);
	umask(mask);
	if (result < 0)
		refuse(why, "an empty root cannot be furnished");
	else if (change_to(root) < 0)
		result = refuse(why, "the root cannot be changed");
	close(root);
	return result;
}
