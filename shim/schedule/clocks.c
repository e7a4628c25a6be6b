/* SPDX-License-Identifier: MIT */
#include "shim/schedule/clocks.h"

#include <linux/random.h>
#include <linux/resource.h>
#include <linux/sysinfo.h>
#include <linux/time.h>
#include <linux/times.h>

#include "shim/base/host.h"
#include "shim/memory/umem.h"
#include "shim/schedule/now.h"

/* The same in every run: a day of May 2033, and a machine that has run for a quarter of an hour. */
#define REAL_NS (2000000000UL * FX_NS_PER_SEC)
#define UP_NS	(1000UL * FX_NS_PER_SEC)
#define TICKS	100 /* a second, of times(2) */

static uint64_t base(long clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
	case CLOCK_REALTIME_ALARM:
		return REAL_NS;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		return UP_NS;
	default:
		return 0;
	}
}

uint64_t fx_clock_shows(long clock, uint64_t now_ns)
{
	return base(clock) + now_ns;
}

uint64_t fx_clock_moment(long clock, uint64_t shown_ns)
{
	return shown_ns < base(clock) ? 0 : shown_ns - base(clock);
}

static long put(long to, const void *from, unsigned long size)
{
	return to && fx_umem_copy_out((uintptr_t)to, from, size) < 0 ? -EFAULT : 0;
}

static long gettime(long clock, long to)
{
	uint64_t time[2], ns;
	long r;

	/* Of clocks that there are not, and of other processes', the host knows. */
	r = fx_host(__NR_clock_gettime, clock, time);
	if (r < 0)
		return r;
	ns = fx_clock_shows((int)clock, fx_now(true));
	time[0] = ns / FX_NS_PER_SEC;
	time[1] = ns % FX_NS_PER_SEC;
	return to ? put(to, time, sizeof(time)) : -EFAULT;
}

static long gettimeofday(long to, long zone)
{
	uint64_t ns = fx_clock_shows(CLOCK_REALTIME, fx_now(true));
	const uint64_t time[2] = {ns / FX_NS_PER_SEC, ns % FX_NS_PER_SEC / 1000};
	static const int32_t none[2];

	if (put(to, time, sizeof(time)) < 0 || put(zone, none, sizeof(none)) < 0)
		return -EFAULT;
	return 0;
}

static long seconds(long to)
{
	uint64_t sec = fx_clock_shows(CLOCK_REALTIME, fx_now(true)) / FX_NS_PER_SEC;

	return put(to, &sec, sizeof(sec)) < 0 ? -EFAULT : (long)sec;
}

static long times(long to)
{
	uint64_t ticks = fx_now(true) / (FX_NS_PER_SEC / TICKS);
	const struct tms used = {.tms_utime = (long)ticks};

	if (put(to, &used, sizeof(used)) < 0)
		return -EFAULT;
	return (long)(ticks + UP_NS / (FX_NS_PER_SEC / TICKS));
}

/* All but the time is as the host has it, which no program's way should hang on. */
static long usage(long who, long to)
{
	struct rusage used;
	long r = fx_host(__NR_getrusage, who, &used);
	uint64_t ns = fx_now(true);

	if (r < 0)
		return r;
	used.ru_utime.tv_sec = (long)(ns / FX_NS_PER_SEC);
	used.ru_utime.tv_usec = (long)(ns % FX_NS_PER_SEC / 1000);
	used.ru_stime.tv_sec = used.ru_stime.tv_usec = 0;
	return to ? put(to, &used, sizeof(used)) : -EFAULT;
}

static long uptime(long to)
{
	struct sysinfo info;
	long r = fx_host(__NR_sysinfo, &info);

	if (r < 0)
		return r;
	info.uptime = (long)((UP_NS + fx_now(true)) / FX_NS_PER_SEC);
	return to ? put(to, &info, sizeof(info)) : -EFAULT;
}

static long cpu(long to, long node)
{
	static const uint32_t first;

	if (put(to, &first, sizeof(first)) < 0 || put(node, &first, sizeof(first)) < 0)
		return -EFAULT;
	return 0;
}

long fx_clock_tell(long nr, long a, long b)
{
	switch (nr) {
	case __NR_clock_gettime:
		return gettime(a, b);
	case __NR_gettimeofday:
		return gettimeofday(a, b);
	case __NR_time:
		return seconds(a);
	case __NR_times:
		return times(a);
	case __NR_getrusage:
		return usage(a, b);
	case __NR_sysinfo:
		return uptime(a);
	default:
		return cpu(a, b);
	}
}

long fx_clock_random(long buf, unsigned long size, long flags)
{
	unsigned long done = 0;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if (size > INT32_MAX)
		size = INT32_MAX;
	while (done < size) {
		uint64_t bits = fx_now_random();
		unsigned long n = size - done < sizeof(bits) ? size - done : sizeof(bits);

		if (fx_umem_copy_out((uintptr_t)buf + done, &bits, n) < 0)
			return done ? (long)done : -EFAULT;
		done += n;
	}
	return (long)done;
}
