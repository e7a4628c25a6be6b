/* SPDX-License-Identifier: MIT */
#include "shim/schedule/outside.h"

#include <asm/socket.h>
#include <asm/stat.h>
#include <linux/stat.h>
#include <linux/wait.h>

#include "shim/base/config.h"
#include "shim/base/fd_kind.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/hang/timers.h"
#include "shim/schedule/pollfd.h"

#define MOST_FILES     64 /* numbers that are looked at in the beginning */
#define FAMILY_UNIX    1
#define MEMORY_DEVICES 1 /* their major number: null, zero, urandom */

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

static bool reaches(int fd)
{
	struct stat st;

	if (fd < 0 || fx_host(__NR_fstat, fd, &st) < 0 || never_waits(&st))
		return false;
	/* A child's child is nobody's that waitid(2) knows. */
	if (was_inherited(&st) || processes)
		return true;
	if (S_ISFIFO(st.st_mode))
		return false;
	return S_ISSOCK(st.st_mode) ? !is_own_socket(fd)
				    : !fx_fd_is_named(fd, "anon_inode:[eventfd]");
}

bool fx_outside_reaches(const struct fx_pollfd *fds, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (reaches(fds[i].fd))
			return true;
	return false;
}
