/* SPDX-License-Identifier: MIT */
#include "loader/confine/confine.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/confine/capabilities.h"
#include "loader/confine/cgroup.h"
#include "loader/confine/degrade.h"
#include "loader/confine/inherited.h"
#include "loader/confine/landlock.h"
#include "loader/confine/mounts.h"
#include "loader/confine/namespaces.h"
#include "loader/confine/only.h"
#include "loader/confine/outside_mounts.h"
#include "loader/confine/rlimits.h"
#include "loader/confine/supervise.h"
#include "loader/confine/terminals.h"
#include "loader/confine/view.h"
#include "loader/exit_status.h"
#include "loader/path_below.h"

static const char *const kind_option[FX_GRANT_KINDS] = {
	[FX_GRANT_ONLY] = "--only", [FX_GRANT_TMPFS] = "--tmp", [FX_GRANT_RW] = "--rw",
	[FX_GRANT_RO] = "--ro",	    [FX_GRANT_HIDE] = "--hide", [FX_GRANT_UNIX] = "--unix",
};

/* Where there is no such directory, nobody misses a private one. */
static int add_private(struct fx_view *view, const char *path, struct fx_refusal *why)
{
	struct stat st;

	if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	return fx_view_add(view, FX_GRANT_TMPFS, path) < 0
		       ? fx_refuse(why, FX_EXIT_FAILED, path, "%s", strerror(errno))
		       : 0;
}

/*
 * Whom a socket is connected to by a path no layer here judges. So one alone is had where the
 * others are not there: not below /usr or in /proc, as --only has it, and nothing else is seen.
 */
static int check_socket(const struct fx_policy *policy, const char *path, struct fx_refusal *why)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return fx_refuse(why, FX_EXIT_FAILED, "--unix", "%s: is no socket", path);
	if (!policy->only && policy->unix_sockets == FX_UNIX_NAMED)
		return fx_refuse(why, FX_EXIT_FAILED, "--unix",
				 "%s: alone needs --only, for all other sockets are seen without "
				 "(--unix grants all)",
				 path);
	return 0;
}

/* What is judged by Landlock alone is had with it, or not at all. */
static int check_sockets(const struct fx_policy *policy, struct fx_refusal *why)
{
	int abi = fx_landlock_abi();

	if (policy->net == FX_NET_TCP && abi < FX_LANDLOCK_TCP)
		return fx_refuse(
			why, FX_EXIT_FAILED, "--net=tcp",
			"cannot be had here: needs Landlock ABI %d (Linux 6.7), this host has %d",
			FX_LANDLOCK_TCP, abi);
	if (policy->unix_sockets == FX_UNIX_NAMED && abi < FX_LANDLOCK_SCOPES &&
	    (policy->net == FX_NET_ALL || policy->net == FX_NET_TCP))
		return fx_refuse(
			why, FX_EXIT_FAILED, "--unix",
			"with a path and --net cannot be had here: abstract sockets need Landlock "
			"ABI %d (Linux 6.12), this host has %d",
			FX_LANDLOCK_SCOPES, abi);
	return 0;
}

static int resolve(const struct fx_policy *policy, struct fx_view *view, struct fx_refusal *why)
{
	for (size_t i = 0; i < policy->grants; i++) {
		const struct fx_grant *wanted = &policy->grant[i];
		const char *option = kind_option[wanted->kind];

		if (fx_view_add(view, wanted->kind, wanted->path) < 0)
			return fx_refuse(why, FX_EXIT_FAILED, option, "%s: %s", wanted->path,
					 strerror(errno));
		if (wanted->kind == FX_GRANT_UNIX && check_socket(policy, wanted->path, why) < 0)
			return -1;
		if (wanted->kind == FX_GRANT_HIDE &&
		    strcmp(view->grant[view->grants - 1].path, "/proc") == 0)
			return fx_refuse(
				why, FX_EXIT_FAILED, option,
				"/proc cannot be hidden, for fxbox needs it (--isolate shows no "
				"process outside in it)");
		if (strcmp(view->grant[view->grants - 1].path, "/") != 0)
			continue;
		if (wanted->kind == FX_GRANT_HIDE)
			return fx_refuse(why, FX_EXIT_FAILED, option, "/ cannot be hidden");
		if (policy->only)
			return fx_refuse(why, FX_EXIT_FAILED, option,
					 "/ is everything, of which --only is to show a part");
	}
	return 0;
}

/* Whether it lies below something that may be written. */
static bool below_rw(const struct fx_view *view, const char *path)
{
	for (size_t i = 0; i < view->grants; i++) {
		if (view->grant[i].kind == FX_GRANT_RW &&
		    fx_path_is_below(path, view->grant[i].path))
			return true;
	}
	return false;
}

/* Who may write there could leave the cgroup, and its limits. */
static int keep_from_cgroups(void *context, const char *place)
{
	struct fx_view *view = context;

	return below_rw(view, place) ? fx_view_add(view, FX_GRANT_RO, place) : 0;
}

/*
 * Without a mount namespace Landlock has only what may be written, and cannot take away: what
 * was to be kept from the program by name is not given to it without a word.
 */
static int without_mounts(const struct fx_policy *policy, const struct fx_view *view,
			  struct fx_refusal *why)
{
	static const char needs[] = "needs a mount namespace, which cannot be had here";

	if (policy->only)
		return fx_refuse(why, FX_EXIT_FAILED, "--only", "%s", needs);
	for (size_t i = 0; i < view->grants; i++) {
		const struct fx_grant *grant = &view->grant[i];

		if (grant->kind == FX_GRANT_HIDE ||
		    (grant->kind == FX_GRANT_RO && below_rw(view, grant->path)))
			return fx_refuse(why, FX_EXIT_FAILED, kind_option[grant->kind], "%s: %s",
					 grant->path, needs);
	}
	return policy->tmp ? fx_refuse(why, FX_EXIT_FAILED, "--tmp", "%s", needs) : 0;
}

static int build_mounts(const struct fx_policy *policy, const struct fx_config *config,
			struct fx_view *view, bool pids, struct fx_refusal *why)
{
	bool proc = pids;

	if (add_private(view, "/dev/shm", why) < 0 ||
	    fx_terminals_add(policy, config, view, why) < 0 ||
	    (policy->tmp && add_private(view, "/tmp", why) < 0))
		return -1;
	fx_view_sort(view);
	if (fx_mounts_build(view, policy->only, &proc, why) < 0)
		return -1;
	/* By whose number a program looks for itself, and finds another. */
	if (pids && !proc && policy->copies)
		return fx_refuse(why, FX_EXIT_FAILED, "--copies", "no /proc of its own");
	if (pids && !proc)
		return fx_degrade(policy, why, "/proc shows the processes outside too");
	return 0;
}

/* As it is inside: what was mounted since does not move those who stand below. */
static int enter_directory(const struct fx_policy *policy, const char *old, struct fx_refusal *why)
{
	bool there = old && chdir(old) == 0;

	if (!there && chdir("/") < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "/", "%s", strerror(errno));
	if (policy->chdir && chdir(policy->chdir) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "--chdir", "%s: %s", policy->chdir,
				 strerror(errno));
	if (!there && !policy->chdir)
		dprintf(STDERR_FILENO,
			"fxbox: the current directory is not there inside; it is / now\n");
	return 0;
}

static int restrict_files(const struct fx_policy *policy, const struct fx_view *view, int made,
			  const struct fx_config *config, struct fx_refusal *why)
{
	int abi = fx_landlock_abi();
	bool alone = !(made & CLONE_NEWPID);

	if (abi == 0 && !(made & CLONE_NEWNS))
		return fx_refuse(why, FX_EXIT_FAILED, "confinement",
				 "this host has neither namespaces nor Landlock for it "
				 "(--no-confine runs without)");
	if (abi == 0 &&
	    fx_degrade(policy, why,
		       "no Landlock: devices, FIFOs, files behind inherited descriptors%s can be "
		       "reached as you can",
		       alone ? ", and other processes by signals," : "") < 0)
		return -1;
	if (abi > 0 && abi < FX_LANDLOCK_SCOPES && !alone && !(made & CLONE_NEWNET) &&
	    policy->unix_sockets != FX_UNIX_ALL &&
	    fx_degrade(policy, why,
		       "Landlock ABI %d has no scopes: with --net abstract sockets can be reached",
		       abi) < 0)
		return -1;
	if (abi > 0 && abi < FX_LANDLOCK_SCOPES && alone &&
	    fx_degrade(policy, why,
		       "Landlock ABI %d has no scopes: your other processes can be signalled%s",
		       abi, policy->unix_sockets ? "" : ", abstract sockets be reached") < 0)
		return -1;
	if (abi > 0 && abi < 3 && !(made & CLONE_NEWNS) &&
	    fx_degrade(policy, why,
		       "Landlock ABI %d does not know truncation: files that you may write can be "
		       "emptied",
		       abi) < 0)
		return -1;
	if (abi == 0)
		return 0;
	return fx_landlock_restrict(policy, view->grant, view->grants, abi,
				    config->fd_base + (int)FX_FD_EXE, why);
}

static uint8_t describe(const struct fx_policy *policy, int made)
{
	bool mounts = made & CLONE_NEWNS;

	return (uint8_t)(FX_CONFINED | (policy->net >= FX_NET_LOCAL ? FX_CONFINE_NET : 0) |
			 (policy->net == FX_NET_TCP ? FX_CONFINE_TCP : 0) |
			 (policy->unix_sockets ? FX_CONFINE_UNIX : 0) |
			 (made & CLONE_NEWIPC ? FX_CONFINE_IPC : 0) |
			 (mounts ? FX_CONFINE_MOUNTS : 0) | (policy->only ? FX_CONFINE_ONLY : 0) |
			 (mounts && fx_policy_writes(policy) ? FX_CONFINE_METADATA : 0));
}

/* An ordinary user without a mount namespace can be kept from metadata only altogether. */
static int warn_metadata(const struct fx_policy *policy, struct fx_refusal *why)
{
	if (!fx_policy_writes(policy))
		return 0;
	return fx_degrade(policy, why,
			  "without a mount namespace owners, modes, times and attributes cannot "
			  "be changed, below --rw neither");
}

static bool has_limits(const struct fx_policy *policy)
{
	return policy->limits.memory || policy->limits.tasks;
}

/* Before there are namespaces: afterwards he could have no child that sees him. */
static bool stands_outside(const struct fx_policy *policy)
{
	return policy->only || policy->with_parent || has_limits(policy);
}

/*
 * With --only somebody stands where everything is seen, to say of what was not there whether it
 * is; the same keeps the time, looks for the parent and takes the cgroup away. A PID namespace,
 * which is made later, begins with a process of its own.
 */
static int stand_outside(const struct fx_policy *policy, pid_t parent,
			 const struct fx_config *config, struct fx_refusal *why)
{
	static char place[PATH_MAX], cgroup[PATH_MAX];
	const struct fx_supervision how = {.timeout_ms = policy->timeout_ms,
					   .cgroup = has_limits(policy) ? cgroup : NULL,
					   .parent = parent,
					   .tells = true,
					   .sees = policy->only};

	if (!stands_outside(policy))
		return 0;
	if (how.cgroup && (fx_cgroup_find(&policy->limits, "/proc", place, why) < 0 ||
			   fx_cgroup_make(&policy->limits, place, cgroup, why) < 0))
		return -1;
	if (fx_supervise(&how, config, why) < 0) {
		if (how.cgroup)
			rmdir(cgroup);
		return -1;
	}
	return how.cgroup ? fx_cgroup_enter(cgroup, why) : 0;
}

static int supervise(const struct fx_policy *policy, const struct fx_config *config, int made,
		     struct fx_refusal *why)
{
	const bool alone = !stands_outside(policy);
	const struct fx_supervision how = {
		.pid_namespace = made & CLONE_NEWPID,
		.timeout_ms = alone ? policy->timeout_ms : 0,
		.tells = alone,
		.copies =
			alone && !policy->timeout_ms && (made & CLONE_NEWPID) ? policy->copies : 0,
		.tmp = policy->tmp && (made & CLONE_NEWNS),
	};

	return how.pid_namespace || how.timeout_ms ? fx_supervise(&how, config, why) : 0;
}

/* The directory of those who stay behind is the old root, which goes. */
static int leave_directory(const struct fx_policy *policy, struct fx_refusal *why)
{
	if (!policy->only || chdir("/") == 0)
		return 0;
	return fx_refuse(why, FX_EXIT_FAILED, "/", "%s", strerror(errno));
}

/* With whose end the run is to end; 0: nobody's. -1 with *why filled. */
static pid_t parent_of_run(const struct fx_policy *policy, pid_t parent, struct fx_refusal *why)
{
	if (policy->with_parent && parent == 0)
		return fx_refuse(why, FX_EXIT_FAILED, "--die-with-parent",
				 "the process that started fxbox is outside its PID namespace, "
				 "where its end cannot be seen (start it from a process inside)");
	return policy->with_parent ? parent : 0;
}

int fx_confine(const struct fx_policy *policy, const char *program, pid_t parent,
	       struct fx_config *config, struct fx_refusal *why)
{
	static struct fx_view view;
	char *old = getcwd(NULL, 0);
	int made = 0;

	parent = parent_of_run(policy, parent, why);
	/* Somebody outside is made early: what both then write to has to be copied. */
	if (parent < 0 || stand_outside(policy, parent, config, why) < 0 ||
	    check_sockets(policy, why) < 0 || resolve(policy, &view, why) < 0 ||
	    fx_outside_mounts_record(config, why) < 0 ||
	    (has_limits(policy) && fx_cgroup_mounts("/proc", keep_from_cgroups, &view) < 0) ||
	    (policy->only && fx_only_add(policy, program, &view, why) < 0) ||
	    fx_namespaces_enter(policy, &made, why) < 0 || leave_directory(policy, why) < 0 ||
	    supervise(policy, config, made, why) < 0)
		return -1;
	if (made & CLONE_NEWNS) {
		if (build_mounts(policy, config, &view, made & CLONE_NEWPID, why) < 0 ||
		    enter_directory(policy, old, why) < 0)
			return -1;
	} else if (without_mounts(policy, &view, why) < 0 || warn_metadata(policy, why) < 0 ||
		   enter_directory(policy, old, why) < 0) {
		return -1;
	}
	free(old);
	if (fx_inherited_look(policy, config, made & CLONE_NEWNS, why) < 0 ||
	    fx_rlimits_set(policy, why) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "no_new_privs", "%s", strerror(errno));
	if (fx_capabilities_drop(why) < 0 || restrict_files(policy, &view, made, config, why) < 0)
		return -1;
	config->confine = describe(policy, made);
	config->root_pid = getpid();
	return 0;
}
