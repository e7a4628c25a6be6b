/* SPDX-License-Identifier: MIT */
#include "loader/cmd_logs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "places.h"

/* Where fxbox itself lies, without its name; false if that cannot be told. */
static bool own_directory(char out[static PATH_MAX])
{
	ssize_t got = readlink("/proc/self/exe", out, PATH_MAX - 1);
	char *slash;

	/* In a root without /proc, what it was called by. */
	if (got < 0)
		got = snprintf(out, PATH_MAX, "%s", (const char *)getauxval(AT_EXECFN));
	if (got <= 0 || got >= PATH_MAX)
		return false;
	out[got] = '\0';
	slash = strrchr(out, '/');
	if (!slash)
		return strcpy(out, ".") != NULL;
	*slash = '\0';
	return true;
}

static void name(char path[static 2 * PATH_MAX], const char *directory, const char *below)
{
	snprintf(path, 2 * PATH_MAX, "%s/%s%sfxbox-report", directory, below, *below ? "/" : "");
}

/* Returns only if it is not there, or cannot be executed. */
static void execute(const char *directory, const char *below, char **argv)
{
	char path[2 * PATH_MAX];

	name(path, directory, below);
	execv(path, argv);
}

int fx_report_program_open(char path[static 2 * PATH_MAX])
{
	char here[PATH_MAX];
	int fd = -1;

	errno = ENOENT;
	if (own_directory(here)) {
		name(path, here, "");
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT && FX_LIBEXEC_BELOW[0]) {
			name(path, here, FX_LIBEXEC_BELOW);
			fd = open(path, O_RDONLY | O_CLOEXEC);
		}
	}
	if (fd < 0 && errno == ENOENT) {
		name(path, FX_LIBEXEC, "");
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	return fd;
}

int fx_cmd_logs(char **argv)
{
	char here[PATH_MAX];

	if (own_directory(here)) {
		execute(here, "", argv);
		if (errno == ENOENT && FX_LIBEXEC_BELOW[0])
			execute(here, FX_LIBEXEC_BELOW, argv);
	}
	if (errno == ENOENT)
		execute(FX_LIBEXEC, "", argv);
	if (errno == ENOENT)
		dprintf(STDERR_FILENO,
			"fxbox: %s: fxbox-report is neither beside fxbox nor in %s: install all of "
			"fxbox, or build it with -Dreport=true\n",
			argv[0], FX_LIBEXEC);
	else
		dprintf(STDERR_FILENO, "fxbox: %s: fxbox-report cannot be executed: %s\n", argv[0],
			strerror(errno));
	return FX_EXIT_FAILED;
}
