/* SPDX-License-Identifier: MIT */
/*
 * The file that runs, by each name that it has: it stays the same when the file is renamed,
 * replaced or deleted, and other processes find it too.
 */
#include <limits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

#include "guest-progs/guest.h"

static char directory[] = "/tmp/guest-XXXXXX", program[64];
static struct stat own;

/* Of a path, what a program could mistake for another's. */
static void show_link(const char *what, int dirfd, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, path, target, sizeof(target) - 1);

	target[n < 0 ? 0 : n] = '\0';
	printf("%s: link %s", what,
	       n < 0		      ? errno_name(errno)
	       : strrchr(target, '/') ? strrchr(target, '/')
				      : target);
}

static const char *which(const struct stat *st)
{
	return st->st_dev == own.st_dev && st->st_ino == own.st_ino ? "the program"
								    : "another file";
}

static void show_file(const char *what, int dirfd, const char *path)
{
	struct stat st;
	struct statx x;
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	printf("%s: open %s", what, fd < 0 ? errno_name(errno) : (fstat(fd, &st), which(&st)));
	close(fd);
	fd = openat(dirfd, path, O_PATH | O_CLOEXEC);
	printf(", O_PATH %s", fd < 0 ? errno_name(errno) : (fstat(fd, &st), which(&st)));
	close(fd);
	printf(", stat %s", fstatat(dirfd, path, &st, 0) < 0 ? errno_name(errno) : which(&st));
	printf(", statx %s", statx(dirfd, path, 0, STATX_INO, &x) < 0 ? errno_name(errno)
			     : x.stx_ino == own.st_ino		      ? "the program"
								      : "another file");
	printf(", access %s\n", faccessat(dirfd, path, X_OK, 0) < 0 ? errno_name(errno) : "yes");
}

static void show(const char *what, int dirfd, const char *path)
{
	show_link(what, dirfd, path);
	printf("\n");
	show_file(what, dirfd, path);
}

static void spellings(void)
{
	char path[64];
	int self = open("/proc/self", O_PATH | O_DIRECTORY), proc = open("/proc", O_RDONLY);
	int link = open("/proc/self/exe", O_PATH | O_NOFOLLOW);

	show("plain", AT_FDCWD, "/proc/self/exe");
	show("two slashes", AT_FDCWD, "/proc//self///exe");
	show("dots", AT_FDCWD, "/proc/./self/../self/exe");
	show("this thread", AT_FDCWD, "/proc/thread-self/exe");
	snprintf(path, sizeof(path), "/proc/self/task/%d/exe", own_tid());
	show("a thread", AT_FDCWD, path);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/exe", getpid(), own_tid());
	show("a thread by numbers", AT_FDCWD, path);
	show("by a directory", self, "exe");
	show("by another directory", proc, "self/exe");
	need(chdir("/proc/self") == 0);
	show("relative", AT_FDCWD, "exe");
	need(chdir("/proc") == 0);
	show("more relative", AT_FDCWD, "self/exe");
	need(chdir("/") == 0);
	show_link("the link itself, opened", link, "");
	printf("\n");
	say("with a slash behind it", open("/proc/self/exe/", O_RDONLY));
	close(self);
	close(proc);
	close(link);
}

static void by_links(void)
{
	char path[64], further[64], real[PATH_MAX];

	snprintf(path, sizeof(path), "%s/link", directory);
	snprintf(further, sizeof(further), "%s/further", directory);
	need(symlink("/proc/self/exe", path) == 0 && symlink("link", further) == 0);
	show("a link to it", AT_FDCWD, path);
	show("a link to that", AT_FDCWD, further);
	printf("real path: %d\n", realpath(further, real) && strcmp(real, program) == 0);
	unlink(path);
	unlink(further);
	/* A directory of that name, and a file. */
	snprintf(path, sizeof(path), "%s/exe", directory);
	need(mkdir(path, 0700) == 0);
	show_file("a directory called so", AT_FDCWD, path);
	rmdir(path);
}

/* Calls with a path and something else. */
static void other_calls(void)
{
	struct statfs there, here;
	char value[8];

	need(statfs("/proc/self/exe", &there) == 0 && statfs(program, &here) == 0);
	printf("file system: %d\n", there.f_type == here.f_type);
	say("chmod", chmod("/proc/self/exe", 0711));
	need(stat(program, &own) == 0);
	printf("mode %o\n", own.st_mode & 07777);
	say("fchmodat", fchmodat(AT_FDCWD, "/proc/self/exe", 0755, 0));
	say("utimensat",
	    utimensat(AT_FDCWD, "/proc/self/exe", (const struct timespec[]){{5, 0}, {7, 0}}, 0));
	need(stat(program, &own) == 0);
	printf("mode %o, time %ld\n", own.st_mode & 07777, (long)own.st_mtime);
	printf("attribute %d\n", getxattr("/proc/self/exe", "user.none", value, 8) < 0);
}

/* A child that has executed the program, one that has not, and this process's parent. */
static void other_processes(void)
{
	char path[64], byte;
	int to[2], back[2];
	pid_t pid;

	need(pipe(to) == 0 && pipe(back) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(to[0], 0);
		dup2(back[1], 1);
		close(to[1]);
		execl("/bin/cat", "cat", NULL);
		_exit(1);
	}
	need(write(to[1], "x", 1) == 1 && read(back[0], &byte, 1) == 1);
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	show("of a child that runs cat", AT_FDCWD, path);
	close(to[0]);
	close(to[1]);
	need(waitpid(pid, NULL, 0) == pid);
	show("of one that is gone", AT_FDCWD, path);
	snprintf(path, sizeof(path), "/proc/%d/exe", getpid());
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		show("of the parent", AT_FDCWD, path);
		fflush(stdout);
		_exit(0);
	}
	need(waitpid(pid, NULL, 0) == pid);
}

static void run_again(const char *what, const char *path)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execl(path, "again", "again", what, NULL);
		printf("%s: %s\n", what, errno_name(errno));
		fflush(stdout);
		_exit(1);
	}
	need(waitpid(pid, &status, 0) == pid);
}

static void moved_and_gone(const char *other)
{
	char away[80], further[64];

	snprintf(away, sizeof(away), "%s.away", program);
	snprintf(further, sizeof(further), "%s/link", directory);
	need(rename(program, away) == 0);
	show("renamed", AT_FDCWD, "/proc/self/exe");
	run_again("executed, renamed", "/proc/self/exe");
	need(symlink(other, program) == 0);
	show("replaced", AT_FDCWD, "/proc/self/exe");
	run_again("executed, replaced", "/proc/self/exe");
	need(unlink(away) == 0 && unlink(program) == 0);
	show("deleted", AT_FDCWD, "/proc/self/exe");
	run_again("executed, deleted", "/proc/self/exe");
	run_again("executed, deleted, by this thread", "/proc/thread-self/exe");
	need(symlink("/proc/self/exe", further) == 0);
	run_again("executed, deleted, by a link", further);
	unlink(further);
}

static void copy(const char *from, const char *to)
{
	char bytes[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ssize_t n;

	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		need(write(out, bytes, (size_t)n) == n);
	close(in);
	close(out);
}

int main(int argc, char **argv)
{
	char real[PATH_MAX];

	need(stat("/proc/self/exe", &own) == 0);
	if (argc > 1 && strcmp(argv[1], "again") == 0) {
		char comm[17] = "";

		prctl(PR_GET_NAME, comm);
		printf("%s: called %s\n", argv[2], comm);
		show(argv[2], AT_FDCWD, "/proc/self/exe");
		return 0;
	}
	if (argc == 1) {
		need(mkdtemp(directory) && realpath(argv[0], real));
		snprintf(program, sizeof(program), "%s/program", directory);
		copy(real, program);
		execl(program, "copied", directory, NULL);
		need(!"executed");
	}
	memcpy(directory, argv[1], sizeof(directory));
	snprintf(program, sizeof(program), "%s/program", directory);
	spellings();
	by_links();
	other_calls();
	other_processes();
	moved_and_gone("/bin/cat");
	need(rmdir(directory) == 0);
	return 0;
}
