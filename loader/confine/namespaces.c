/* SPDX-License-Identifier: MIT */
#include "loader/confine/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/confine/degrade.h"
#include "loader/confine/landlock.h"
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
 * in one cannot go back: so a child tries, where there is a way without. UTS, for that one is
 * cheap.
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

/* The option that there is nothing without namespaces for; NULL. */
static const char *needed_by(const struct fx_policy *policy)
{
	return policy->isolate		     ? "--isolate"
	       : policy->net == FX_NET_LOCAL ? "--net=local"
	       : policy->only		     ? "--only"
					     : NULL;
}

/* What was asked for by name is had or refused; what is there by default is made up for, or told.
 */
static int without(const struct fx_policy *policy, struct fx_refusal *why, const char *missing,
		   const char *cause)
{
	const char *named = needed_by(policy);

	if (named)
		return fx_refuse(why, FX_EXIT_FAILED, named, "cannot be had here: no %s (%s)",
				 missing, cause);
	return fx_degrade(policy, why, "no %s (%s): Landlock and seccomp alone confine the program",
			  missing, cause);
}

/* What is mounted from here on is seen by nobody outside; or the mounts stay as they are. */
static int own_mounts(const struct fx_policy *policy, int wanted, int *made, struct fx_refusal *why)
{
	*made = wanted;
	if (fx_own_root() == 0)
		return 0;
	*made = wanted & ~CLONE_NEWNS;
	return without(policy, why, "mounts of one's own", strerror(errno));
}

/* In the new one; where it fails, the host's name is shown. */
static void name_host(int made)
{
	static const char name[] = "fxbox";

	if (made & CLONE_NEWUTS && sethostname(name, sizeof(name) - 1) < 0)
		dprintf(STDERR_FILENO, "fxbox: --isolate: the host's name is shown: %s\n",
			strerror(errno));
}

static int enter(const struct fx_policy *policy, int wanted, int *made, struct fx_refusal *why)
{
	char cause[128];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (!has_mount_setattr()) {
		snprintf(cause, sizeof(cause), "mount_setattr: %s", strerror(errno));
		return without(policy, why, "namespaces", cause);
	}
	if (unshare(wanted) == 0)
		return own_mounts(policy, wanted, made, why);
	if (errno != EPERM || policy->no_userns) {
		snprintf(cause, sizeof(cause), "unshare: %s%s", strerror(errno),
			 policy->no_userns ? "; --no-userns" : "");
		return without(policy, why, "namespaces", cause);
	}
	if (!needed_by(policy) && !may_have_user_namespace())
		return without(policy, why, "user namespace", strerror(errno));
	wanted |= CLONE_NEWUSER;
	if (unshare(wanted) < 0) {
		snprintf(cause, sizeof(cause), "unshare: %s", strerror(errno));
		return without(policy, why, "namespaces", cause);
	}
	if (map_ids(uid, gid) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "user namespace",
				 "user and group numbers cannot be mapped: %s (--no-userns does "
				 "without)",
				 strerror(errno));
	return own_mounts(policy, wanted, made, why);
}

/* Any socket will do; one of AF_UNIX is had without a network too. */
static int raise_loopback(struct fx_refusal *why)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &lo);

	if (result < 0)
		fx_refuse(why, FX_EXIT_FAILED, "--net=local", "loopback cannot be had: %s",
			  strerror(errno));
	if (fd >= 0)
		close(fd);
	return result;
}

int fx_namespaces_enter(const struct fx_policy *policy, int *made, struct fx_refusal *why)
{
	int wanted = CLONE_NEWNS | CLONE_NEWIPC;
	bool pids = policy->isolate || fx_landlock_abi() < FX_LANDLOCK_SCOPES;
	bool numbers = policy->copies; /* they are given again to each copy */

	*made = 0;
	/* Where Landlock does not keep signals and abstract sockets in, these do. */
	if (pids || numbers)
		wanted |= CLONE_NEWPID;
	if (policy->net == FX_NET_LOCAL || (pids && policy->net == FX_NET_NONE))
		wanted |= CLONE_NEWNET;
	if (policy->isolate)
		wanted |= CLONE_NEWUTS;
	if (enter(policy, wanted, made, why) < 0 ||
	    (policy->net == FX_NET_LOCAL && raise_loopback(why) < 0))
		return -1;
	name_host(*made);
	return 0;
}
