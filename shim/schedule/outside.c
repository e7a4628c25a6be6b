/* SPDX-License-Identifier: MIT */
#include "shim/schedule/outside.h"

#include <asm/socket.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/wait.h>

#include "shim/base/config.h"
#include "shim/base/fd_kind.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/hang/timers.h"
#include "shim/schedule/pollfd.h"

#define MOST_FILES     64 /* numbers that are looked at in the beginning */
#define FAMILY_UNIX    1
#define MEMORY_DEVICES 1 /* their major number: null, zero, urandom */
#define DEEPEST_EPOLL  5 /* as Linux has it */
#define EPOLL_TEXT     4096

static struct {
	uint64_t device, inode; /* 0: none */
} inherited[MOST_FILES];

static bool processes, timers;

void fx_outside_init(void)
{
	memset(inherited, 0, sizeof(inherited));
	for (int fd = 0; fd < MOST_FILES; fd++) {
		struct stat st;

		if (fx_fd_kept(fd) || fx_host(__NR_fstat, fd, &st) < 0)
			continue;
		inherited[fd].device = st.st_dev;
		inherited[fd].inode = st.st_ino;
	}
	processes = timers = false;
}

void fx_outside_process_made(void)
{
	processes = true;
}

bool fx_outside_processes(void)
{
	char info[128];

	return processes && fx_host(__NR_waitid, P_ALL, 0, info,
				    WNOHANG | WNOWAIT | WEXITED | __WALL, 0) != -ECHILD;
}

void fx_outside_timer_set(void)
{
	timers = true;
}

bool fx_outside_timers(void)
{
	return timers && fx_timers_armed();
}

static bool was_inherited(const struct stat *st)
{
	for (unsigned i = 0; i < MOST_FILES; i++)
		if (inherited[i].inode == st->st_ino && inherited[i].device == st->st_dev)
			return true;
	return false;
}

/* Connected within the process, as both ends of socketpair(2) are. */
static bool is_own_socket(int fd)
{
	struct {
		int32_t pid;
		uint32_t uid, gid;
	} peer = {0, 0, 0};
	uint32_t size = sizeof(peer);
	int domain = 0;
	uint32_t domain_size = sizeof(domain);

	return fx_host(__NR_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_size) == 0 &&
	       domain == FAMILY_UNIX &&
	       fx_host(__NR_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       peer.pid == (int32_t)fx_host(__NR_getpid);
}

/* Files and the devices of memory are always ready. */
static bool never_waits(const struct stat *st)
{
	return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) || S_ISBLK(st->st_mode) ||
	       (S_ISCHR(st->st_mode) && (st->st_rdev >> 8 & 0xfff) == MEMORY_DEVICES);
}

static bool reaches(int fd, unsigned deep);

/* A number behind a word of a line; false: it has none. */
static bool number_behind(const char *line, const char *end, const char *word, uint64_t base,
			  uint64_t *value)
{
	const size_t length = fx_strlen(word);

	while (line + length < end && memcmp(line, word, length) != 0)
		line++;
	if (line + length >= end)
		return false;
	for (line += length; line < end && *line == ' ';)
		line++;
	*value = 0;
	for (; line < end && *line != ' '; line++) {
		const char c = *line;
		const uint64_t digit = c >= '0' && c <= '9'   ? (uint64_t)(c - '0')
				       : c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a' + 10)
							      : base;

		if (digit >= base)
			return false;
		*value = *value * base + digit;
	}
	return true;
}

/*
 * One of those that an epoll descriptor waits for, as /proc tells. Its number may be another file's
 * by now.
 */
static bool member_reaches(const char *line, const char *end, unsigned deep)
{
	uint64_t fd, inode;
	struct stat st;

	return !number_behind(line, end, "tfd:", 10, &fd) ||
	       !number_behind(line, end, " ino:", 16, &inode) ||
	       fx_host(__NR_fstat, (int)fd, &st) < 0 || st.st_ino != inode ||
	       reaches((int)fd, deep);
}

/* Whether one of those that it waits for does; also if that is not known. */
static bool epoll_reaches(int fd, unsigned deep)
{
	char path[64], text[EPOLL_TEXT];
	struct fx_text x;
	long in, n;

	fx_text_init(&x, path, sizeof(path));
	fx_text_put(&x, "/proc/thread-self/fdinfo/");
	fx_text_dec(&x, fd);
	in = fx_host(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (in < 0)
		return true;
	n = fx_host(__NR_read, in, text, sizeof(text));
	fx_host(__NR_close, in);
	if (n < 0 || n == sizeof(text))
		return true;
	for (long begin = 0, end; begin < n; begin = end + 1) {
		for (end = begin; end < n && text[end] != '\n';)
			end++;
		if (end - begin > 4 && memcmp(text + begin, "tfd:", 4) == 0 &&
		    member_reaches(text + begin, text + end, deep))
			return true;
	}
	return false;
}

static bool reaches(int fd, unsigned deep)
{
	struct stat st;

	if (fd < 0 || fx_host(__NR_fstat, fd, &st) < 0 || never_waits(&st))
		return false;
	/* A child's child is nobody's that waitid(2) knows. */
	if (was_inherited(&st) || processes)
		return true;
	if (S_ISFIFO(st.st_mode))
		return false;
	if (S_ISSOCK(st.st_mode))
		return !is_own_socket(fd);
	if (fx_fd_is_named(fd, "anon_inode:[eventpoll]"))
		return deep == 0 || epoll_reaches(fd, deep - 1);
	return !fx_fd_is_named(fd, "anon_inode:[eventfd]");
}

bool fx_outside_reaches(const struct fx_pollfd *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (reaches(fds[i].fd, DEEPEST_EPOLL))
			return true;
	return false;
}
