/* SPDX-License-Identifier: MIT */
/* The functions that a compiler put into another one, where a frame stands. */
#ifndef LOADER_REPORT_THREADS_INLINED_H
#define LOADER_REPORT_THREADS_INLINED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/report/threads/modules.h"

#define FX_INLINED_MOST 16 /* of one frame; what is further out is left out, but for the last */

struct fx_inlined {
	const char *function; /* as it is written in the source; NULL: the frame's own */
	const char *symbol;   /* as a symbol table would have it; NULL: not told */
	const char *file;
	int line; /* where it stands in this function */
};

/*
 * Innermost first; the last one is the function itself that the frame is of, so there is one at
 * least wherever a line is known, and 0 where none is. Names live as long as m. Reads files only.
 */
size_t fx_inlined_at(struct fx_modules *m, uint64_t address, struct fx_inlined to[FX_INLINED_MOST]);

#endif
