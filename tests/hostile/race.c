/* SPDX-License-Identifier: MIT */
/* A second thread changes a path between one that is granted and one that is not. */
#include <pthread.h>
#include "tests/hostile/hostile.h"

#define TIMES 20000

static char path[4096];

static void *change(void *unused)
{
	static char inside[4096];

	(void)unused;
	snprintf(inside, sizeof(inside), "%s/mine", from_runner("GRANTED"));
	for (;;) {
		strcpy(path, inside);
		strcpy(path, from_runner("TARGET"));
	}
	return NULL;
}

bool attack(void)
{
	pthread_t thread;

	strcpy(path, from_runner("TARGET"));
	if (pthread_create(&thread, NULL, change, NULL) != 0)
		return false;
	for (int i = 0; i < TIMES; i++) {
		long fd = attempt(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND);

		if (fd >= 0) {
			attempt(SYS_write, fd, "harmed\n", 7);
			attempt(SYS_close, fd);
		}
	}
	return false; /* the runner looks at the file */
}
