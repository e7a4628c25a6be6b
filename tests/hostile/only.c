/* SPDX-License-Identifier: MIT */
/* Sees what --only does not name: OUTSIDE/secret, by whatever leads there. */
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include "tests/hostile/hostile.h"

/* Above all that fxbox keeps. */
#define DESCRIPTORS 1100
#define PROCESSES   40

static char up[256];

/* That it is there is as much as what it says. */
static bool see(long directory, const char *path)
{
	char text[8];
	struct stat st;
	long fd = attempt(SYS_openat, directory, path, O_RDONLY);

	if (fd >= 0) {
		bool whole =
			attempt(SYS_read, fd, text, 7) == 7 && memcmp(text, "secret\n", 7) == 0;

		attempt(SYS_close, fd);
		return whole;
	}
	return attempt(SYS_newfstatat, directory, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* From wherever that is: by its name there, and by the whole path below it. */
static bool see_from(long directory)
{
	const char *outside = from_runner("OUTSIDE");
	char path[8192];

	snprintf(path, sizeof(path), "%s%s/secret", up, outside + 1);
	if (see(directory, "secret") || see(directory, path) || see(directory, outside + 1))
		return true;
	snprintf(path, sizeof(path), "%s/secret", outside + 1);
	return see(directory, path);
}

static bool by_name(const char *format, long number)
{
	const char *outside = from_runner("OUTSIDE");
	char path[8192];
	size_t n;

	n = (size_t)snprintf(path, sizeof(path), format, number);
	if (n > 0)
		snprintf(path + n, sizeof(path) - n, "%s/secret", outside);
	if (see(AT_FDCWD, path))
		return true;
	snprintf(path + n, sizeof(path) - n, "/secret");
	return see(AT_FDCWD, path);
}

static bool by_descriptors(void)
{
	for (long fd = 0; fd < DESCRIPTORS; fd++) {
		struct stat st;

		/* What it was given as a file it may read. */
		if (fcntl((int)fd, F_GETFD) < 0 && !jumps)
			continue;
		if (by_name("/proc/self/fd/%ld", fd) || by_name("/proc/self/fd/%ld/..", fd) ||
		    see_from(fd))
			return true;
		if (attempt(SYS_fchdir, fd) == 0 &&
		    (see_from(AT_FDCWD) ||
		     attempt(SYS_newfstatat, AT_FDCWD, "secret", &st, 0) == 0))
			return true;
	}
	return false;
}

static bool by_process(long pid)
{
	char path[64];

	if (by_name("/proc/%ld/root", pid) || by_name("/proc/%ld/cwd", pid) ||
	    by_name("/proc/%ld/cwd/..", pid) || by_name("/proc/%ld/task/1/root", pid))
		return true;
	for (long fd = 0; fd < 80; fd++) {
		snprintf(path, sizeof(path), "/proc/%ld/fd/%ld/secret", pid, fd);
		if (see(AT_FDCWD, path))
			return true;
	}
	snprintf(path, sizeof(path), "/proc/%ld/ns/mnt", pid);

	long fd = attempt(SYS_openat, AT_FDCWD, path, O_RDONLY);

	if (fd >= 0 && attempt(SYS_setns, fd, CLONE_NEWNS) == 0 && by_name("", 0))
		return true;
	fd = attempt(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return false;
	for (long theirs = 0; theirs < 80; theirs++) {
		long got = attempt(SYS_pidfd_getfd, fd, theirs, 0);

		if (got >= 0 && see_from(got))
			return true;
	}
	attempt(SYS_close, fd);
	return false;
}

static bool by_processes(void)
{
	long parent = getppid();

	if (by_process(atol(from_runner("VICTIM"))) || (parent > 0 && by_process(parent)))
		return true;
	for (long pid = 1; pid < PROCESSES; pid++) {
		if (by_process(pid))
			return true;
	}
	return false;
}

static bool by_mounts(void)
{
	struct mount_attr plain = {.propagation = MS_SHARED};

	attempt(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS);
	attempt(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &plain, sizeof(plain));
	attempt(SYS_mount, 0, "/", 0, MS_REC | MS_SLAVE, 0);
	attempt(SYS_umount2, "/", MNT_DETACH);
	attempt(SYS_umount2, "/proc", MNT_DETACH);
	attempt(SYS_umount2, from_runner("GRANTED"), MNT_DETACH);
	attempt(SYS_pivot_root, "/", "/");
	attempt(SYS_pivot_root, "/proc", "/proc");
	attempt(SYS_mount, "/dev/vda", "/dev/shm", "ext4", MS_RDONLY, 0);
	attempt(SYS_mount, "/", "/dev/shm", 0, MS_BIND | MS_REC, 0);

	long tree = attempt(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE);

	return (tree >= 0 && see_from(tree)) || by_name("", 0) || by_name("/dev/shm", 0);
}

static bool by_chroot(void)
{
	attempt(SYS_mkdir, "/dev/shm/jail", 0755);
	attempt(SYS_chroot, "/dev/shm/jail");
	for (int i = 0; i < 40; i++)
		attempt(SYS_chdir, "..");
	attempt(SYS_chroot, ".");
	return see_from(AT_FDCWD) || by_name("", 0);
}

static bool by_openat2(void)
{
	struct open_how how = {.flags = O_PATH, .resolve = 0};
	char path[8192];

	snprintf(path, sizeof(path), "%s%s/secret", up, from_runner("OUTSIDE") + 1);
	return attempt(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)) >= 0;
}

bool attack(void)
{
	for (int i = 0; i < 40; i++)
		strcat(up, "../");
	if (by_name("", 0) || by_name("/proc/self/root", 0) || by_name("/proc/self/cwd", 0) ||
	    by_name("/proc/thread-self/root", 0) || see_from(AT_FDCWD) || by_openat2())
		return true;
	return by_descriptors() || by_processes() || by_chroot() || by_mounts();
}
