/* SPDX-License-Identifier: MIT */
#include "shim/calls/exec_arguments.h"

#include <linux/resource.h>

#include "shim/base/host.h"
#include "shim/memory/umem.h"

/* fs/exec.c: bprm_stack_limits(), and include/uapi/linux/binfmts.h. */
#define LONGEST_STRING (32 * 4096L)
#define LEAST_IN_ALL   131072UL
#define MOST_IN_ALL    (6UL << 20)
#define PIECE	       512

static long count(uintptr_t list)
{
	uint64_t string = 1;
	long n = 0;

	for (; list; n++) {
		if (fx_umem_load64(list + 8 * (size_t)n, &string) < 0)
			return -EFAULT;
		if (!string)
			return n;
		if (n == INT32_MAX)
			return -E2BIG;
	}
	return 0;
}

/* With its NUL. */
static long string_bytes(uintptr_t string)
{
	char piece[PIECE];
	long n, before = 0;

	for (; before < LONGEST_STRING; before += PIECE - 1) {
		n = fx_umem_string(piece, string + (size_t)before, PIECE);
		if (n == -EFAULT)
			return -EFAULT;
		if (n >= 0)
			return before + n + 1 > LONGEST_STRING ? -E2BIG : before + n + 1;
	}
	return -E2BIG;
}

/* From the last to the first, as the kernel copies them. */
static long take(uintptr_t list, long n, size_t *left)
{
	while (n-- > 0) {
		uint64_t string;
		long bytes;

		if (fx_umem_load64(list + 8 * (size_t)n, &string) < 0)
			return -EFAULT;
		bytes = string_bytes(string);
		if (bytes < 0)
			return bytes;
		if ((size_t)bytes > *left)
			return -E2BIG;
		*left -= (size_t)bytes;
	}
	return 0;
}

static size_t limit(void)
{
	struct rlimit64 stack = {0, 0};
	size_t most = MOST_IN_ALL;

	if (fx_host(__NR_prlimit64, 0, RLIMIT_STACK, 0, &stack) == 0 && stack.rlim_cur / 4 < most)
		most = stack.rlim_cur / 4;
	return most < LEAST_IN_ALL ? LEAST_IN_ALL : most;
}

long fx_exec_arguments(uintptr_t argv, uintptr_t envp)
{
	size_t left = limit(), pointers;
	long arguments = count(argv), variables, r;

	if (arguments < 0)
		return arguments;
	variables = count(envp);
	if (variables < 0)
		return variables;
	pointers = ((size_t)(arguments ? arguments : 1) + (size_t)variables) * sizeof(uintptr_t);
	if (left <= pointers)
		return -E2BIG;
	left -= pointers;
	r = take(envp, variables, &left);
	return r < 0 ? r : take(argv, arguments, &left);
}
