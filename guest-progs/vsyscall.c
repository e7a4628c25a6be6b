/* SPDX-License-Identifier: MIT */
/* The time by vDSO, by system call and by the vsyscall page agree. */
#include <sys/time.h>
#include <time.h>

#include "guest-progs/guest.h"

typedef long vsyscall_time(long *);
typedef long vsyscall_gettimeofday(struct timeval *, void *);
typedef long vsyscall_getcpu(unsigned *, unsigned *, void *);

static int near(long a, long b)
{
	return a - b <= 2 && b - a <= 2;
}

int main(void)
{
	vsyscall_gettimeofday *page_gettimeofday = (vsyscall_gettimeofday *)0xffffffffff600000;
	vsyscall_time *page_time = (vsyscall_time *)0xffffffffff600400;
	vsyscall_getcpu *page_getcpu = (vsyscall_getcpu *)0xffffffffff600800;
	struct timespec by_call;
	struct timeval tv;
	unsigned cpu = 99999;
	long stored = 0, now;

	need(syscall(SYS_clock_gettime, CLOCK_REALTIME, &by_call) == 0);
	now = page_time(&stored);
	printf("time near: %d, stored %d\n", near(now, by_call.tv_sec), stored == now);
	printf("time(NULL) near: %d\n", near(page_time(NULL), time(NULL)));
	now = page_gettimeofday(&tv, NULL);
	printf("gettimeofday %ld, near: %d\n", now, near(tv.tv_sec, by_call.tv_sec));
	now = page_getcpu(&cpu, NULL, NULL);
	printf("getcpu %ld, stored %d\n", now, cpu < 4096);
	return 0;
}
