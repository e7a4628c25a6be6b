/* SPDX-License-Identifier: MIT */
/* The stack of the first thread grows to most of its limit. */
#include <sys/resource.h>

#include "guest-progs/guest.h"

static long deep(long frames)
{
	volatile char room[4096];

	room[0] = (char)frames;
	return frames ? deep(frames - 1) + room[0] - (char)frames + 1 : 0;
}

int main(void)
{
	struct rlimit limit;

	need(getrlimit(RLIMIT_STACK, &limit) == 0);
	printf("%ld frames of 4 KiB\n", deep(1800));
	printf("limit is 8 MiB: %d\n", limit.rlim_cur == 8 << 20);
	return 0;
}
