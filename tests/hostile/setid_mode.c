/* SPDX-License-Identifier: MIT */
/* Makes a file of its own, and whatever it has a descriptor of, set-user-ID or set-group-ID. */
#include "tests/hostile/hostile.h"

#define O_ONLY_TMPFILE 020000000
#define FIRST_KEPT     1008 /* of fxbox's descriptors, or 1024 */

static int made;

/* Nobody but the kernel knows which of them works. */
static bool has_mode(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_mode & (S_ISUID | S_ISGID);
}

static const char *fresh(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/setid-%d", from_runner("GRANTED"), made++);
	return path;
}

static bool by_mode(int bit)
{
	const char *path = fresh();
	int fd = (int)attempt(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT, 0700);
	bool out = false;
	struct stat st;

	out |= attempt(SYS_chmod, path, 0700 | bit) == 0 && has_mode(path);
	out |= attempt(SYS_fchmod, fd, 0700 | bit) == 0 && has_mode(path);
	out |= attempt(SYS_fchmodat, AT_FDCWD, path, 0700 | bit) == 0 && has_mode(path);
	out |= attempt(452 /* fchmodat2 */, AT_FDCWD, path, 0700 | bit, 0) == 0 && has_mode(path);
	/* fxbox's: the program's own file is one, the log another. What else is inherited is the
	 * runner's, and natively this may succeed. */
	for (int kept = FIRST_KEPT; gate && kept < FIRST_KEPT + 40; kept++)
		out |= attempt(SYS_fstat, kept, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink &&
		       attempt(SYS_fchmod, kept, 0700 | bit) == 0;
	return out;
}

static bool by_making(int bit)
{
	const char *path = fresh();
	bool out = false;
	int fd;

	out |= attempt(SYS_open, path, O_RDWR | O_CREAT, 0700 | bit) >= 0 && has_mode(path);
	path = fresh();
	out |= attempt(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT, 0700 | bit) >= 0 &&
	       has_mode(path);
	path = fresh();
	out |= attempt(SYS_creat, path, 0700 | bit) >= 0 && has_mode(path);
	path = fresh();
	out |= attempt(SYS_mknod, path, S_IFREG | 0700 | bit, 0) == 0 && has_mode(path);
	path = fresh();
	out |= attempt(SYS_mknodat, AT_FDCWD, path, S_IFREG | 0700 | bit, 0) == 0 && has_mode(path);
	path = fresh();
	fd = (int)attempt(SYS_openat, AT_FDCWD, from_runner("GRANTED"),
			  O_RDWR | O_ONLY_TMPFILE | O_DIRECTORY, 0700 | bit);
	if (fd >= 0) {
		struct stat st;

		out |= fstat(fd, &st) == 0 && st.st_mode & (S_ISUID | S_ISGID);
	}
	return out;
}

static bool by_openat2(int bit)
{
	struct {
		unsigned long flags, mode, resolve;
	} how = {O_RDWR | O_CREAT, 0700 | (unsigned long)bit, 0};
	const char *path = fresh();

	return attempt(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)) >= 0 && has_mode(path);
}

bool attack(void)
{
	bool out = false;

	umask(0);
	for (int i = 0; i < 2; i++) {
		int bit = i ? S_ISGID : S_ISUID;

		out |= by_mode(bit);
		out |= by_making(bit);
		out |= by_openat2(bit);
	}
	return out;
}
