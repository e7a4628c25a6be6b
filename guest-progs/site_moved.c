/* SPDX-License-Identifier: MIT */
/*
 * System calls from one address at which one file after the other is mapped: over the last,
 * after it was unmapped, and moved there. The log is to tell the right one. Prints how many
 * calls worked.
 */
#include <stdint.h>
#include <sys/mman.h>

#include "guest-progs/guest.h"

static void *map(void *at, const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	void *code;

	need(fd >= 0 && ftruncate(fd, 4096) == 0);
	/* mov %edi, %eax; mov %rax, %rax; syscall; ret */
	need(pwrite(fd, "\x89\xf8\x48\x89\xc0\x0f\x05\xc3", 8, 0) == 8);
	code = mmap(at, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | (at ? MAP_FIXED : 0), fd, 0);
	need(code != MAP_FAILED);
	close(fd);
	return code;
}

int main(void)
{
	void *code = map(NULL, "one"), *other;
	long (*call)(long nr);
	int worked = 0;

	memcpy(&call, &code, sizeof(call));
	worked += call(SYS_getuid) >= 0;
	worked += call(SYS_getgid) >= 0;
	map(code, "two");
	worked += call(SYS_geteuid) >= 0;
	need(munmap(code, 4096) == 0);
	map(code, "three");
	worked += call(SYS_getegid) >= 0;
	other = map(NULL, "four");
	need(mremap(other, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, code) == code);
	worked += call(SYS_getppid) >= 0;
	printf("%d\n", worked);
	return 0;
}
