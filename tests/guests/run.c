/* SPDX-License-Identifier: MIT */
#include "tests/guests/run.h"

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 64

static int temporary_descriptor(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	ck_assert_msg(fd >= 0, "no temporary file in /tmp");
	return fd;
}

static char *read_all(int fd, size_t *size)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char *text = malloc((size_t)end + 1);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(pread(fd, text, (size_t)end, 0), end);
	text[end] = '\0';
	*size = (size_t)end;
	return text;
}

static void child(const char *const argv[], int in, int out, int err)
{
	static const struct rlimit no_core;

	setrlimit(RLIMIT_CORE, &no_core);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	execv(argv[0], (char *const *)argv);
	_exit(120);
}

void run(struct outcome *outcome, const char *const argv[], const char *input)
{
	int in, out = temporary_descriptor(), err = temporary_descriptor();
	pid_t pid;

	if (input) {
		in = temporary_descriptor();
		ck_assert_int_eq(pwrite(in, input, strlen(input), 0), (ssize_t)strlen(input));
	} else {
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		child(argv, in, out, err);
	ck_assert_int_eq(waitpid(pid, &outcome->status, 0), pid);
	outcome->out = read_all(out, &outcome->out_size);
	outcome->err = read_all(err, &outcome->err_size);
	close(in);
	close(out);
	close(err);
	ck_assert_msg(!WIFEXITED(outcome->status) || WEXITSTATUS(outcome->status) != 120,
		      "cannot execute %s", argv[0]);
}

/* The one that is to be tested. */
static const char *fxbox(void)
{
	const char *other = getenv("FXBOX_VARIANT");

	return other ? other : FXBOX;
}

void run_shell(struct outcome *outcome, const char *line)
{
	const char *argv[] = {"/bin/bash", "-c", line, NULL};

	setenv("FXBOX", fxbox(), 1);
	setenv("GUESTS", GUESTS, 1);
	run(outcome, argv, NULL);
}

void run_in_fxbox(struct outcome *outcome, const char *const options[], const char *const argv[],
		  const char *input)
{
	const char *all[MAX_ARGS] = {fxbox(), "run", "--no-confine"};
	size_t n = 3;

	while (options && *options)
		all[n++] = *options++;
	all[n++] = "--";
	while (*argv) {
		ck_assert_uint_lt(n, MAX_ARGS - 1);
		all[n++] = *argv++;
	}
	run(outcome, all, input);
}

void outcome_free(struct outcome *outcome)
{
	free(outcome->out);
	free(outcome->err);
}

const char *guest(const char *name)
{
	static char path[PATH_MAX];

	ck_assert_int_lt(snprintf(path, sizeof(path), "%s/%s", GUESTS, name), PATH_MAX);
	return path;
}

static char *to_unlink[16];

static void unlink_all(void)
{
	for (size_t i = 0; i < sizeof(to_unlink) / sizeof(to_unlink[0]); i++) {
		if (to_unlink[i])
			unlink(to_unlink[i]);
	}
}

char *temporary_file(void)
{
	char *path = strdup("/tmp/fxbox-test-XXXXXX");
	static size_t count;
	int fd;

	ck_assert_ptr_nonnull(path);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	if (count == 0)
		atexit(unlink_all);
	ck_assert_uint_lt(count, sizeof(to_unlink) / sizeof(to_unlink[0]));
	to_unlink[count++] = strdup(path);
	return path;
}

char *read_whole(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;

	ck_assert_msg(fd >= 0, "cannot open %s", path);
	text = read_all(fd, size);
	close(fd);
	return text;
}
