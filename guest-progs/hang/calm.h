/* SPDX-License-Identifier: MIT */
/*
 * For programs that look as if they hung, and do not: several cases each, by their names. Without
 * an argument they are listed; with one that case is run, and ends with status 0 within a second.
 */
#ifndef GUEST_PROGS_HANG_CALM_H
#define GUEST_PROGS_HANG_CALM_H

#include "guest-progs/hang/hang.h"

struct calm_case {
	const char *name;
	void (*run)(void);
};

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);    \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

static inline struct timespec calm_after(clockid_t clock, long ms)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	ts.tv_nsec += ms * 1000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	return ts;
}

/* For what only time may end: the case is that it ends by it. */
static inline void calm_pause(long ms)
{
	const struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static inline int calm_main(const struct calm_case *all, size_t count, int argc, char **argv)
{
	for (size_t i = 0; i < count; i++) {
		if (argc < 2) {
			puts(all[i].name);
		} else if (strcmp(argv[1], all[i].name) == 0) {
			all[i].run();
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}

#define CALM_MAIN(cases)                                                                           \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		return calm_main(cases, sizeof(cases) / sizeof((cases)[0]), argc, argv);           \
	}

#endif
