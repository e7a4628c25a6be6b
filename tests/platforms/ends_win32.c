/* SPDX-License-Identifier: MIT */
/*
 * How threads end on Windows, and what libfxfutex makes of it: each way sets the word and wakes
 * who waits; an owner that has ended is known to be gone. The process itself ends with something
 * asked for, which nobody may be told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include <fxfutex.h>

static fxfutex *f;

struct ender {
	uint32_t alive; /* 1, then 0 */
	uint32_t asked;
	struct fxfutex_at_exit at_exit;
	const char *how;
};

static uint32_t lock;

static DWORD WINAPI ends(void *arg)
{
	struct ender *e = arg;

	if (fxfutex_wake_at_exit(f, &e->at_exit, &e->alive, 0, 1) != 0)
		abort();
	if (e->how[0] == 'o' && fxfutex_lock(f, &lock, NULL, CLOCK_MONOTONIC) != 0)
		abort();
	__atomic_store_n(&e->asked, 1, __ATOMIC_SEQ_CST);
	fxfutex_wake(f, &e->asked, 1, FXFUTEX_ANY);
	switch (e->how[0]) {
	case 'e':
		ExitThread(7);
	case 'r':
	case 'o':
		return 0;
	default:
		Sleep(INFINITE);
	}
	return 0;
}

static void try_it(const char *how)
{
	struct ender e = {.alive = 1, .how = how};
	HANDLE thread = CreateThread(NULL, 0, ends, &e, 0, NULL);
	int rc = 0;

	if (!thread)
		abort();
	while (!__atomic_load_n(&e.asked, __ATOMIC_SEQ_CST))
		fxfutex_wait(f, &e.asked, 0, FXFUTEX_ANY, NULL, CLOCK_MONOTONIC);
	if (how[0] == 't' && !TerminateThread(thread, 3))
		abort();
	while (__atomic_load_n(&e.alive, __ATOMIC_SEQ_CST) && rc != -FXFUTEX_ETIMEDOUT) {
		struct timespec end;

		clock_gettime(CLOCK_MONOTONIC, &end);
		end.tv_sec += 20;
		rc = fxfutex_wait(f, &e.alive, 1, FXFUTEX_ANY, &end, CLOCK_MONOTONIC);
	}
	printf("%s: the word is %u\n", how, (unsigned)e.alive);
	WaitForSingleObject(thread, INFINITE);
	CloseHandle(thread);
}

static void owner(void)
{
	uint32_t tid = 0;
	int rc;

	try_it("owns a lock, and returns");
	fxfutex_owner(f, &lock, &tid);
	rc = fxfutex_lock(f, &lock, NULL, CLOCK_MONOTONIC);
	printf("its lock: owned by %s, lock %s\n", tid ? "one that has ended" : "nobody",
	       rc == -FXFUTEX_ESRCH ? "-ESRCH" : "?");
}

int main(void)
{
	struct fxfutex_at_exit *never = malloc(sizeof(*never));

	f = fxfutex_new(4);
	if (!f || !never)
		return 1;
	try_it("returns");
	try_it("exits");
	try_it("terminated");
	owner();
	/* A word that is no word: whoever sets it crashes. */
	fxfutex_wake_at_exit(f, never, (uint32_t *)16, 0, 1);
	puts("the process ends");
	return 0;
}
