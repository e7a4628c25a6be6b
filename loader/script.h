/* SPDX-License-Identifier: MIT */
/*
 * What is really to be loaded when a file is run: follows `#!` lines to an
 * ELF file, as Linux does, and rewrites the arguments on the way.
 */
#ifndef LOADER_SCRIPT_H
#define LOADER_SCRIPT_H

#include <stddef.h>

#include "loader/refusal.h"

/* Everything is owned, each string of argv too. */
struct fx_program {
	int fd;	     /* of the file to load, open for reading, close-on-exec */
	char *path;  /* and its path */
	char **argv; /* what it is to see, NULL-terminated */
	size_t argc;
};

/*
 * Resolves `path` run with the NULL-terminated argv; `fd` is the file of that name, open for
 * reading, or -1: then it is opened here. Returns 0, or -1 with *why filled and *program untouched.
 * Takes ownership of fd, also on failure.
 */
int fx_program_resolve(struct fx_program *program, int fd, const char *path, char *const *argv,
		       struct fx_refusal *why);

/* Also closes fd, unless that is -1 because somebody has taken it. */
void fx_program_free(struct fx_program *program);

#endif
