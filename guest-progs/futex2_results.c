/* SPDX-License-Identifier: MIT */
/* futex_waitv, futex_wake, futex_wait and futex_requeue: all that is decided at once. */
#include <sys/mman.h>

#include "guest-progs/futex.h"

#define U32	2
#define PRIVATE 128

struct waiter { /* struct futex_waitv, which Debian 12's headers may lack */
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

static uint32_t word[4] __attribute__((aligned(16)));
static char *none;
static char *const misaligned = (char *)word + 1;
static void *const kernel = (void *)-4096L;
static const struct timespec zero, too_long = {0, 1000000000}, negative = {-1, 0};

static long waitv(const struct waiter *w, unsigned n, unsigned flags, const void *timeout,
		  int clock)
{
	return syscall(449, w, n, flags, timeout, clock);
}

static long wake2(const void *uaddr, unsigned long mask, int nr, unsigned flags)
{
	return syscall(454, uaddr, mask, nr, flags);
}

static long wait2(const void *uaddr, unsigned long val, unsigned long mask, unsigned flags,
		  const void *timeout, int clock)
{
	return syscall(455, uaddr, val, mask, flags, timeout, clock);
}

static struct waiter at(const void *uaddr, uint64_t val, uint32_t flags)
{
	return (struct waiter){val, (uintptr_t)uaddr, flags, 0};
}

static long requeue2(struct waiter from, struct waiter to, int nr_wake, int nr_requeue)
{
	struct waiter w[2] = {from, to};

	return syscall(456, w, 0, nr_wake, nr_requeue);
}

static void wakes(void)
{
	puts("futex_wake");
	say("nobody", wake2(word, ~0U, 1, U32 | PRIVATE));
	say("mask of 64 bits", wake2(word, ~0UL, 1, U32 | PRIVATE));
	say("empty mask", wake2(word, 0, 1, U32 | PRIVATE));
	say("count 0", wake2(word, 1, 0, U32 | PRIVATE));
	say("count -1", wake2(word, 1, -1, U32 | PRIVATE));
	say("size 8", wake2(word, 1, 1, 0));
	say("size 16", wake2(word, 1, 1, 1));
	say("size 64", wake2(word, 1, 1, 3));
	say("not private", wake2(word, 1, 1, U32));
	say("unknown flag 16", wake2(word, 1, 1, U32 | 16));
	say("unknown flag 256", wake2(word, 1, 1, U32 | 256));
	say("FUTEX2_MPOL", wake2(word, 1, 1, U32 | 8));
	say("misaligned", wake2(misaligned, 1, 1, U32));
	say("misaligned, count 0", wake2(misaligned, 1, 0, U32));
	say("PROT_NONE, count 0", wake2(none, 1, 0, U32));
	say("PROT_NONE, private", wake2(none, 1, 1, U32 | PRIVATE));
	say("kernel address", wake2(kernel, 1, 1, U32 | PRIVATE));
}

static void waits(void)
{
	puts("futex_wait");
	say("other value", wait2(word, 1, ~0U, U32 | PRIVATE, NULL, 0));
	say("empty mask", wait2(word, 0, 0, U32 | PRIVATE, NULL, 0));
	say("value of 64 bits", wait2(word, 1UL << 32, ~0U, U32 | PRIVATE, NULL, 0));
	say("mask of 64 bits", wait2(word, 0, 1UL << 32, U32 | PRIVATE, NULL, 0));
	say("past, monotonic", wait2(word, 0, 1, U32 | PRIVATE, &zero, CLOCK_MONOTONIC));
	say("past, realtime", wait2(word, 0, 1, U32 | PRIVATE, &zero, CLOCK_REALTIME));
	say("past, boottime", wait2(word, 0, 1, U32 | PRIVATE, &zero, CLOCK_BOOTTIME));
	say("10^9 nanoseconds", wait2(word, 0, 1, U32 | PRIVATE, &too_long, CLOCK_MONOTONIC));
	say("negative seconds", wait2(word, 0, 1, U32 | PRIVATE, &negative, CLOCK_MONOTONIC));
	say("unreadable timeout", wait2(word, 0, 1, U32 | PRIVATE, (void *)8, CLOCK_MONOTONIC));
	say("unreadable timeout, bad clock", wait2(word, 0, 1, U32 | PRIVATE, (void *)8, 7));
	say("bad clock, no timeout", wait2(word, 1, 1, U32 | PRIVATE, NULL, 7));
	say("misaligned", wait2(misaligned, 0, 1, U32, NULL, 0));
	say("PROT_NONE", wait2(none, 0, 1, U32, NULL, 0));
}

static void requeues(void)
{
	struct waiter a = at(word, 0, U32 | PRIVATE), b = at(word + 1, 0, U32 | PRIVATE);

	puts("futex_requeue");
	say("nobody", requeue2(a, b, 1, 1));
	say("same word", requeue2(a, a, 1, 1));
	say("flags", syscall(456, &a, 1, 1, 1));
	say("NULL", syscall(456, NULL, 0, 1, 1));
	say("unreadable", syscall(456, (void *)8, 0, 1, 1));
	say("negative wake", requeue2(a, b, -1, 1));
	say("negative requeue", requeue2(a, b, 1, -1));
	say("other value", requeue2(at(word, 1, U32 | PRIVATE), b, 1, 1));
	say("other value at the second", requeue2(a, at(word + 1, 5, U32 | PRIVATE), 1, 1));
	say("value of 64 bits", requeue2(at(word, 1UL << 32, U32 | PRIVATE), b, 1, 1));
	say("both not private", requeue2(at(word, 0, U32), at(word + 1, 0, U32), 1, 1));
	say("one private", requeue2(a, at(word + 1, 0, U32), 1, 1));
	say("size 64", requeue2(a, at(word + 1, 0, 3), 1, 1));
	say("misaligned", requeue2(a, at(misaligned, 0, U32 | PRIVATE), 1, 1));
	say("PROT_NONE", requeue2(at(word, 0, U32), at(none, 0, U32), 1, 1));
	say("kernel address", requeue2(a, at(kernel, 0, U32 | PRIVATE), 1, 1));
	b.reserved = 1;
	say("reserved", requeue2(a, b, 1, 1));
}

static void vectors(void)
{
	struct waiter w[129];

	puts("futex_waitv");
	for (int i = 0; i < 129; i++)
		w[i] = at(word, 0, U32 | PRIVATE);
	say("past", waitv(w, 2, 0, &zero, CLOCK_MONOTONIC));
	say("past, 128 words", waitv(w, 128, 0, &zero, CLOCK_MONOTONIC));
	say("129 words", waitv(w, 129, 0, &zero, CLOCK_MONOTONIC));
	say("no words", waitv(w, 0, 0, &zero, CLOCK_MONOTONIC));
	say("flags", waitv(w, 2, 1, &zero, CLOCK_MONOTONIC));
	say("NULL", waitv(NULL, 2, 0, &zero, CLOCK_MONOTONIC));
	say("unreadable", waitv((void *)8, 2, 0, &zero, CLOCK_MONOTONIC));
	say("bad clock", waitv(w, 2, 0, &zero, 7));
	w[127].val = 7;
	say("other value at the last", waitv(w, 128, 0, NULL, 0));
	w[1] = at(none, 0, U32 | PRIVATE);
	say("PROT_NONE", waitv(w, 2, 0, NULL, 0));
	w[0].val = 1;
	say("other value, then PROT_NONE", waitv(w, 2, 0, NULL, 0));
	w[0] = at(misaligned, 0, U32 | PRIVATE);
	say("misaligned", waitv(w, 1, 0, NULL, 0));
	w[0] = at(NULL, 0, U32 | PRIVATE);
	say("word at NULL", waitv(w, 1, 0, NULL, 0));
	w[0].flags = 3;
	say("size 64", waitv(w, 1, 0, NULL, 0));
}

int main(void)
{
	none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	wakes();
	waits();
	requeues();
	vectors();
	return 0;
}
