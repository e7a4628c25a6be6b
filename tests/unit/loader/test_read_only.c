/* SPDX-License-Identifier: MIT */
/* What the program that parses strangers' files can do once it has given up all but reading. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/report/read_only.h"

#define NOT_CONFINED 255

static char place[] = "/tmp/read_only_XXXXXX";
static char file[64];

static long executable_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -1 : 0;
}

static long made_executable(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long execute(void)
{
	char *const argv[] = {"true", NULL};

	return execv("/bin/true", argv);
}

/* Each is one thing that is to fail: its name, and what is tried. */
#define HARM                                                                                       \
	X(open_for_writing, open(file, O_WRONLY))                                                  \
	X(open_for_both, open(file, O_RDWR))                                                       \
	X(empty, open(file, O_RDONLY | O_TRUNC))                                                   \
	X(create, open("other", O_RDONLY | O_CREAT, 0600))                                         \
	X(temporary, open(place, O_TMPFILE | O_RDWR, 0600))                                        \
	X(open_how, syscall(SYS_openat2, AT_FDCWD, file, (uint64_t[]){O_WRONLY, 0, 0}, 24))        \
	X(creat, syscall(SYS_creat, file, 0600))                                                   \
	X(truncate, truncate(file, 0))                                                             \
	X(unlink, unlink(file))                                                                    \
	X(rename, rename(file, "other"))                                                           \
	X(link, link(file, "other"))                                                               \
	X(symlink, symlink(file, "other"))                                                         \
	X(mkdir, mkdir("other", 0700))                                                             \
	X(chmod, chmod(file, 0777))                                                                \
	X(fork, syscall(SYS_fork))                                                                 \
	X(clone, syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0))                                          \
	X(execute, execute())                                                                      \
	X(kill, kill(getppid(), 0))                                                                \
	X(trace, ptrace(PTRACE_TRACEME, 0, 0, 0))                                                  \
	X(socket, socket(AF_UNIX, SOCK_STREAM, 0))                                                 \
	X(executable_memory, executable_memory())                                                  \
	X(made_executable, made_executable())                                                      \
	X(give_away, fcntl(0, F_SETOWN, 1))                                                        \
	X(type_into_the_terminal, syscall(SYS_ioctl, 0, 0x5412, "x"))                              \
	X(chdir, chdir("/"))                                                                       \
	X(filter, syscall(SYS_seccomp, 0, 0, 0))

#define X(name, what) TO_##name,
enum harm { HARM };
#undef X

#define X(name, what) #name,
static const char *const harm_name[] = {HARM};
#undef X

static long harm(enum harm h)
{
#define X(name, what)                                                                              \
	case TO_##name:                                                                            \
		return what;
	switch (h) {
		HARM
	}
#undef X
	return 0;
}

#define COUNT (int)(sizeof(harm_name) / sizeof(harm_name[0]))

/* What a child that is confined, or not, gets from `tried`: 0 or the errno. */
static int of_child(long (*tried)(int), int which, bool confined)
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (confined && !fx_read_only("test"))
			_exit(NOT_CONFINED);
		_exit(tried(which) < 0 ? errno : 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static long do_harm(int which)
{
	return harm((enum harm)which);
}

static void setup(void)
{
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(place));
	ck_assert_int_eq(chdir(place), 0);
	snprintf(file, sizeof(file), "%s/file", place);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "text", 4), 4);
	close(fd);
}

static void teardown(void)
{
	unlink(file);
	rmdir(place);
}

START_TEST(harm_is_refused)
{
	int refused = of_child(do_harm, _i, true);

	ck_assert_int_ne(refused, NOT_CONFINED);
	ck_assert_msg(refused == EPERM, "%s: %s", harm_name[_i], strerror(refused));
}
END_TEST

/* Without the filter most of it works: the test would notice if nothing were tried. */
START_TEST(without_it_files_can_be_changed)
{
	ck_assert_int_eq(of_child(do_harm, TO_open_for_writing, false), 0);
	ck_assert_int_eq(of_child(do_harm, TO_executable_memory, false), 0);
	ck_assert_int_eq(of_child(do_harm, TO_socket, false), 0);
	ck_assert_int_eq(of_child(do_harm, TO_unlink, false), 0);
}
END_TEST

static long read_it(int unused)
{
	char text[4];
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	void *memory = malloc(1 << 24);

	(void)unused;
	if (!memory || fd < 0 || fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_END) != 4 ||
	    pread(fd, text, 4, 0) != 4 || memcmp(text, "text", 4) != 0 ||
	    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		return -1;
	free(memory);
	return close(fd);
}

START_TEST(reading_works)
{
	ck_assert_int_eq(of_child(read_it, 0, true), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("read_only");
	TCase *tc = tcase_create("read_only");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, harm_is_refused, 0, COUNT);
	tcase_add_test(tc, without_it_files_can_be_changed);
	tcase_add_test(tc, reading_works);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
