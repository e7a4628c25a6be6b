/* SPDX-License-Identifier: MIT */
/*
 * What works by descriptors and memory of the process works when its first thread has ended, and in
 * a thread that has another table than the first: /proc/self is empty then, or another's.
 */
#include <dirent.h>

#include "guest-progs/guest.h"

static const char *what;
static pthread_t first;

/* Those that were opened here are there, and no others. */
static void count_descriptors(void)
{
	const int mark = open("/dev/null", O_RDONLY | O_CLOEXEC);
	DIR *dir = opendir("/proc/thread-self/fd");
	struct dirent *e;
	int above = 0;
	bool found = false;

	need(mark >= 0 && dir);
	while ((e = readdir(dir))) {
		found |= atoi(e->d_name) == mark;
		above += atoi(e->d_name) > dirfd(dir);
	}
	printf("its descriptor %s, above it %d\n", found ? "found" : "missing", above);
	closedir(dir);
	close(mark);
}

static void run_by_descriptor(int flags)
{
	char *argv[] = {"true", NULL}, *envp[] = {NULL};
	pid_t child = fork();
	int status = 0;

	need(child >= 0);
	if (child == 0) {
		fexecve(open("/bin/true", flags), argv, envp);
		_exit(errno);
	}
	need(waitpid(child, &status, 0) == child);
	printf("a child runs: status %d\n", WEXITSTATUS(status));
}

static void become_by_descriptor(void)
{
	char *argv[] = {"echo", "executed", NULL}, *envp[] = {NULL};

	/* In this thread, of which the descriptor is, and not the first thread's. */
	fflush(stdout);
	fexecve(open("/bin/echo", O_PATH | O_CLOEXEC), argv, envp);
	printf("fexecve: %s\n", errno_name(errno));
	exit(1);
}

static void *go_on(void *arg)
{
	if (strcmp(what, "ended") == 0)
		need(pthread_join(first, NULL) == 0);
	else
		need(unshare(CLONE_FILES) == 0);
	count_descriptors();
	run_by_descriptor(O_RDONLY | O_CLOEXEC);
	run_by_descriptor(O_PATH | O_CLOEXEC);
	become_by_descriptor();
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	need(argc == 2);
	what = argv[1];
	first = pthread_self();
	need(pthread_create(&thread, NULL, go_on, NULL) == 0);
	if (strcmp(what, "unshared") == 0)
		pthread_join(thread, NULL);
	pthread_exit(NULL);
}
