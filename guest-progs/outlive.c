/* SPDX-License-Identifier: MIT */
/*
 *	outlive WAY
 *
 * Ways to be there when a run is over, for tests/confine: by calls that no shell has.
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "guest-progs/guest.h"

static void sleep_on(void)
{
	for (;;)
		pause();
}

/* A child of the caller's parent; as fork returns. */
static long sibling(void)
{
	return syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Who stands outside cannot have it killed by its own death. */
static void kill_watcher(void)
{
	need(prctl(PR_SET_PDEATHSIG, 0) == 0);
	if (getppid() != 0)
		kill(getppid(), SIGKILL);
	sleep_on();
}

/* An orphan is given to who asks for it, not to who stands outside. */
static void reaper(void)
{
	need(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	if (fork() == 0 && fork() == 0)
		sleep_on();
}

static void one_sibling(void)
{
	if (sibling() == 0)
		sleep_on();
}

static void siblings_of_siblings(void)
{
	for (int i = 0; i < 9; i++)
		if (sibling() != 0)
			break;
	sleep_on();
}

static void *sleeper(void *arg)
{
	sleep_on();
	return arg;
}

static void first_thread_ends(void)
{
	pthread_t thread;

	need(pthread_create(&thread, NULL, sleeper, NULL) == 0);
	syscall(SYS_exit, 0);
}

/* Each is gone, and is another, when a signal comes to it. */
static void forks(void)
{
	for (;;)
		if (fork() > 0)
			_exit(0);
}

/* The word by which one asks from outside where threads are (`fxbox threads`) is never free. */
static void take_question(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[1000];
	uintptr_t start = 0;

	need(maps);
	while (!start && fgets(line, sizeof(line), maps))
		if (strstr(line, "fxbox-audit"))
			need(sscanf(line, "%" SCNxPTR, &start) == 1);
	need(start);
	for (;;)
		*(volatile uint32_t *)(start + 8) = 1;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*go)(void);
	} ways[] = {
		{"kill-watcher", kill_watcher},
		{"reaper", reaper},
		{"sibling", one_sibling},
		{"siblings", siblings_of_siblings},
		{"first-thread-ends", first_thread_ends},
		{"forks", forks},
		{"question", take_question},
	};

	need(argc == 2);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(argv[1], ways[i].name) == 0) {
			ways[i].go();
			return 0;
		}
	}
	return 2;
}
