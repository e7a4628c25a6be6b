/* SPDX-License-Identifier: MIT */
/*
 * WaitOnAddress compares the word and begins to sleep in one step against WakeByAddressSingle,
 * which takes the address as a name and does not touch what is there: the contract of park and
 * unpark in their own words.
 */
#define _WIN32_WINNT 0x0602
#include "manager/platform_win32.h"

#include <windows.h>

#include "manager/errno.h"

/* The tests have a clock of their own that can be set. */
#ifndef FX_WIN32_SYSTEM_TIME
#define FX_WIN32_SYSTEM_TIME GetSystemTimePreciseAsFileTime
#else
void FX_WIN32_SYSTEM_TIME(FILETIME *out);
#endif

#define NSEC 1000000000LL

/* From 1601, where a FILETIME begins, in its units of 100 ns, to 1970. */
#define UNIX_EPOCH 116444736000000000LL

static void realtime_now(struct fx_deadline *out)
{
	FILETIME now;
	int64_t units;

	FX_WIN32_SYSTEM_TIME(&now);
	units = (int64_t)((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) - UNIX_EPOCH;
	out->sec = units / 10000000;
	out->nsec = units % 10000000 * 100;
}

static void monotonic_now(struct fx_deadline *out)
{
	LARGE_INTEGER ticks, per_second;

	QueryPerformanceFrequency(&per_second);
	QueryPerformanceCounter(&ticks);
	out->sec = ticks.QuadPart / per_second.QuadPart;
	out->nsec = ticks.QuadPart % per_second.QuadPart * NSEC / per_second.QuadPart;
}

static void clock_now(enum fx_clock clock, struct fx_deadline *out)
{
	if (clock == FX_CLOCK_REALTIME)
		realtime_now(out);
	else
		monotonic_now(out);
	out->clock = clock;
}

/* Milliseconds to sleep, rounded up so that a sleep does not end early; 0: it has passed. */
static DWORD left(const struct fx_deadline *deadline)
{
	const int64_t most = deadline->clock == FX_CLOCK_REALTIME ? FX_WIN32_CLOCK_LOOK : INT32_MAX;
	struct fx_deadline now;
	int64_t sec, nsec;

	clock_now(deadline->clock, &now);
	sec = deadline->sec - now.sec;
	nsec = deadline->nsec - now.nsec;
	if (sec < 0 || (sec == 0 && nsec <= 0))
		return 0;
	if (sec > most / 1000)
		return (DWORD)most;
	nsec += sec * NSEC;
	if (nsec <= 0)
		return 0;
	return (DWORD)(nsec > most * 1000000 ? most : (nsec + 999999) / 1000000);
}

static int park(const struct fx_spot *spot, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	uint32_t expected = spot->expected;
	DWORD length = INFINITE;

	(void)kind;
	if (__atomic_load_n(spot->address, __ATOMIC_ACQUIRE) != expected)
		return -FX_EAGAIN;
	if (deadline) {
		length = left(deadline);
		if (length == 0)
			return -FX_ETIMEDOUT;
	}
	/* A timeout here may be early by the deadline's clock; the caller comes back, and is told.
	 */
	WaitOnAddress(spot->address, &expected, sizeof(expected), length);
	return 0;
}

static void unpark(uint32_t *word)
{
	WakeByAddressSingle(word);
}

static void relax(void)
{
	YieldProcessor();
}

const struct fx_platform_ops fx_platform_win32 = {
	.park = park,
	.unpark = unpark,
	.clock_now = clock_now,
	.relax = relax,
};

/* memory_win32_x86_64.S */
int fx_win32_load32(uintptr_t uaddr, uint32_t *out);
int fx_win32_load64(uintptr_t uaddr, uint64_t *out);
int fx_win32_cmpxchg32(uintptr_t uaddr, uint32_t expected, uint32_t desired, uint32_t *seen);

const struct fx_memory_ops fx_memory_win32 = {
	.load32 = fx_win32_load32,
	.cmpxchg32 = fx_win32_cmpxchg32,
	.load64 = fx_win32_load64,
};

/* A thread of this process that has not ended, or NULL. */
static HANDLE open_living(uint32_t tid)
{
	HANDLE thread = OpenThread(SYNCHRONIZE | THREAD_QUERY_INFORMATION, FALSE, tid);

	if (!thread)
		return NULL;
	if (GetProcessIdOfThread(thread) == GetCurrentProcessId() &&
	    WaitForSingleObject(thread, 0) == WAIT_TIMEOUT)
		return thread;
	CloseHandle(thread);
	return NULL;
}

static bool alive(uint32_t tid)
{
	HANDLE thread = open_living(tid);

	if (!thread)
		return false;
	CloseHandle(thread);
	return true;
}

static int priority(uint32_t tid)
{
	HANDLE thread = open_living(tid ? tid : GetCurrentThreadId());
	int result = 120;

	if (!thread)
		return result;
	if (GetThreadPriority(thread) == THREAD_PRIORITY_TIME_CRITICAL)
		result = 98;
	CloseHandle(thread);
	return result;
}

const struct fx_thread_ops fx_threads_win32 = {
	.alive = alive,
	.priority = priority,
};
