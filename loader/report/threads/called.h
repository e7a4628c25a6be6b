/* SPDX-License-Identifier: MIT */
/*
 * What a return address tells: the call before it, and the function that was called. A function
 * of a library is known by the name under which it is imported, also where nothing else has
 * names: so a stripped program's calls of the C library can be told, and those that the called
 * function handed on by a jump.
 */
#ifndef LOADER_REPORT_THREADS_CALLED_H
#define LOADER_REPORT_THREADS_CALLED_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/report/threads/modules.h"

struct fx_call_site {
	uint64_t target; /* 0: of an indirect call */
	uint64_t slot;	 /* of a call through a word of memory: its address, else 0 */
};

/* Whether the instruction before this address is a call. */
bool fx_call_before(struct fx_modules *m, uint64_t return_address, struct fx_call_site *site);

/* The name of the function called before this address; NULL if it has none. Lives as long as m. */
const char *fx_called_name(struct fx_modules *m, uint64_t return_address);

#endif
