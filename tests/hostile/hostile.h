/* SPDX-License-Identifier: MIT */
/*
 * What the hostile programs share. Each tries one way out and says at its end
 * `escaped` or `held: ERRNO`; the runner believes neither: it looks at what there
 * is to be harmed. By its first argument a program makes its calls `plain`ly,
 * so that they trap, or as a `jump` to the shim's own syscall instruction, which
 * no handler of the shim sees. Natively the two are the same.
 */
#ifndef TESTS_HOSTILE_HOSTILE_H
#define TESTS_HOSTILE_HOSTILE_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHIM 0x70000000UL

static bool jumps;
static int last_error;

/* A `syscall; ret` of fxbox's, or 0 without fxbox. */
static inline uintptr_t find_gate(void)
{
	static const unsigned char gate[] = {0x0f, 0x05, 0xc3};
	unsigned long start, end;
	char line[512], mode[8];
	uintptr_t found = 0;
	FILE *maps = fopen("/proc/self/maps", "r");

	while (maps && !found && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &start, &end, mode) != 3 || mode[2] != 'x' ||
		    start < SHIM || start > SHIM + 0x1000000)
			continue;
		found = (uintptr_t)memmem((void *)start, end - start, gate, sizeof(gate));
	}
	if (maps)
		fclose(maps);
	return found;
}

/* Opens for writing at one site, which becomes a busy one; without the C library, which has its own
 * behind FS. */
__attribute__((noinline, unused, optimize("no-stack-protector"))) static long
open_here(const char *path)
{
	register long r10 __asm__("r10") = 0;
	long result;

	__asm__ volatile("movl $257, %%eax\n\tsyscall"
			 : "=a"(result)
			 : "D"(AT_FDCWD), "S"(path), "d"(O_WRONLY | O_APPEND), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

static uintptr_t gate;

static inline long raw(uintptr_t at, long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	if (at)
		__asm__ volatile("lea -128(%%rsp), %%rsp; call *%[at]; lea 128(%%rsp), %%rsp"
				 : "=a"(result)
				 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
				   "r"(r9), [at] "r"(at)
				 : "rcx", "r11", "memory");
	else
		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
				 : "rcx", "r11", "memory");
	return result;
}

/* A system call in the chosen way; a negative errno is also kept for the verdict. */
#define attempt(...) attempt_(LONGS(__VA_ARGS__, 0, 0, 0, 0, 0, 0))
#define LONGS(n, a, b, c, d, e, f, ...)                                                            \
	(long)(n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)

static inline long attempt_(long nr, long a, long b, long c, long d, long e, long f)
{
	long result = raw(jumps ? gate : 0, nr, a, b, c, d, e, f);

	if (result < 0 && result > -4096)
		last_error = (int)-result;
	return result;
}

static inline const char *from_runner(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		printf("%s is not set\n", name);
		exit(99);
	}
	return value;
}

static inline _Noreturn void verdict(bool escaped)
{
	if (escaped)
		printf("escaped\n");
	else
		printf("held: %s\n", last_error ? strerrorname_np(last_error) : "nothing");
	fflush(stdout);
	_exit(escaped);
}

static inline long open_target(int flags)
{
	return attempt(SYS_openat, AT_FDCWD, from_runner("TARGET"), flags, 0644);
}

/* The commonest harm. */
static inline bool write_target(void)
{
	long fd = open_target(O_WRONLY | O_APPEND);

	return fd >= 0 && attempt(SYS_write, fd, "harmed\n", 7) == 7;
}

bool attack(void);

int main(int argc, char **argv)
{
	jumps = argc > 1 && strcmp(argv[1], "jump") == 0;
	if (jumps)
		gate = find_gate();
	verdict(attack());
}

#endif
