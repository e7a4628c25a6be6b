/* SPDX-License-Identifier: MIT */
/*
 * A call changes none of the registers that its arguments lie in, whatever they name: descriptors
 * that fxbox keeps, and the process itself. Each is made often enough to be patched.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "guest-progs/guest.h"

#define FIRST 100 /* above what the runner leaves open */
#define TIMES 1100

static int changed;

static long call(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long x = a, y = b, z = c, r;

	__asm__ volatile("syscall"
			 : "=a"(r), "+D"(x), "+S"(y), "+d"(z), "+r"(r10)
			 : "a"(nr)
			 : "rcx", "r11", "memory");
	changed += x != a || y != b || z != c || r10 != d;
	return r;
}

int main(void)
{
	struct rlimit limit = {0, 0};
	struct stat st;
	int good = 0;

	for (int fd = FIRST; fd < TIMES; fd++) {
		good += call(SYS_fchown, fd, -1, -1, 0) == 0;
		good += call(SYS_fstat, fd, (long)&st, 0, 0) == 0;
		good += call(SYS_lseek, fd, 0, 0, 0) >= 0;
		good += call(SYS_fcntl, fd, 1 /* F_GETFD */, 0, 0) >= 0;
		good += call(SYS_openat, fd, (long)"x", 0, 0) >= 0;
	}
	printf("%d good, %d changed\n", good, changed);
	for (int i = 0; i < TIMES; i++)
		good += call(SYS_prlimit64, getpid(), RLIMIT_NOFILE, 0, (long)&limit) == 0;
	printf("%d good, %d changed\n", good, changed);
	return 0;
}
