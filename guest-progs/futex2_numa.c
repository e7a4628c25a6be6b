/* SPDX-License-Identifier: MIT */
/*
 * FUTEX2_NUMA: the node behind the word is checked, and written where it is -1.
 * On a kernel before 6.16 all is EINVAL, or ENOSYS.
 */
#include <limits.h>
#include <sys/mman.h>

#include "guest-progs/futex.h"

enum { WAITV = 449, WAKE = 454, WAIT = 455, REQUEUE = 456 };
enum { U32 = 2, NUMA = 4, MPOL = 8, PRIVATE = 128, ALL = U32 | NUMA | PRIVATE };

static uint32_t words[4] __attribute__((aligned(16)));

struct futex_word { /* struct futex_waitv */
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

static void print(const char *what, long result)
{
	int error = errno;

	/* Which node we are on is the machine's affair. */
	printf("%s: word %u, node %s, ", what, words[0],
	       words[1] == UINT_MAX ? "-1"
	       : words[1] == 0	    ? "0"
				    : "another");
	errno = error;
	say("result", result);
}

static void *waits(void *arg)
{
	pid_t *tid = arg;

	__atomic_store_n(tid, own_tid(), __ATOMIC_RELEASE);
	return (void *)syscall(WAIT, words, 0, UINT_MAX, ALL, NULL, 0);
}

int main(void)
{
	struct futex_word two[2] = {{.uaddr = (uintptr_t)words, .flags = ALL},
				    {.uaddr = (uintptr_t)(words + 2), .flags = ALL}};
	struct timespec past = {0, 0};
	pid_t tid = 0;
	pthread_t thread;
	void *result;
	uint32_t *read_only;
	long woken;

	print("wake, node 0", syscall(WAKE, words, UINT_MAX, 1, ALL));
	words[1] = UINT_MAX;
	print("wake, no node", syscall(WAKE, words, UINT_MAX, 1, ALL));
	words[1] = 1023;
	print("wake, no such node", syscall(WAKE, words, UINT_MAX, 1, ALL));
	words[1] = UINT_MAX - 1;
	print("wake, node -2", syscall(WAKE, words, UINT_MAX, 1, ALL));
	words[1] = UINT_MAX;
	print("with MPOL", syscall(WAKE, words, UINT_MAX, 1, ALL | MPOL));
	print("misaligned", syscall(WAKE, words + 1, UINT_MAX, 1, ALL));
	words[1] = UINT_MAX;
	print("wait, another value", syscall(WAIT, words, 1, UINT_MAX, ALL, NULL, 0));
	print("wait, in the past", syscall(WAIT, words, 0, UINT_MAX, ALL, &past, CLOCK_MONOTONIC));
	words[1] = 1023;
	print("wait, no such node", syscall(WAIT, words, 0, UINT_MAX, ALL, &past, CLOCK_MONOTONIC));
	print("vector, no such node", syscall(WAITV, two, 2, 0, &past, CLOCK_MONOTONIC));
	words[1] = UINT_MAX;
	words[3] = UINT_MAX;
	print("vector", syscall(WAITV, two, 2, 0, &past, CLOCK_MONOTONIC));
	print("requeue", syscall(REQUEUE, two, 0, 1, 1));
	two[0].val = 1;
	print("requeue, another value", syscall(REQUEUE, two, 0, 1, 1));
	read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("read-only, node 0", syscall(WAKE, read_only, UINT_MAX, 1, ALL));
	words[1] = 0;
	if (syscall(WAKE, words, UINT_MAX, 1, ALL) < 0)
		return 0; /* not known here */
	thread = start_thread(waits, &tid);
	await_sleep(&tid);
	while ((woken = syscall(WAKE, words, UINT_MAX, 1, ALL)) == 0)
		sched_yield();
	print("woken", woken);
	pthread_join(thread, &result);
	say("the waiter", (long)result);
	return 0;
}
