/* SPDX-License-Identifier: MIT */
/* Windows: real threads, and a system clock that is set here alone. */
#define _WIN32_WINNT 0x0602
#include <windows.h>

#include <malloc.h>
#include <string.h>

#include "manager/platform_win32.h"
#include "tests/unit/manager/place.h"

const char place_name[] = "Win32";
const struct fx_platform_ops *const place_platform = &fx_platform_win32;
const char *const place_lacks_signals = "there are no signals";

static int64_t clock_ahead; /* atomic, in units of 100 ns */

/* What platform_win32.c is compiled with in place of GetSystemTimePreciseAsFileTime. */
void place_system_time(FILETIME *out);

void place_system_time(FILETIME *out)
{
	uint64_t units;

	GetSystemTimePreciseAsFileTime(out);
	units = ((uint64_t)out->dwHighDateTime << 32 | out->dwLowDateTime) +
		(uint64_t)__atomic_load_n(&clock_ahead, __ATOMIC_SEQ_CST);
	out->dwHighDateTime = (DWORD)(units >> 32);
	out->dwLowDateTime = (DWORD)units;
}

const struct fx_memory_ops *const place_memory_ops = &fx_memory_win32;
const char *const place_lacks_memory = NULL;

static uintptr_t page(DWORD protection)
{
	void *memory = VirtualAlloc(NULL, 4096, MEM_RESERVE | MEM_COMMIT, protection);

	if (!memory) {
		place_print("Bail out! VirtualAlloc\n");
		place_exit(1);
	}
	return (uintptr_t)memory;
}

/* Each is allocated once. */
uintptr_t place_hole(void)
{
	static uintptr_t hole;

	if (!hole)
		hole = page(PAGE_NOACCESS);
	return hole;
}

uintptr_t place_read_only(void)
{
	static uintptr_t read_only;

	if (!read_only)
		read_only = page(PAGE_READONLY);
	return read_only;
}

const char *place_set_clock(int64_t seconds)
{
	__atomic_fetch_add(&clock_ahead, seconds * 10000000, __ATOMIC_SEQ_CST);
	return NULL;
}

static DWORD WINAPI thread_main(void *arg)
{
	struct place_thread *t = arg;

	t->run(t->arg);
	return 0;
}

void place_start(struct place_thread *t, void *(*run)(void *), void *arg)
{
	t->run = run;
	t->arg = arg;
	t->own = CreateThread(NULL, 0, thread_main, t, 0, NULL);
	if (!t->own) {
		place_print("Bail out! CreateThread\n");
		place_exit(1);
	}
}

void place_join(struct place_thread *t)
{
	WaitForSingleObject(t->own, INFINITE);
	CloseHandle(t->own);
}

void place_yield(void)
{
	SwitchToThread();
}

void place_interrupt(struct place_thread *t)
{
	(void)t;
}

void *place_memory(size_t bytes)
{
	void *memory = _aligned_malloc(bytes, 64);

	return memory ? memset(memory, 0, bytes) : NULL;
}

void place_memory_free(void *memory)
{
	_aligned_free(memory);
}

void place_print(const char *text)
{
	DWORD written;

	WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), text, (DWORD)strlen(text), &written, NULL);
}

void place_exit(int status)
{
	ExitProcess((UINT)status);
}
