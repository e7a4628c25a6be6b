/* SPDX-License-Identifier: MIT */
/*
 * The second process, which --isolate (a PID namespace begins with a child), --timeout,
 * --die-with-parent and --only (who is inside sees nothing else) need: it stays outside, passes
 * signals on, and ends as the program does.
 */
#ifndef LOADER_CONFINE_SUPERVISE_H
#define LOADER_CONFINE_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "loader/refusal.h"
#include "shim/boot.h"

struct fx_supervision {
	bool pid_namespace;  /* the next child begins one */
	bool tells;	     /* nobody else outside does: the report of who is killed, the time */
	bool sees;	     /* and what was not there inside, for everything is here */
	uint64_t timeout_ms; /* 0: none */
	const char *cgroup;  /* is to be taken away at the end; NULL: none */
	pid_t parent;	     /* with whose end all ends; 0: nobody's */
	int copies; /* the socket of who orders copies of the program (copies.h); 0: none */
	bool tmp;   /* /tmp is the program's own */
};

/*
 * Returns 0 in the process that is to become the program; the one that called
 * never returns. In a PID namespace there is a third process, number 1, that
 * reaps orphans: the program is number 2, so signals have their usual effects
 * on it. config: its descriptors are open; the report of a program that was killed, which tells
 * nothing itself, is printed by the one outside. -1 with *why filled if there can be none.
 */
int fx_supervise(const struct fx_supervision *how, const struct fx_config *config,
		 struct fx_refusal *why);

#endif
