/* SPDX-License-Identifier: MIT */
#include "loader/confine/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/confine/degrade.h"
#include "loader/confine/own_root.h"
#include "loader/exit_status.h"

#define PROBE_STACK 4096

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return n < 0 ? -1 : 0;
}

/* One's own number only: all that an ordinary user may map. */
static int map_ids(uid_t uid, gid_t gid)
{
	char map[64];

	snprintf(map, sizeof(map), "%u %u 1\n", uid, uid);
	if (write_text("/proc/self/setgroups", "deny") < 0 && errno != ENOENT)
		return -1;
	if (write_text("/proc/self/uid_map", map) < 0)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1\n", gid, gid);
	return write_text("/proc/self/gid_map", map);
}

static int end_at_once(void *unused)
{
	(void)unused;
	return 0;
}

/*
 * Some hosts grant a user namespace but nothing in it, and a process that is
 * in one cannot go back: so a child tries. UTS, for that one is cheap.
 */
static bool may_have_user_namespace(void)
{
	static char stack[PROBE_STACK] __attribute__((aligned(16)));
	pid_t pid = clone(end_at_once, stack + sizeof(stack),
			  CLONE_NEWUSER | CLONE_NEWUTS | CLONE_VM | CLONE_VFORK, NULL);
	int error = errno;

	if (pid < 0) {
		errno = error;
		return false;
	}
	return waitpid(pid, NULL, (int)__WCLONE) == pid;
}

/* A host without mount_setattr (before 5.12), or that refuses it, is found out before it is too
 * late. */
static bool has_mount_setattr(void)
{
	return mount_setattr(-1, "", 0, NULL, 0) < 0 && errno == EINVAL;
}

static const char *consequence(const struct fx_policy *policy)
{
	return policy->isolate ? "Landlock and seccomp alone confine the program, "
				 "and --isolate has no effect"
			       : "Landlock and seccomp alone confine the program";
}

/* What is mounted from here on is seen by nobody outside; or the mounts stay as they are. */
static int own_mounts(const struct fx_policy *policy, int wanted, int *made, struct fx_refusal *why)
{
	*made = wanted;
	if (fx_own_root() == 0)
		return 0;
	*made = wanted & ~CLONE_NEWNS;
	return fx_degrade(policy, why, "no mounts of one's own (%s): %s", strerror(errno),
			  consequence(policy));
}

int fx_namespaces_enter(const struct fx_policy *policy, int *made, struct fx_refusal *why)
{
	int wanted = CLONE_NEWNS | CLONE_NEWIPC;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	*made = 0;
	if (policy->isolate)
		wanted |= CLONE_NEWPID | CLONE_NEWUTS | (policy->net ? 0 : CLONE_NEWNET);
	if (!has_mount_setattr())
		return fx_degrade(policy, why, "no namespaces (mount_setattr: %s): %s",
				  strerror(errno), consequence(policy));
	if (unshare(wanted) == 0)
		return own_mounts(policy, wanted, made, why);
	if (errno != EPERM || policy->no_userns)
		return fx_degrade(policy, why, "no namespaces (unshare: %s%s): %s", strerror(errno),
				  policy->no_userns ? "; --no-userns" : "", consequence(policy));
	if (!may_have_user_namespace())
		return fx_degrade(policy, why, "no user namespace (%s): %s", strerror(errno),
				  consequence(policy));
	wanted |= CLONE_NEWUSER;
	if (unshare(wanted) < 0)
		return fx_degrade(policy, why, "no namespaces (unshare: %s): %s", strerror(errno),
				  consequence(policy));
	if (map_ids(uid, gid) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "user namespace",
				 "user and group numbers cannot be mapped: %s (--no-userns does "
				 "without)",
				 strerror(errno));
	return own_mounts(policy, wanted, made, why);
}
