/* SPDX-License-Identifier: MIT */
#include "loader/descriptors.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/output.h"
#include "shim/audit_table.h"

/* Above what programs use, below the usual soft limit of 1024: where they cannot be above it. */
#define BASE_HIGHEST 1008
#define BASE_STEP    16
/* A process that has one higher than this costs too much to copy (ADR 29). */
#define TABLE_MOST 32768
/* With fewer descriptors than this, ours would be in a program's way. */
#define LIMIT_LOWEST 64

_Static_assert(FX_FD_COUNT <= BASE_STEP, "the kept descriptors fit in one step");

/* The limit as it was and as it is, while it is lifted. */
static struct {
	struct rlimit was, is;
	bool now;
} lifted;

bool fx_descriptors_lift(int end)
{
	struct rlimit more;

	if (getrlimit(RLIMIT_NOFILE, &lifted.was) < 0)
		return false;
	if (lifted.was.rlim_cur >= (rlim_t)end)
		return true;
	more.rlim_cur = (rlim_t)end;
	more.rlim_max = lifted.was.rlim_max < more.rlim_cur ? more.rlim_cur : lifted.was.rlim_max;
	lifted.is = more;
	lifted.now = setrlimit(RLIMIT_NOFILE, &more) == 0;
	return lifted.now;
}

/* If somebody outside has set another meanwhile, that is what it is to be. */
void fx_descriptors_lower(void)
{
	struct rlimit other;

	if (lifted.now && prlimit(0, RLIMIT_NOFILE, &lifted.was, &other) == 0 &&
	    (other.rlim_cur != lifted.is.rlim_cur || other.rlim_max != lifted.is.rlim_max))
		setrlimit(RLIMIT_NOFILE, &other);
	lifted.now = false;
}

static bool range_is_free(int base)
{
	for (int fd = base; fd < base + (int)FX_FD_COUNT; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			return false;
	}
	return true;
}

/* With a privilege the hard limit, too, can be another for a moment. */
static bool can_lift(const struct rlimit *now, int end)
{
	bool can;

	if (now->rlim_max >= (rlim_t)end)
		return true;
	can = fx_descriptors_lift(end);
	fx_descriptors_lower();
	return can;
}

/* The first free range above the soft limit, if they can be put there; else -1. */
static int base_above(const struct rlimit *now, int current)
{
	int base = TABLE_MOST;

	if (now->rlim_cur < TABLE_MOST - BASE_STEP)
		base = ((int)now->rlim_cur + BASE_STEP - 1) / BASE_STEP * BASE_STEP;
	for (; base + (int)FX_FD_COUNT <= TABLE_MOST; base += BASE_STEP) {
		if (base == current || range_is_free(base))
			return can_lift(now, base + (int)FX_FD_COUNT) ? base : -1;
	}
	return -1;
}

/* The highest free range below it; what the user passed down to the guest stays where it is. */
static int base_below(const struct rlimit *now, int current)
{
	int base = BASE_HIGHEST;

	if (now->rlim_cur < LIMIT_LOWEST)
		return -1;
	if (current >= 0 && (rlim_t)(current + (int)FX_FD_COUNT) <= now->rlim_cur)
		return current;
	if (now->rlim_cur < BASE_HIGHEST + BASE_STEP)
		base = (int)now->rlim_cur - BASE_STEP;
	for (; base >= BASE_STEP; base -= BASE_STEP) {
		if (range_is_free(base))
			return base;
	}
	return -1;
}

/* `current` is where they are, or -1. -1: there is no place. */
static int best_base(int current)
{
	struct rlimit now;
	int base;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return -1;
	base = base_above(&now, current);
	return base >= 0 ? base : base_below(&now, current);
}

static int choose_base(struct fx_refusal *why)
{
	struct rlimit now;
	int base = best_base(-1);

	if (base >= 0)
		return base;
	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "RLIMIT_NOFILE", "%s", strerror(errno));
	if (now.rlim_cur < LIMIT_LOWEST)
		return fx_refuse(why, FX_EXIT_FAILED, "RLIMIT_NOFILE",
				 "%lu descriptors are too few for fxbox (ulimit -n %d)",
				 now.rlim_cur, LIMIT_LOWEST);
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

/* Never smaller, for a mapping beyond the end is a fault; what is behind it is for dumps. */
static int open_audit(void)
{
	const uint32_t layout = FX_AUDIT_LAYOUT;
	int fd = memfd_create(FX_AUDIT_NAME, MFD_ALLOW_SEALING);
	int error;

	if (fd < 0)
		return -1;
	if (set_size_beyond_limit(fd, sizeof(struct fx_audit_table)) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) == 0 &&
	    pwrite(fd, &layout, sizeof(layout), 0) == sizeof(layout))
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

/* The counter runs at one pace, through the processor's sleep as well. */
static bool is_invariant(void)
{
	const unsigned leaf = 0x80000007, invariant = 1 << 8;
	unsigned a, b, c, d = 0;

	return __get_cpuid(leaf, &a, &b, &c, &d) && d & invariant;
}

/*
 * Whether the host keeps its time by the processor's counter, on all processors and at one pace: it
 * says so, or has it from a hypervisor whose clock is that counter, scaled.
 */
static bool host_keeps_time_by_tsc(void)
{
	char name[64] = "";
	int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
		      O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, name, sizeof(name) - 1) < 0)
		name[0] = 0;
	if (fd >= 0)
		close(fd);
	return !strcmp(name, "tsc\n") || (!strcmp(name, "kvm-clock\n") && is_invariant());
}

/* What the linker says of fxbox itself: its file begins so. */
extern const char __executable_start[];

/* Headers, and the notes that tell one build from another. */
#define BEGINNING 1024

static bool begins_like_us(int fd)
{
	char text[BEGINNING];

	return pread(fd, text, sizeof(text), 0) == sizeof(text) &&
	       memcmp(text, __executable_start, sizeof(text)) == 0;
}

/* In a root without /proc by the name that fxbox was called by, if that is still fxbox. */
static int open_by_name(void)
{
	const char *name = (const char *)getauxval(AT_EXECFN);
	int readable = open(name, O_RDONLY | O_CLOEXEC), fd = -1;
	struct stat read_one, kept;

	if (readable < 0)
		return -1;
	if (begins_like_us(readable))
		fd = open(name, O_PATH);
	if (fd >= 0 && (fstat(readable, &read_one) < 0 || fstat(fd, &kept) < 0 ||
			read_one.st_dev != kept.st_dev || read_one.st_ino != kept.st_ino)) {
		close(fd);
		fd = -1;
	}
	close(readable);
	errno = fd < 0 ? ENOENT : errno;
	return fd;
}

static int open_own(void)
{
	int fd = open("/proc/self/exe", O_PATH);

	return fd < 0 && errno == ENOENT ? open_by_name() : fd;
}

static int open_all(struct fx_config *config, const char *log, struct fx_refusal *why)
{
	if (keep(config, FX_FD_REPORT, open_report()) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "stderr", "cannot be duplicated: %s",
				 strerror(errno));
	if (keep(config, FX_FD_EXE, open_own()) < 0)
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
	if (keep(config, FX_FD_SCHEDULE, dup(config->fd_base + (int)FX_FD_EXE)) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "descriptors", "%s", strerror(errno));
	if (keep(config, FX_FD_TERMINAL, dup(config->fd_base + (int)FX_FD_EXE)) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "descriptors", "%s", strerror(errno));
	config->log = log != NULL;
	if (config->trace != FX_TRACE_NONE || config->locks) {
		config->gather =
			is_regular(config->fd_base + (int)(log ? FX_FD_LOG : FX_FD_REPORT));
		config->tsc = host_keeps_time_by_tsc();
	}
	config->color = isatty(config->fd_base + (int)FX_FD_REPORT) == 1;
	return 0;
}

int fx_descriptors_open(struct fx_config *config, const char *log, struct fx_refusal *why)
{
	int result;

	config->fd_base = choose_base(why);
	if (config->fd_base < 0)
		return -1;
	fx_descriptors_lift(fx_descriptors_end(config));
	result = open_all(config, log, why);
	fx_descriptors_lower();
	return result;
}

int fx_descriptors_keep(const struct fx_config *config, enum fx_fd which, int fd)
{
	int result, error;

	fx_descriptors_lift(fx_descriptors_end(config));
	result = keep(config, which, fd);
	error = errno;
	fx_descriptors_lower();
	errno = error;
	return result;
}

/* Where no program is kept there is none to move. */
static void move_all(struct fx_config *config, int base, int *fd)
{
	for (int i = 0; i < (int)FX_FD_COUNT; i++) {
		int from = config->fd_base + i;

		if (fcntl(from, F_GETFD) < 0)
			continue;
		dup2(from, base + i);
		close(from);
		if (*fd == from)
			*fd = base + i;
	}
	config->fd_base = base;
}

void fx_descriptors_settle(struct fx_config *config, int *fd)
{
	int base = best_base(config->fd_base);

	fx_descriptors_lift((base < 0 ? config->fd_base : base) + (int)FX_FD_COUNT);
	if (base >= 0 && base != config->fd_base)
		move_all(config, base, fd);
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
