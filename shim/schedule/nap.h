/* SPDX-License-Identifier: MIT */
/* What a thread sleeps for; each may be the one that ends it. It stays valid while it sleeps. */
#ifndef SHIM_SCHEDULE_NAP_H
#define SHIM_SCHEDULE_NAP_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/schedule/pollfd.h"

struct fx_nap {
	uint32_t *word; /* fx_turn_wake names it; NULL: none */
	bool timed;	/* by the schedule's time: */
	uint64_t until_ns;
	bool tries;	  /* signals that somebody has sent do: it has to look for itself */
	uint64_t signals; /* one of these for the process does, from outside and blocked */
	struct fx_pollfd *fds;
	unsigned fd_count;
	bool from_outside; /* another process may make them ready: looked at when nobody can go on
			    */
	bool child;	   /* waitid(2) would find one, by these: */
	int idtype, id, options;
	uint64_t what; /* of the event */
};

#endif
