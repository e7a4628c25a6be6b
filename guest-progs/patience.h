/* SPDX-License-Identifier: MIT */
/*
 * A wait for what others do has an end, long after it should be over and well before the
 * runner's, so that whoever waits can say what did not come. Nothing is synchronised by it.
 */
#ifndef GUEST_PROGS_PATIENCE_H
#define GUEST_PROGS_PATIENCE_H

#include <stdbool.h>
#include <time.h>

#define PATIENCE 25 /* seconds */

/* *since is 0 at first. */
static inline bool patience_is_over(time_t *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!*since)
		*since = now.tv_sec;
	return now.tv_sec - *since >= PATIENCE;
}

#endif
