/* SPDX-License-Identifier: MIT */
/*
 * The system is what its packages bring and everybody may read: /usr, and of /etc the few files
 * that a C library asks for. What tells of a machine, its users or its services is no part of it.
 */
#include "loader/confine/only.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/confine/view.h"
#include "loader/elf_image.h"
#include "loader/exit_status.h"
#include "loader/path_lookup.h"
#include "shim/script_line.h"

/* Directories, or links into /usr where that has been merged. */
static const char *const programs[] = {"/usr",	 "/bin",   "/sbin",  "/lib",
				       "/lib32", "/lib64", "/libx32"};
static const char *const libraries[] = {"/lib",	      "/lib32",	     "/lib64",
					"/libx32",    "/usr/lib",    "/usr/lib32",
					"/usr/lib64", "/usr/libx32", "/usr/local/lib"};
static const char *const files[] = {"/etc/ld.so.cache",
				    "/etc/localtime",
				    "/etc/nsswitch.conf",
				    "/etc/locale.alias",
				    "/etc/alternatives",
				    "/proc",
				    "/dev/null",
				    "/dev/zero",
				    "/dev/full",
				    "/dev/random",
				    "/dev/urandom",
				    "/dev/tty",
				    "/sys/devices/system/cpu"};
/* What names hosts and whom to trust. */
static const char *const network[] = {
	"/etc/hosts",	 "/etc/host.conf",   "/etc/resolv.conf", "/etc/gai.conf",
	"/etc/services", "/etc/protocols",   "/etc/ssl/certs",	 "/etc/ssl/openssl.cnf",
	"/etc/pki/tls",	 "/etc/pki/ca-trust"};

static const struct fx_view_link links[] = {
	{"/dev/fd", "/proc/self/fd"},	    {"/dev/ptmx", "pts/ptmx"},
	{"/dev/stdin", "/proc/self/fd/0"},  {"/dev/stdout", "/proc/self/fd/1"},
	{"/dev/stderr", "/proc/self/fd/2"},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Hosts have more or less of this; only that there is no room is told. */
static int add_all(struct fx_view *view, const char *const *path, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fx_view_add(view, FX_GRANT_ONLY, path[i]) < 0 &&
		    (errno == ENOSPC || errno == ENOMEM))
			return -1;
	}
	return 0;
}

static int add_system(const struct fx_policy *policy, struct fx_view *view)
{
	const char *const *most = policy->only_libraries ? libraries : programs;
	size_t count = policy->only_libraries ? COUNT(libraries) : COUNT(programs);

	for (size_t i = 0; i < COUNT(links); i++) {
		if (fx_view_add_link(view, links[i].path, links[i].target) < 0)
			return -1;
	}
	if (add_all(view, most, count) < 0 || add_all(view, files, COUNT(files)) < 0)
		return -1;
	return policy->net != FX_NET_NONE ? add_all(view, network, COUNT(network)) : 0;
}

/* The file that it needs besides: of a script its interpreter, else what maps its libraries. */
static bool next_file(const char *path, bool *script, char next[static PATH_MAX])
{
	char head[FX_SCRIPT_LINE_MAX];
	struct fx_script_line line;
	struct fx_elf_image image;
	struct fx_refusal unused;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t got = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
	bool found = false;

	*script = got > 2 && head[0] == '#' && head[1] == '!';
	if (*script && fx_script_line_parse(head, (size_t)got, &line) == 0) {
		snprintf(next, PATH_MAX, "%.*s", (int)line.interp_len, head + line.interp);
		found = true;
	}
	if (got <= 0 || *script) {
		if (fd >= 0)
			close(fd);
		return found;
	}
	/* What is wrong with it is told when it is loaded. */
	if (fx_elf_image_read(&image, fd, FX_ELF_PROGRAM, path, (struct fx_span){0, 0}, &unused) ==
	    0) {
		found = image.interp && strlen(image.interp) < PATH_MAX;
		if (found)
			strcpy(next, image.interp);
		fx_elf_image_close(&image);
	}
	return found;
}

static int add_program(struct fx_view *view, const char *path)
{
	char at[PATH_MAX], next[PATH_MAX];
	bool script = true;

	snprintf(at, sizeof(at), "%s", path);
	for (int depth = 0; script && depth <= FX_SCRIPT_NEST_MAX; depth++) {
		bool more;

		if (fx_view_add(view, FX_GRANT_ONLY, at) < 0)
			return errno == ENOSPC || errno == ENOMEM ? -1 : 0;
		more = next_file(at, &script, next);
		if (more && !script && fx_view_add(view, FX_GRANT_ONLY, next) < 0)
			return errno == ENOSPC || errno == ENOMEM ? -1 : 0;
		if (!more)
			return 0;
		strcpy(at, next);
	}
	return 0;
}

/* A directory that others, or other things of one's own, lie in too. */
static bool is_shared(const char *directory)
{
	const char *home = getenv("HOME");
	char real[PATH_MAX];
	struct stat st;

	if (strcmp(directory, "/") == 0 ||
	    (home && realpath(home, real) && strcmp(real, directory) == 0))
		return true;
	return stat(directory, &st) == 0 && st.st_mode & S_ISVTX;
}

static int add_own_directory(struct fx_view *view, const char *path, struct fx_refusal *why)
{
	char real[PATH_MAX];
	char *slash;

	if (!realpath(path, real))
		return 0;
	/* The system's have nothing of their own beside them. */
	if (strncmp(real, "/usr/", 5) == 0 || strncmp(real, "/bin/", 5) == 0 ||
	    strncmp(real, "/sbin/", 6) == 0)
		return 0;
	slash = strrchr(real, '/');
	slash[slash == real] = '\0';
	if (is_shared(real))
		return fx_refuse(
			why, FX_EXIT_FAILED, real,
			"would be shown with all that is in it, for the program lies there "
			"(move it to a directory of its own, or name what it needs with "
			"--only)");
	return fx_view_add(view, FX_GRANT_ONLY, real) < 0
		       ? fx_refuse(why, FX_EXIT_FAILED, real, "%s", strerror(errno))
		       : 0;
}

int fx_only_add(const struct fx_policy *policy, const char *program, struct fx_view *view,
		struct fx_refusal *why)
{
	struct fx_refusal unused;
	char path[PATH_MAX];
	bool found;

	/* It will be looked up from there. */
	if (policy->chdir && chdir(policy->chdir) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "--chdir", "%s: %s", policy->chdir,
				 strerror(errno));
	found = fx_path_lookup(program, getenv("PATH"), path, &unused) == 0;
	if (add_system(policy, view) < 0 || (found && add_program(view, path) < 0))
		return fx_refuse(why, FX_EXIT_FAILED, "--only", "%s", strerror(errno));
	return found && policy->own_directory ? add_own_directory(view, path, why) : 0;
}
