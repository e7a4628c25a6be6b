/* SPDX-License-Identifier: MIT */
/*
 * What the host does, natively. A test asks before it judges fxbox: a row that needs what
 * is not there is skipped by name, with the reason that is given here.
 */
#ifndef TESTS_HOST_H
#define TESTS_HOST_H

#include <stddef.h>

struct host_feature {
	const char *name;
	const char *what; /* a clause: "int 0x80 is a system call" */
};

/* Ends with a NULL name. */
extern const struct host_feature host_features[];

/*
 * NULL where the host has it; else why not, a line that stays valid. Tried once in a
 * process, in a child, within seconds. Of several names, with spaces between, it is the
 * first that is lacking. A name that is not in the table ends the process.
 */
const char *host_lacks(const char *names);

/* What else is known of a feature that is there, as "ABI 7"; or "". */
const char *host_detail(const char *name);

#endif
