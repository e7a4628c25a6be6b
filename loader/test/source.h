/* SPDX-License-Identifier: MIT */
/*
 * A program that has stopped before its second thread, and is copied for each run from there on
 * (shim/schedule/snapshot.h): a run without its beginning. It is a process of fxbox that was
 * started with --copies; where it cannot be copied, that process is a whole run.
 */
#ifndef LOADER_TEST_SOURCE_H
#define LOADER_TEST_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Where it finds the socket for orders. */
#define FX_SOURCE_FD 902

struct fx_source {
	pid_t pid;	 /* 0: none */
	int orders;	 /* our end */
	bool ready;	 /* it has stopped there */
	unsigned copied; /* since it was started */
	char *said;	 /* what it had printed when it stopped */
	size_t length;
};

/* *theirs: what it is to find at FX_SOURCE_FD, the caller's to close. -1 with errno. */
int fx_source_open(struct fx_source *s, int *theirs);

/* After an answer: it is ready now, if it was not. True: a copy has ended. -1: it is gone. */
int fx_source_answered(struct fx_source *s, int out);

/* The order lies in the file: a copy follows it, which prints to `out`. False: it is gone. */
bool fx_source_order(struct fx_source *s, int out);

/*
 * Its process has ended, and was waited for. False: it was not copied often enough to be worth
 * another start.
 */
bool fx_source_gone(struct fx_source *s);

#endif
