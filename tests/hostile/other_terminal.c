/* SPDX-License-Identifier: MIT */
/* Takes what is typed into another terminal of the user's, or the terminal itself. */
#include <sys/ioctl.h>
#include "tests/hostile/hostile.h"

#define DEVICE_FIRST (136 << 8)

static bool take(const char *path)
{
	long fd = attempt(SYS_openat, AT_FDCWD, path, O_RDWR | O_NOCTTY | O_NONBLOCK);
	char text[16];

	if (fd < 0)
		fd = attempt(SYS_openat, AT_FDCWD, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return false;

	bool typed =
		attempt(SYS_read, fd, text, sizeof(text)) >= 6 && memcmp(text, "secret", 6) == 0;

	attempt(SYS_close, fd);
	return typed;
}

static bool by_number(long number)
{
	static const char *const ways[] = {"/dev/pts/%ld", "/proc/self/root/dev/pts/%ld",
					   "/dev/../dev/pts/%ld", "/proc/1/root/dev/pts/%ld"};
	char path[256];

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		snprintf(path, sizeof(path), ways[i], number);
		if (take(path))
			return true;
	}
	/* A device of one's own with that number. */
	snprintf(path, sizeof(path), "%s/terminal", from_runner("GRANTED"));
	if (attempt(SYS_mknodat, AT_FDCWD, path, S_IFCHR | 0600, DEVICE_FIRST | number) < 0)
		return false;
	return take(path);
}

bool attack(void)
{
	const char *other = from_runner("TERMINAL");
	char path[256];

	if (take(other) || by_number(atol(strrchr(other, '/') + 1)))
		return true;
	for (int fd = 0; fd < 16; fd++) {
		snprintf(path, sizeof(path), "/proc/%s/fd/%d", from_runner("VICTIM"), fd);
		if (take(path))
			return true;
	}
	for (long number = 0; number < 64; number++) {
		if (by_number(number))
			return true;
	}
	return take("/dev/console") || take("/dev/tty");
}
