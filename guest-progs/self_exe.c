/* SPDX-License-Identifier: MIT */
/* /proc/self/exe is the program itself: as a link, opened, asked about, and by process ID. */
#include <elf.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include "guest-progs/guest.h"

static void follow(const char *what, const char *path, const char *own)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	need(n > 0);
	target[n] = '\0';
	printf("%s: %s\n", what, strcmp(target, own) == 0 ? "the program" : target);
}

static void same_file(const char *what, const struct stat *program, dev_t dev, ino_t ino)
{
	printf("%s: %s\n", what,
	       dev == program->st_dev && ino == program->st_ino ? "the program" : "another file");
}

static void ask(const char *own)
{
	struct stat program, st;
	struct statx x;
	struct open_how how = {.flags = O_RDONLY};
	long fd;

	need(stat(own, &program) == 0);
	need(syscall(SYS_stat, "/proc/self/exe", &st) == 0);
	same_file("stat", &program, st.st_dev, st.st_ino);
	need(fstatat(AT_FDCWD, "/proc/self/exe", &st, 0) == 0);
	same_file("fstatat", &program, st.st_dev, st.st_ino);
	need(lstat("/proc/self/exe", &st) == 0);
	printf("lstat: %s\n", S_ISLNK(st.st_mode) ? "a link" : "no link");
	need(statx(AT_FDCWD, "/proc/self/exe", 0, STATX_INO, &x) == 0);
	printf("statx: %s\n", x.stx_ino == program.st_ino ? "the program" : "another file");
	need(statx(AT_FDCWD, "/proc/self/exe", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &x) == 0);
	printf("statx, not followed: %s\n", S_ISLNK(x.stx_mode) ? "a link" : "no link");
	fd = syscall(SYS_openat2, AT_FDCWD, "/proc/self/exe", &how, sizeof(how));
	need(fd >= 0 && fstat((int)fd, &st) == 0);
	same_file("openat2", &program, st.st_dev, st.st_ino);
	how.resolve = RESOLVE_NO_MAGICLINKS;
	say("openat2 without magic links",
	    syscall(SYS_openat2, AT_FDCWD, "/proc/self/exe", &how, sizeof(how)));
	how = (struct open_how){.flags = O_RDWR};
	say("openat2 to write",
	    syscall(SYS_openat2, AT_FDCWD, "/proc/self/exe", &how, sizeof(how)));
	how = (struct open_how){.flags = O_RDONLY, .mode = 0600};
	say("openat2 with a mode",
	    syscall(SYS_openat2, AT_FDCWD, "/proc/self/exe", &how, sizeof(how)));
	say("faccessat", syscall(SYS_faccessat, AT_FDCWD, "/proc/self/exe", X_OK));
	say("faccessat2", syscall(SYS_faccessat2, AT_FDCWD, "/proc/self/exe", X_OK, AT_EACCESS));
	say("stat with a bad buffer", syscall(SYS_stat, "/proc/self/exe", 8));
}

int main(int argc, char **argv)
{
	char own[PATH_MAX], by_pid[64], magic[SELFMAG], few[5] = {0};
	int fd;

	(void)argc;
	need(realpath(argv[0], own));
	follow("readlink", "/proc/self/exe", own);
	snprintf(by_pid, sizeof(by_pid), "/proc/%d/exe", (int)getpid());
	follow("by process ID", by_pid, own);
	follow("by thread", "/proc/thread-self/exe", own);
	say("readlink, little room", readlink("/proc/self/exe", few, 4));
	printf("cut: %d\n", strncmp(few, own, 4) == 0);
	say("readlinkat", readlinkat(AT_FDCWD, "/proc/self/exe", few, 1));
	say("no room", readlink("/proc/self/exe", few, 0));
	fd = open("/proc/self/exe", O_RDONLY);
	need(fd >= 0 && read(fd, magic, sizeof(magic)) == SELFMAG);
	printf("magic %d\n", memcmp(magic, ELFMAG, SELFMAG) == 0);
	snprintf(by_pid, sizeof(by_pid), "/proc/self/fd/%d", fd);
	follow("opened", by_pid, own);
	say("open to write", open("/proc/self/exe", O_RDWR));
	say("access", syscall(SYS_access, "/proc/self/exe", X_OK));
	ask(own);
	return 0;
}
