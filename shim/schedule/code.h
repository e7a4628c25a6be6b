/* SPDX-License-Identifier: MIT */
/* Code in which other threads may go on, as --points asks. */
#ifndef SHIM_SCHEDULE_CODE_H
#define SHIM_SCHEDULE_CODE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * [start, start + length) is code of the file fd, from offset on, and nobody runs there yet: its
 * points are made, or it is noted that nothing is known of it. own: it is the program's own, not a
 * library's.
 */
void fx_schedule_code(uintptr_t start, uint64_t length, int fd, uint64_t offset, bool own);

/* The program uses GS for itself: no points but calls. */
void fx_schedule_no_code(void);

#endif
