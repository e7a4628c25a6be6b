/* SPDX-License-Identifier: MIT */
/*
 * A name in a devpts is that of a pair which somebody holds open. So the old name is made one: of a
 * pair with that number, on whose place the terminal is then laid. The numbers below are free
 * again.
 */
#include "loader/confine/terminals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "loader/confine/degrade.h"
#include "loader/confine/new_file_system.h"
#include "loader/descriptors.h"
#include "loader/exit_status.h"

#define DEVPTS "/dev/pts"
/* Of Linux, for the sides of pairs that programs are started on. */
#define MAJOR_FIRST 136
#define MAJOR_LAST  143
#define MINORS	    256
/* With a higher number it has no name inside: all below would be open for a moment. */
#define NUMBER_HIGHEST 250

/* Attached to nothing yet; -1 and errno. */
static int make_devpts(void)
{
	static const struct fx_file_system_option options[] = {{"ptmxmode", "0666"},
							       {"mode", "0620"}};

	return fx_new_file_system("devpts", options, 2, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
}

/* The number of the first of the standard descriptors that is a terminal with a name there, or -1.
 */
static int own_number(char path[static PATH_MAX])
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		struct stat st, named;
		int number;

		if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || major(st.st_rdev) < MAJOR_FIRST ||
		    major(st.st_rdev) > MAJOR_LAST)
			continue;
		number = (int)((major(st.st_rdev) - MAJOR_FIRST) * MINORS + minor(st.st_rdev));
		snprintf(path, PATH_MAX, DEVPTS "/%d", number);
		if (stat(path, &named) == 0 && named.st_dev == st.st_dev &&
		    named.st_ino == st.st_ino)
			return number;
	}
	return -1;
}

/* The master side of the pair with that number; -1 if there can be none. */
static int reserve(int pts, int number)
{
	int below[NUMBER_HIGHEST];
	int count = 0, master, got;

	for (;;) {
		master = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (master < 0 || ioctl(master, TIOCGPTN, &got) < 0 || got >= number ||
		    count == NUMBER_HIGHEST)
			break;
		below[count++] = master;
	}
	while (count > 0)
		close(below[--count]);
	if (master >= 0 && got != number) {
		close(master);
		master = -1;
	}
	return master;
}

static int add_own(const struct fx_config *config, struct fx_view *view)
{
	char path[PATH_MAX];
	int number = own_number(path);
	int master = number < 0 || number > NUMBER_HIGHEST ? -1 : reserve(view->devpts, number);

	if (master < 0)
		return 0;
	if (fx_descriptors_keep(config, FX_FD_TERMINAL, master) < 0)
		return -1;
	return fx_view_add(view, FX_GRANT_ONLY, path);
}

int fx_terminals_add(const struct fx_policy *policy, const struct fx_config *config,
		     struct fx_view *view, struct fx_refusal *why)
{
	struct stat st;

	if (lstat(DEVPTS, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	view->devpts = make_devpts();
	if (view->devpts < 0)
		return fx_degrade(
			policy, why,
			"no terminals of its own (devpts: %s): your others can be read and "
			"written",
			strerror(errno));
	if (add_own(config, view) < 0 || fx_view_add(view, FX_GRANT_DEVPTS, DEVPTS) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, DEVPTS, "%s", strerror(errno));
	return 0;
}
