/* SPDX-License-Identifier: MIT */
/*
 * Why fxbox cannot go on: one line for the user and the status to end with.
 * Whoever finds the reason fills a refusal and returns -1; nothing is printed
 * and nobody exits until the refusal has reached main.
 */
#ifndef LOADER_REFUSAL_H
#define LOADER_REFUSAL_H

#include <limits.h>

struct fx_refusal {
	int status; /* enum fx_exit_status */
	char line[2 * PATH_MAX + 512];
};

/*
 * Fills *why with "SUBJECT: TEXT". The subject is usually a path. Bytes that
 * would break the line (control characters in a file name) become '?'.
 * Always returns -1, so that it can end a function.
 */
int fx_refuse(struct fx_refusal *why, int status, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Writes "fxbox: LINE\n" to a descriptor, in one write. */
void fx_refusal_print(const struct fx_refusal *why, int fd);

#endif
