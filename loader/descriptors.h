/* SPDX-License-Identifier: MIT */
/* The descriptors that fxbox keeps for itself (enum fx_fd), made in life 1. */
#ifndef LOADER_DESCRIPTORS_H
#define LOADER_DESCRIPTORS_H

#include <stdbool.h>

#include "loader/refusal.h"
#include "shim/boot.h"

/*
 * Opens all of them and sets in *config what depends on them: fd_base,
 * log, color, and, with a trace or locks, gather and tsc. `log` is the file to write or NULL.
 * Returns 0, or -1 with *why filled.
 */
int fx_descriptors_open(struct fx_config *config, const char *log, struct fx_refusal *why);

/* The number behind the last of them. */
static inline int fx_descriptors_end(const struct fx_config *config)
{
	return config->fd_base + (int)FX_FD_COUNT;
}

/*
 * Theirs are above the soft limit as a rule, where no dup2 reaches. In between any number less than
 * `end` can be had, if true is returned; what is open stays so when the limit is what it was again.
 * Not to be nested, nor called between fx_descriptors_settle and fx_descriptors_lower.
 */
bool fx_descriptors_lift(int end);
void fx_descriptors_lower(void);

/*
 * Keeps another one, in the place of what had that number; takes ownership of fd. The number, or
 * -1 and errno. Lifts and lowers.
 */
int fx_descriptors_keep(const struct fx_config *config, enum fx_fd which, int fd);

/*
 * Keeps the program that is going to run, open for reading, instead of the one before. Takes
 * ownership of fd. Where a limit leaves no such number none is kept.
 */
void fx_descriptors_keep_guest(const struct fx_config *config, int fd);

/*
 * Before a program is loaded, first of all after an exec: moves the kept descriptors to where the
 * limits of now want them, if they do, and lifts the limit above them. *fd is the program's, which
 * may have the spare one's place. After fx_descriptors_lower the limit is what it was.
 */
void fx_descriptors_settle(struct fx_config *config, int *fd);

/* After an exec that had to lend the spare one's place, so that it is kept again. */
void fx_descriptors_restore(const struct fx_config *config);

#endif
