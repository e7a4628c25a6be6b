/* SPDX-License-Identifier: MIT */
/*
 * traced_ends MODE THREADS CALLS [PROGRAM [FILE]]: threads that make so many wakes each, for
 * nobody, each with a number of its own in place of the count, so that a trace tells them
 * apart. Then they run on without a call while the process ends as MODE says; with FILE they go
 * on calling, and how many calls have returned stands there, one number a thread.
 */
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "guest-progs/guest.h"

/* Numbers begin at FIRST times that of who makes them: the main thread is 1, children follow. */
#define FIRST 1000000
#define CHILD 100

static const char *mode;
static long calls;
static uint32_t word, never;
static atomic_int done;
static int *volatile nowhere;
static _Atomic uint32_t *returned;

static void wake(long who, long i)
{
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, who * FIRST + i, NULL, NULL, 0);
}

static void wakes(long who)
{
	for (long i = 0; i < calls; i++)
		wake(who, i);
}

static void go_on(long who)
{
	for (long i = calls; i < FIRST; i++) {
		wake(who, i);
		atomic_store(&returned[who], (uint32_t)i + 1);
	}
}

static void count_in(const char *file)
{
	int fd = open(file, O_RDWR | O_CLOEXEC);

	returned = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	need(fd >= 0 && returned != MAP_FAILED);
	close(fd);
}

static void wait_for_ever(void)
{
	for (;;)
		syscall(SYS_futex, &never, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static bool is(const char *name)
{
	return strcmp(mode, name) == 0;
}

static void *thread(void *arg)
{
	wakes((long)arg);
	atomic_fetch_add(&done, 1);
	if (is("join"))
		return NULL;
	if (is("sleep"))
		wait_for_ever();
	if (returned)
		go_on((long)arg);
	for (;;)
		__builtin_ia32_pause();
}

static void fork_some(void)
{
	for (long i = 0; i < 3; i++) {
		pid_t child = fork();

		if (child == 0) {
			wakes(CHILD + i);
			_exit(0);
		}
		wakes(CHILD + 10 + i);
		need(waitpid(child, NULL, 0) == child);
	}
}

static void vfork_some(char *program)
{
	pid_t child = vfork();

	if (child == 0) {
		wakes(CHILD);
		_exit(0);
	}
	need(waitpid(child, NULL, 0) == child);
	child = vfork();
	if (child == 0) {
		wakes(CHILD + 1);
		execl(program, program, NULL);
		_exit(1);
	}
	need(waitpid(child, NULL, 0) == child);
}

int main(int argc, char **argv)
{
	int threads = atoi(argv[2]);
	pthread_t started[64];

	need(argc > 3 && threads <= 64);
	mode = argv[1];
	calls = atol(argv[3]);
	if (argc > 5)
		count_in(argv[5]);
	wakes(1);
	for (long i = 0; i < threads; i++)
		started[i] = start_thread(thread, (void *)(i + 2));
	while (atomic_load(&done) < threads)
		sched_yield();
	for (int i = 0; returned && i < threads; i++)
		while (atomic_load(&returned[i + 2]) < calls + 1000)
			sched_yield();
	for (int i = 0; i < threads && is("join"); i++)
		pthread_join(started[i], NULL);
	if (is("join") || is("sleep"))
		wait_for_ever();
	if (is("fork"))
		fork_some();
	if (is("vfork"))
		vfork_some(argv[4]);
	if (is("exec"))
		execl(argv[4], argv[4], NULL);
	/* One that fails: the others' lines have been written, and their threads go on. */
	if (is("no_exec")) {
		need(execl("/dev/null", "null", NULL) == -1);
		wakes(CHILD);
	}
	if (is("kill"))
		kill(getpid(), SIGKILL);
	if (is("term"))
		kill(getpid(), SIGTERM);
	if (is("fault"))
		*nowhere = 0;
	return 0;
}
