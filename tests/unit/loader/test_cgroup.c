/* SPDX-License-Identifier: MIT */
/*
 * Where the cgroup of a run is made, and what is written there: on trees of ordinary files, and, if
 * this host has any cgroup of version 2 that can be had, on one.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/confine/cgroup.h"

static char top[] = "/tmp/fxbox-cgroup-XXXXXX";
static char proc[PATH_MAX];
static struct fx_refusal why;
static const struct fx_cgroup_limits both = {.memory = 1 << 20, .tasks = 7};

static void put(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	for (char *slash = strchr(path + strlen(top) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static const char *get(const char *name)
{
	static char text[1024];
	char path[PATH_MAX];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s", path);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

/* The root of the mount as proc(5) writes it, and the own cgroup. */
static void put_proc(const char *root, const char *own)
{
	char text[2 * PATH_MAX];

	snprintf(text, sizeof(text),
		 "21 1 0:20 / /proc rw - proc proc rw\n"
		 "25 21 0:24 / /sys/fs/cgroup/pids rw shared:1 - cgroup cgroup rw,pids\n"
		 "30 21 0:26 %s %s/cg rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
		 root, top);
	put("proc/self/mountinfo", text);
	snprintf(text, sizeof(text), "8:pids:/else\n0::%s\n", own);
	put("proc/self/cgroup", text);
}

static void make(void)
{
	ck_assert_ptr_nonnull(mkdtemp(strcpy(top, "/tmp/fxbox-cgroup-XXXXXX")));
	snprintf(proc, sizeof(proc), "%s/proc", top);
	put_proc("/", "/user/app/shell");
	put("cg/cgroup.subtree_control", "cpu memory pids\n");
	put("cg/user/cgroup.subtree_control", "memory pids\n");
	put("cg/user/app/cgroup.subtree_control", "pids\n");
	put("cg/user/app/shell/cgroup.subtree_control", "");
}

static int forget(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void clear(void)
{
	nftw(top, forget, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *found(const struct fx_cgroup_limits *limits)
{
	static char place[PATH_MAX];

	if (fx_cgroup_find(limits, proc, place, &why) < 0)
		return why.line;
	ck_assert_int_eq(strncmp(place, top, strlen(top)), 0);
	return place + strlen(top);
}

START_TEST(the_nearest_that_hands_its_controllers_on_is_found)
{
	const struct fx_cgroup_limits tasks = {.tasks = 1}, memory = {.memory = 1};

	ck_assert_str_eq(found(&tasks), "/cg/user/app");
	ck_assert_str_eq(found(&memory), "/cg/user");
	ck_assert_str_eq(found(&both), "/cg/user");
	put("cg/user/cgroup.subtree_control", "memoryless pids\n");
	ck_assert_str_eq(found(&both), "/cg");
	put("cg/user/app/shell/cgroup.subtree_control", "pids memory\n");
	ck_assert_str_eq(found(&both), "/cg/user/app/shell");
	put_proc("/", "/");
	ck_assert_str_eq(found(&both), "/cg");
	/* A part of the tree alone is mounted. */
	put_proc("/user", "/user/app/shell");
	put("cg/app/shell/cgroup.subtree_control", "memory pids\n");
	ck_assert_str_eq(found(&both), "/cg/app/shell");
}
END_TEST

START_TEST(where_there_is_none_that_is_said)
{
	char own[PATH_MAX];

	put("cg/cgroup.subtree_control", "cpu\n");
	put("cg/user/cgroup.subtree_control", "cpu\n");
	ck_assert_ptr_nonnull(strstr(found(&both), "is delegated with its controllers"));
	ck_assert_int_eq(strncmp(why.line, "--limit: cannot be had here: no cgroup from ", 44), 0);
	/* No version 2, none that is mounted, or not the own one. */
	put("proc/self/cgroup", "8:pids:/else\n");
	ck_assert_ptr_nonnull(strstr(found(&both), "no cgroup of version 2"));
	put_proc("/else", "/user/app/shell");
	ck_assert_ptr_nonnull(strstr(found(&both), "no cgroup of version 2"));
	put_proc("/use", "/user/app/shell");
	ck_assert_ptr_nonnull(strstr(found(&both), "no cgroup of version 2"));
	put_proc("/", "/../outside");
	ck_assert_ptr_nonnull(strstr(found(&both), "no cgroup of version 2"));
	memset(own, 'x', sizeof(own) - 1);
	own[0] = '/';
	own[sizeof(own) - 1] = '\0';
	put_proc("/", own);
	ck_assert_ptr_nonnull(strstr(found(&both), "no cgroup"));
	put("proc/self/mountinfo", "");
	ck_assert_ptr_nonnull(strstr(found(&both), "no cgroup of version 2"));
}
END_TEST

START_TEST(what_the_kernel_does_not_take_leaves_nothing)
{
	char place[PATH_MAX], path[PATH_MAX];

	/* In a directory of ordinary files nobody makes memory.max. */
	snprintf(place, sizeof(place), "%s/cg", top);
	ck_assert_int_eq(fx_cgroup_make(&both, place, path, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.line, "/memory.max: No such file"));
	ck_assert_int_eq(access(path, F_OK), -1);
	/* Somebody has that name. */
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_eq(fx_cgroup_make(&both, place, path, &why), -1);
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_eq(mkdir(strcat(path, "/full"), 0755), 0);
	ck_assert_int_eq(fx_cgroup_make(&both, place, path, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.line, ": Directory not empty"));
	ck_assert_int_eq(fx_cgroup_enter(place, &why), -1);
	ck_assert_ptr_nonnull(strstr(why.line, "/cgroup.procs: No such file"));
}
END_TEST

static int add_to(void *context, const char *place)
{
	strcat(context, place + strlen(top));
	return 0;
}

static int stop(void *context, const char *place)
{
	(void)context;
	(void)place;
	return 5;
}

START_TEST(mounts_of_version_2_are_named)
{
	char seen[PATH_MAX] = "";

	ck_assert_int_eq(fx_cgroup_mounts(proc, add_to, seen), 0);
	ck_assert_str_eq(seen, "/cg");
	ck_assert_int_eq(fx_cgroup_mounts(proc, stop, NULL), 5);
	ck_assert_int_eq(fx_cgroup_mounts("/no/such", stop, NULL), -1);
}
END_TEST

static void end(const char *name, bool tell)
{
	char path[PATH_MAX], out[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	snprintf(out, sizeof(out), "%s/out", top);
	fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ck_assert_int_ge(fd, 0);
	fx_cgroup_end(path, tell, fd);
	close(fd);
}

START_TEST(limits_that_were_reached_are_told)
{
	put("cg/run/memory.events", "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\n");
	put("cg/run/pids.events", "max 5\n");
	end("cg/run", true);
	ck_assert_ptr_nonnull(
		strstr(get("out"), "(--limit memory): processes killed by the kernel: 2\n"));
	ck_assert_ptr_nonnull(strstr(get("out"), "(--limit tasks): refused: 5\n"));
	/* In a directory of ordinary files they stay. */
	ck_assert_ptr_nonnull(
		strstr(get("out"), "/cg/run cannot be taken away: Directory not empty\n"));
	put("cg/other/keep", "");
	end("cg/run", false);
	ck_assert_ptr_null(strstr(get("out"), "limit memory"));
	end("proc/none", true);
	ck_assert_ptr_nonnull(strstr(get("out"), "/proc/none cannot be taken away: No such file"));
}
END_TEST

/* Without controllers it has no limits, but is made, entered and taken away as any other. */
START_TEST(one_of_this_hosts_is_entered_and_taken_away)
{
	const struct fx_cgroup_limits none = {0};
	char place[PATH_MAX], path[PATH_MAX];
	int status;
	pid_t pid;

	if (fx_cgroup_find(&none, "/proc", place, &why) < 0 ||
	    fx_cgroup_make(&none, place, path, &why) < 0) {
		printf("SKIP: %s: %s\n", __func__, why.line);
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(fx_cgroup_enter(path, &why) < 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	end("none", false);
	fx_cgroup_end(path, true, STDOUT_FILENO);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cgroup");
	TCase *tcase = tcase_create("cgroup");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, make, clear);
	tcase_add_test(tcase, the_nearest_that_hands_its_controllers_on_is_found);
	tcase_add_test(tcase, where_there_is_none_that_is_said);
	tcase_add_test(tcase, what_the_kernel_does_not_take_leaves_nothing);
	tcase_add_test(tcase, mounts_of_version_2_are_named);
	tcase_add_test(tcase, limits_that_were_reached_are_told);
	tcase_add_test(tcase, one_of_this_hosts_is_entered_and_taken_away);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
