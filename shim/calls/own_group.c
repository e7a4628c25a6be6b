/* SPDX-License-Identifier: MIT */
#include "shim/calls/own_group.h"

#include <linux/fcntl.h>

#include "shim/base/host.h"
#include "shim/base/text.h"
#include "shim/threads/thread.h"

#define NAME_AT	  19 /* in a record of getdents64 */
#define LENGTH_AT 16
#define FIRST	  1 /* number 1 of a namespace is fxbox's, which is in no group of the program's */

/* Of a leader outside the namespace. */
#define OUTSIDE 0
/* kill(-1) would be everybody. */
#define NOT_BY_NUMBER 1

/* 0 if it is none. */
static int number(const char *text)
{
	int n = 0;

	for (; *text >= '0' && *text <= '9' && n < 100000000; text++)
		n = n * 10 + (*text - '0');
	return *text ? 0 : n;
}

/* A number in another namespace's /proc is somebody else's. */
static bool proc_is_ours(const struct fx_thread *t)
{
	char self[16];
	long n = fx_host(__NR_readlink, "/proc/self", self, sizeof(self) - 1);

	if (n <= 0)
		return false;
	self[n] = 0;
	return number(self) == t->pid;
}

/* One answer of several: somebody was signalled, or the last error. */
static long both(long before, long r)
{
	return before == 0 ? 0 : r;
}

static long kill_listed(const struct fx_thread *t, const char *names, long length, int group,
			int sig, long result)
{
	for (long at = 0; at < length;) {
		int pid = number(names + at + NAME_AT);

		if (pid > 0 && pid != t->pid && (group != OUTSIDE || pid > FIRST) &&
		    fx_host(__NR_getpgid, pid) == group)
			result = both(result, fx_host(__NR_kill, pid, sig));
		at += *(const uint16_t *)(names + at + LENGTH_AT);
	}
	return result;
}

static long kill_others(const struct fx_thread *t, int group, int sig)
{
	char names[1024] __attribute__((aligned(8)));
	long fd = proc_is_ours(t)
			  ? fx_host(__NR_open, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
			  : -ENOENT;
	long n, result = -ESRCH;

	if (fd < 0)
		return result;
	while ((n = fx_host(__NR_getdents64, fd, names, sizeof(names))) > 0)
		result = kill_listed(t, names, n, group, sig, result);
	fx_host(__NR_close, fd);
	return result;
}

long fx_own_group_kill(const struct fx_thread *t, int sig)
{
	int group = (int)fx_host(__NR_getpgid, 0);

	if (group != OUTSIDE && group != NOT_BY_NUMBER)
		return fx_host(__NR_kill, -group, sig);

	long result = kill_others(t, group, sig);

	/* Last, for it may be the end. */
	return both(result, fx_host(__NR_kill, t->pid, sig));
}
