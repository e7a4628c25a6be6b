/* SPDX-License-Identifier: MIT */
/* The result of each futex operation that is decided at once: values, bad addresses, bad arguments.
 */
#include <sys/mman.h>

#include "guest-progs/futex.h"

static uint32_t word, other;
static char *unmapped, *none;
static const char *const kernel = (const char *)0xffff800000000000;
static uint32_t *read_only;

static const struct timespec zero, past = {1, 0}, negative = {-1, 0}, too_long = {0, 1000000000},
				   below = {0, -1}, tiny = {0, 1000};

static void waits(const char *flag_name, int flag)
{
	char *misaligned = (char *)&word + 1;

	printf("FUTEX_WAIT%s\n", flag_name);
	say("other value", futex(&word, FUTEX_WAIT | flag, 1, NULL, NULL, 0));
	say("zero timeout", futex(&word, FUTEX_WAIT | flag, 0, &zero, NULL, 0));
	say("tiny timeout", futex(&word, FUTEX_WAIT | flag, 0, &tiny, NULL, 0));
	say("negative seconds", futex(&word, FUTEX_WAIT | flag, 1, &negative, NULL, 0));
	say("10^9 nanoseconds", futex(&word, FUTEX_WAIT | flag, 1, &too_long, NULL, 0));
	say("negative nanoseconds", futex(&word, FUTEX_WAIT | flag, 1, &below, NULL, 0));
	say("unreadable timeout", futex(&word, FUTEX_WAIT | flag, 1, unmapped, NULL, 0));
	say("unreadable timeout, misaligned",
	    futex(misaligned, FUTEX_WAIT | flag, 1, unmapped, NULL, 0));
	say("bad timeout, misaligned", futex(misaligned, FUTEX_WAIT | flag, 1, &too_long, NULL, 0));
	say("misaligned", futex(misaligned, FUTEX_WAIT | flag, 0, &zero, NULL, 0));
	say("NULL", futex(NULL, FUTEX_WAIT | flag, 0, &zero, NULL, 0));
	say("unmapped", futex(unmapped, FUTEX_WAIT | flag, 0, &zero, NULL, 0));
	say("PROT_NONE", futex(none, FUTEX_WAIT | flag, 0, &zero, NULL, 0));
	say("kernel address", futex(kernel, FUTEX_WAIT | flag, 0, &zero, NULL, 0));
	say("last address", futex((void *)-4L, FUTEX_WAIT | flag, 0, &zero, NULL, 0));
	say("with CLOCK_REALTIME",
	    futex(&word, FUTEX_WAIT | flag | FUTEX_CLOCK_REALTIME, 0, &zero, NULL, 0));

	printf("FUTEX_WAIT_BITSET%s\n", flag_name);
	say("other value", futex(&word, FUTEX_WAIT_BITSET | flag, 1, NULL, NULL, ~0U));
	say("past", futex(&word, FUTEX_WAIT_BITSET | flag, 0, &past, NULL, ~0U));
	say("past, realtime",
	    futex(&word, FUTEX_WAIT_BITSET | flag | FUTEX_CLOCK_REALTIME, 0, &past, NULL, ~0U));
	say("zero", futex(&word, FUTEX_WAIT_BITSET | flag, 0, &zero, NULL, 1));
	say("empty bitset", futex(&word, FUTEX_WAIT_BITSET | flag, 0, &past, NULL, 0));
	say("empty bitset, other value", futex(&word, FUTEX_WAIT_BITSET | flag, 1, &past, NULL, 0));
	say("empty bitset, bad timeout",
	    futex(&word, FUTEX_WAIT_BITSET | flag, 1, &too_long, NULL, 0));
	say("empty bitset, misaligned",
	    futex(misaligned, FUTEX_WAIT_BITSET | flag, 1, &past, NULL, 0));
	say("misaligned", futex(misaligned, FUTEX_WAIT_BITSET | flag, 1, &past, NULL, 1));
	say("unmapped", futex(unmapped, FUTEX_WAIT_BITSET | flag, 1, &past, NULL, 1));
}

/* Without the flag, anonymous read-only memory is EFAULT on Linux; see futex_read_only. */
static void read_only_words(void)
{
	printf("read-only words\n");
	say("wait", futex(read_only, FUTEX_WAIT_PRIVATE, 0, &zero, NULL, 0));
	say("wait, other value", futex(read_only, FUTEX_WAIT_PRIVATE, 1, &zero, NULL, 0));
	say("wake", futex(read_only, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
}

static void wakes(const char *flag_name, int flag)
{
	char *misaligned = (char *)&word + 1;

	printf("FUTEX_WAKE%s\n", flag_name);
	say("nobody", futex(&word, FUTEX_WAKE | flag, 1, NULL, NULL, 0));
	say("nobody, 0", futex(&word, FUTEX_WAKE | flag, 0, NULL, NULL, 0));
	say("nobody, -1", futex(&word, FUTEX_WAKE | flag, ~0U, NULL, NULL, 0));
	say("misaligned", futex(misaligned, FUTEX_WAKE | flag, 1, NULL, NULL, 0));
	say("NULL", futex(NULL, FUTEX_WAKE | flag, 1, NULL, NULL, 0));
	say("unmapped", futex(unmapped, FUTEX_WAKE | flag, 1, NULL, NULL, 0));
	say("PROT_NONE", futex(none, FUTEX_WAKE | flag, 1, NULL, NULL, 0));
	say("kernel address", futex(kernel, FUTEX_WAKE | flag, 1, NULL, NULL, 0));
	say("with CLOCK_REALTIME",
	    futex(&word, FUTEX_WAKE | flag | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, 0));
	say("with a wild timeout", futex(&word, FUTEX_WAKE | flag, 1, unmapped, NULL, 0));
	printf("FUTEX_WAKE_BITSET%s\n", flag_name);
	say("nobody", futex(&word, FUTEX_WAKE_BITSET | flag, 1, NULL, NULL, ~0U));
	say("empty bitset", futex(&word, FUTEX_WAKE_BITSET | flag, 1, NULL, NULL, 0));
	say("empty bitset, misaligned",
	    futex(misaligned, FUTEX_WAKE_BITSET | flag, 1, NULL, NULL, 0));
	say("empty bitset, kernel address",
	    futex(kernel, FUTEX_WAKE_BITSET | flag, 1, NULL, NULL, 0));
}

static void requeues(const char *flag_name, int flag)
{
	char *misaligned = (char *)&word + 1;
	int op = FUTEX_REQUEUE | flag, cmp = FUTEX_CMP_REQUEUE | flag;

	printf("FUTEX_REQUEUE%s\n", flag_name);
	say("nobody", futex2(&word, op, 1, 1, &other, 0));
	say("same word", futex2(&word, op, 1, 1, &word, 0));
	say("zero counts", futex2(&word, op, 0, 0, &other, 0));
	say("wakes -1", futex2(&word, op, ~0U, 1, &other, 0));
	say("moves -1", futex2(&word, op, 1, -1, &other, 0));
	say("moves INT_MIN", futex2(&word, op, 1, -2147483648L, &other, 0));
	say("misaligned", futex2(misaligned, op, 1, 1, &other, 0));
	say("second misaligned", futex2(&word, op, 1, 1, misaligned, 0));
	say("first unmapped", futex2(unmapped, op, 1, 1, &other, 0));
	say("second unmapped", futex2(&word, op, 1, 1, unmapped, 0));
	say("first NULL", futex2(NULL, op, 1, 1, &other, 0));
	say("second NULL", futex2(&word, op, 1, 1, NULL, 0));
	say("first in the kernel", futex2(kernel, op, 1, 1, &other, 0));
	say("second in the kernel", futex2(&word, op, 1, 1, kernel, 0));
	if (flag)
		say("second read-only", futex2(&word, op, 1, 1, read_only, 0));
	say("with CLOCK_REALTIME", futex2(&word, op | FUTEX_CLOCK_REALTIME, 1, 1, &other, 0));
	printf("FUTEX_CMP_REQUEUE%s\n", flag_name);
	say("nobody", futex2(&word, cmp, 1, 1, &other, 0));
	say("other value", futex2(&word, cmp, 1, 1, &other, 7));
	say("same word", futex2(&word, cmp, 1, 1, &word, 0));
	say("same word, other value", futex2(&word, cmp, 1, 1, &word, 7));
	say("moves -1, other value", futex2(&word, cmp, 1, -1, &other, 7));
	say("first unmapped", futex2(unmapped, cmp, 1, 1, &other, 0));
	say("PROT_NONE", futex2(none, cmp, 1, 1, &other, 0));
	say("second unmapped", futex2(&word, cmp, 1, 1, unmapped, 0));
	say("second unmapped, other value", futex2(&word, cmp, 1, 1, unmapped, 7));
}

/* What lies above 47 bits, on a processor that has such addresses, and what would. */
static void high_words(void)
{
	void *asked = (void *)(1UL << 50), *nothing = (void *)(1UL << 52);
	uint32_t *high =
		mmap(asked, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(high != MAP_FAILED);
	printf("high words\n");
	say("wake", futex(high, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	say("other value", futex(high, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0));
	say("tiny timeout", futex(high, FUTEX_WAIT_PRIVATE, 0, &tiny, NULL, 0));
	say("wake, unmapped", futex(nothing, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	say("wait, unmapped", futex(nothing, FUTEX_WAIT_PRIVATE, 0, &tiny, NULL, 0));
}

int main(void)
{
	unmapped = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(unmapped != MAP_FAILED && none != MAP_FAILED && read_only != MAP_FAILED);
	need(munmap(unmapped, 4096) == 0);
	waits("_PRIVATE", FUTEX_PRIVATE_FLAG);
	waits("", 0);
	read_only_words();
	wakes("_PRIVATE", FUTEX_PRIVATE_FLAG);
	wakes("", 0);
	requeues("_PRIVATE", FUTEX_PRIVATE_FLAG);
	requeues("", 0);
	high_words();
	printf("words stay as they were: %u %u\n", word, other);
	return 0;
}
