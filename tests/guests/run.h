/* SPDX-License-Identifier: MIT */
/* Runs programs, natively or under fxbox, and keeps what they said and how they ended. */
#ifndef TESTS_GUESTS_RUN_H
#define TESTS_GUESTS_RUN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A program that has not ended by then is told of, with what its threads do, and killed. Below
 * what Check waits for a test, which is twice that and more.
 */
#define RUN_SECONDS  100
#define TEST_SECONDS 250

struct outcome {
	int status; /* as from waitpid */
	char *out;
	size_t out_size;
	char *err;
	size_t err_size;
};

/* argv ends with NULL. input may be NULL: then /dev/null. Fails the test if it cannot run. */
void run(struct outcome *outcome, const char *const argv[], const char *input);

/* The same of a line for sh -c, in which $FXBOX and $GUESTS can be used. */
void run_shell(struct outcome *outcome, const char *line);

/* As with run, behind `fxbox run --no-confine` and further options; NULL for none. */
void run_in_fxbox(struct outcome *outcome, const char *const options[], const char *const argv[],
		  const char *input);

void outcome_free(struct outcome *outcome);

/* The path of a guest program; in a buffer that the next call overwrites. */
const char *guest(const char *name);

/* A new file's path, gone when the test process ends. Free it. */
char *temporary_file(void);

/* Its content, ended by a zero byte. Free it. */
char *read_whole(const char *path, size_t *size);

#endif
