/* SPDX-License-Identifier: MIT */
/* Programs and scripts that are executed by a descriptor, and what they then find of it. */
#include <limits.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "guest-progs/guest.h"

#define AT 77 /* where descriptors are put, for their numbers show */

static char directory[] = "/tmp/guest-XXXXXX", own[PATH_MAX];
static char *const arguments[] = {"zero", "show", NULL};

static int show(char **argv)
{
	char comm[17] = "", exe[PATH_MAX] = "";
	const char *name = (const char *)getauxval(AT_EXECFN);
	int open_ones = 0;

	prctl(PR_GET_NAME, comm);
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		strcpy(exe, errno_name(errno));
	/* In a root without /proc fxbox cannot know it: limits.md. */
	if (exe[0] != '/')
		strcpy(comm, "something");
	for (int fd = 3; fd < 2000; fd++)
		open_ones += fcntl(fd, F_GETFD) >= 0;
	printf("  called %s, by %s, argv[0] %s, file %s, %d more descriptors\n", comm,
	       strncmp(name, "/tmp/", 5) == 0 ? strrchr(name, '/') : name,
	       strrchr(argv[0], '/') ? strrchr(argv[0], '/') : argv[0],
	       strrchr(exe, '/') ? strrchr(exe, '/') : exe, open_ones);
	return 0;
}

static void in_child(const char *what, int fd, const char *path, int at_flags)
{
	int status;
	pid_t pid;

	printf("%s:\n", what);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, path, arguments, environ, at_flags);
		printf("  %s, close-on-exec %d\n", errno_name(errno), fcntl(fd, F_GETFD));
		fflush(stdout);
		_exit(0);
	}
	need(waitpid(pid, &status, 0) == pid);
	if (status)
		printf("  status %#x\n", status);
}

/* Leaves it at a number that is known. */
static int put(int fd, int cloexec)
{
	need(fd >= 0 && dup3(fd, AT, cloexec ? O_CLOEXEC : 0) == AT && close(fd) == 0);
	return AT;
}

static void each_way(const char *path, int flags)
{
	in_child("open", put(open(path, flags), 0), "", AT_EMPTY_PATH);
	in_child("close-on-exec", put(open(path, flags), 1), "", AT_EMPTY_PATH);
	in_child("by /proc/self/fd", put(open(path, flags), 0), "/proc/self/fd/77", 0);
	in_child("by /proc/self/fd, close-on-exec", put(open(path, flags), 1), "/proc/self/fd/77",
		 0);
	in_child("by /dev/fd, close-on-exec", put(open(path, flags), 1), "/dev/fd/77", 0);
	in_child("without the flag", put(open(path, flags), 1), "", 0);
	close(AT);
}

static int memory_file(void)
{
	char bytes[1 << 16];
	int from = open(own, O_RDONLY | O_CLOEXEC), fd = memfd_create("of memory", MFD_CLOEXEC);
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		need(write(fd, bytes, (size_t)n) == n);
	close(from);
	return fd;
}

static void below_a_directory(void)
{
	int fd = put(open(directory, O_PATH | O_DIRECTORY), 0);

	in_child("below a directory", fd, "program", 0);
	in_child("a script below a directory", fd, "script", 0);
	in_child("a link below a directory", fd, "link", 0);
	in_child("a link, not followed", fd, "link", AT_SYMLINK_NOFOLLOW);
	in_child("a program, not followed", fd, "program", AT_SYMLINK_NOFOLLOW);
	in_child("the directory itself", fd, "", AT_EMPTY_PATH);
	in_child("the current directory", AT_FDCWD, "", AT_EMPTY_PATH);
	fd = put(open(directory, O_PATH | O_DIRECTORY), 1);
	in_child("below one that is close-on-exec", fd, "program", 0);
	in_child("a script below one that is close-on-exec", fd, "script", 0);
	in_child("a missing script below it", fd, "none", 0);
	in_child("an absolute path", fd, "/no/such/file", 0);
	close(AT);
	in_child("below nothing", AT, "program", 0);
	in_child("nothing", AT, "", AT_EMPTY_PATH);
}

static void odd_ones(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/link", directory);
	in_child("a link that was opened", put(open(path, O_PATH | O_NOFOLLOW), 0), "",
		 AT_EMPTY_PATH);
	in_child("a device", put(open("/dev/null", O_RDONLY), 0), "", AT_EMPTY_PATH);
	snprintf(path, sizeof(path), "%s/bad", directory);
	close(put(open(path, O_CREAT | O_WRONLY, 0755), 0));
	in_child("an empty file, close-on-exec", put(open(path, O_RDONLY), 1), "", AT_EMPTY_PATH);
	chmod(path, 0644);
	in_child("one without the right", put(open(path, O_RDONLY), 1), "", AT_EMPTY_PATH);
	unlink(path);
	close(AT);
}

/* Where no path leads anywhere; as root. What is linked dynamically has no interpreter there. */
static void in_an_empty_root(void)
{
	char root[80];
	int fd = put(open(own, O_RDONLY), 1), status;
	pid_t pid;

	snprintf(root, sizeof(root), "%s/root", directory);
	need(mkdir(root, 0700) == 0);
	printf("- in an empty root\n");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (chroot(root) < 0 || chdir("/") < 0)
			_exit(0);
		syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
		printf("  %s\n", errno_name(errno));
		fflush(stdout);
		_exit(0);
	}
	need(waitpid(pid, &status, 0) == pid);
	close(fd);
	rmdir(root);
}

static void whole(void)
{
	char program[80], script[80], link[80], line[PATH_MAX + 16];
	int fd;

	need(mkdtemp(directory));
	snprintf(program, sizeof(program), "%s/program", directory);
	snprintf(script, sizeof(script), "%s/script", directory);
	snprintf(link, sizeof(link), "%s/link", directory);
	snprintf(line, sizeof(line), "#!%s show\n", own);
	fd = open(script, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
	need(write(fd, line, strlen(line)) == (ssize_t)strlen(line) && close(fd) == 0);
	need(symlink(own, program) == 0 && symlink(own, link) == 0);
	printf("- a program\n");
	each_way(own, O_RDONLY);
	printf("- a program, by O_PATH\n");
	each_way(own, O_PATH);
	printf("- a script\n");
	each_way(script, O_RDONLY);
	printf("- a file of memory\n");
	in_child("close-on-exec", put(memory_file(), 1), "", AT_EMPTY_PATH);
	in_child("open, by /proc/self/fd", put(memory_file(), 0), "/proc/self/fd/77", 0);
	close(AT);
	unlink(program);
	need(rename(link, program) == 0 && symlink("program", link) == 0);
	below_a_directory();
	odd_ones();
	in_an_empty_root();
	printf("- a deleted script\n");
	fd = put(open(script, O_RDONLY), 0);
	unlink(script);
	in_child("open", fd, "", AT_EMPTY_PATH);
	unlink(program);
	unlink(link);
	rmdir(directory);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "show") == 0)
			return show(argv);
	need(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
	whole();
	return 0;
}
