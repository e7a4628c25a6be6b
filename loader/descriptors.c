/* SPDX-License-Identifier: MIT */
#include "loader/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/output.h"
#include "shim/audit_table.h"

/* Above what programs use, below the usual soft limit of 1024. */
#define BASE_HIGHEST 1008
#define BASE_STEP    16
/* With fewer descriptors than this, ours would be in a program's way. */
#define LIMIT_LOWEST 64

_Static_assert(FX_FD_COUNT <= BASE_STEP, "the kept descriptors fit in one step");

static bool range_is_free(int base)
{
	for (int fd = base; fd < base + FX_FD_COUNT; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			return false;
	}
	return true;
}

/* The highest free range; what the user passed down to the guest stays where it is. */
static int choose_base(struct fx_refusal *why)
{
	struct rlimit limit;
	int base = BASE_HIGHEST;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "RLIMIT_NOFILE", "%s", strerror(errno));
	if (limit.rlim_cur < LIMIT_LOWEST)
		return fx_refuse(why, FX_EXIT_FAILED, "RLIMIT_NOFILE",
				 "%lu descriptors are too few for fxbox (ulimit -n %d)",
				 limit.rlim_cur, LIMIT_LOWEST);
	if (limit.rlim_cur < BASE_HIGHEST + BASE_STEP)
		base = (int)limit.rlim_cur - BASE_STEP;
	for (; base >= BASE_STEP; base -= BASE_STEP) {
		if (range_is_free(base))
			return base;
	}
	return fx_refuse(why, FX_EXIT_FAILED, "descriptors",
			 "no %d free ones in a row (close some of the inherited ones)",
			 FX_FD_COUNT);
}

/* Moves a descriptor to its place; takes ownership. -1 and errno on failure, also if fd is -1. */
static int keep(const struct fx_config *config, enum fx_fd which, int fd)
{
	int place = config->fd_base + (int)which;

	if (fd < 0 || fd == place)
		return fd;

	int result = dup2(fd, place);
	int error = errno;

	close(fd);
	errno = error;
	return result;
}

/*
 * A limit on files counts for this one too, by a signal; the soft one is the guest's to
 * have, not ours. What cannot be had is -1, and errno.
 */
static int set_size_beyond_limit(int fd, size_t size)
{
	struct rlimit limit;
	sighandler_t before = signal(SIGXFSZ, SIG_IGN);
	int result, error;

	getrlimit(RLIMIT_FSIZE, &limit);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit.rlim_max, limit.rlim_max});
	result = ftruncate(fd, (off_t)size);
	error = errno;
	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, before);
	errno = error;
	return result;
}

/* Of its size for ever, for a mapping beyond the end is a fault. */
static int open_audit(void)
{
	int fd = memfd_create("fxbox-audit", MFD_ALLOW_SEALING);
	int error;

	if (fd < 0)
		return -1;
	if (set_size_beyond_limit(fd, sizeof(struct fx_audit_table)) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	if (error != EFBIG)
		return -1;
	dprintf(STDERR_FILENO,
		"fxbox: RLIMIT_FSIZE leaves no room for a report: what is refused is told in "
		"the log alone\n");
	/* A place is kept all the same; the shim has a table of each process then. */
	return open("/dev/null", O_RDWR);
}

/* Someone who closed stderr wants no report. */
static int open_report(void)
{
	int fd = dup(STDERR_FILENO);

	return fd >= 0 ? fd : open("/dev/null", O_WRONLY);
}

/* What is no regular file somebody reads as it comes, or others write to as well. */
static bool is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* Whether the host trusts the processor's counter, on all processors and at one pace. */
static bool host_keeps_time_by_tsc(void)
{
	static const char tsc[] = "tsc\n";
	char name[sizeof(tsc)];
	int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
		      O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, name, sizeof(name));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof(tsc) - 1 && memcmp(name, tsc, (size_t)n) == 0;
}

int fx_descriptors_open(struct fx_config *config, const char *log, struct fx_refusal *why)
{
	config->fd_base = choose_base(why);
	if (config->fd_base < 0)
		return -1;

	if (keep(config, FX_FD_REPORT, open_report()) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "stderr", "cannot be duplicated: %s",
				 strerror(errno));
	if (keep(config, FX_FD_EXE, open("/proc/self/exe", O_PATH)) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "/proc/self/exe",
				 "%s (fxbox needs /proc mounted)", strerror(errno));
	if (keep(config, FX_FD_SPARE, dup(config->fd_base + (int)FX_FD_EXE)) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "descriptors", "%s", strerror(errno));
	if (keep(config, FX_FD_AUDIT, open_audit()) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "memfd_create", "%s", strerror(errno));
	if (log && keep(config, FX_FD_LOG, fx_output_open(log, O_APPEND)) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, log, "cannot be written as the log: %s",
				 fx_output_error());
	/* All numbers are taken, so that the guest is never given one that it then may not use. */
	if (!log && keep(config, FX_FD_LOG, dup(config->fd_base + (int)FX_FD_EXE)) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "descriptors", "%s", strerror(errno));
	config->log = log != NULL;
	if (config->trace != FX_TRACE_NONE) {
		config->gather =
			is_regular(config->fd_base + (int)(log ? FX_FD_LOG : FX_FD_REPORT));
		config->tsc = host_keeps_time_by_tsc();
	}
	config->color = isatty(config->fd_base + (int)FX_FD_REPORT) == 1;
	return 0;
}

void fx_descriptors_keep_guest(const struct fx_config *config, int fd)
{
	if (keep(config, FX_FD_GUEST, fd) < 0)
		close(config->fd_base + (int)FX_FD_GUEST);
}

void fx_descriptors_restore(const struct fx_config *config)
{
	int spare = config->fd_base + (int)FX_FD_SPARE;

	if (fcntl(spare, F_GETFD) < 0)
		dup2(config->fd_base + (int)FX_FD_EXE, spare);
}
