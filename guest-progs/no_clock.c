/* SPDX-License-Identifier: MIT */
/*
 * no_clock vdso|tsc: a program that has no vDSO any more, or that has forbidden itself to read
 * the processor's counter, goes on making system calls.
 */
#include <linux/futex.h>
#include <linux/prctl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "guest-progs/guest.h"

static sigjmp_buf after;

static void unmap(const char *name)
{
	unsigned long start, end;
	char line[256], found[64];
	FILE *maps = fopen("/proc/self/maps", "r");
	int unmapped = 0;

	need(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %63s", &start, &end, found) == 3 &&
		    strcmp(found, name) == 0)
			unmapped = munmap((void *)start, end - start) == 0;
	fclose(maps);
	printf("%s: %s\n", name, unmapped ? "unmapped" : "not there");
}

static void on_fault(int sig)
{
	siglongjmp(after, sig);
}

static void forbid_counter(void)
{
	struct sigaction action = {.sa_handler = on_fault};

	sigaction(SIGSEGV, &action, NULL);
	say("prctl", prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
	if (sigsetjmp(after, 1) == 0)
		__builtin_ia32_rdtsc();
	else
		printf("the counter cannot be read\n");
}

int main(int argc, char **argv)
{
	uint32_t word = 0;

	need(argc == 2);
	if (strcmp(argv[1], "tsc") == 0) {
		forbid_counter();
	} else {
		unmap("[vdso]");
		unmap("[vvar]");
	}
	for (int i = 1; i <= 100; i++)
		need(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, i, NULL, NULL, 0) == 0);
	if (fork() == 0)
		_exit(3);
	printf("%ld\n", (long)(wait(NULL) > 0));
	return 0;
}
