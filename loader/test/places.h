/* SPDX-License-Identifier: MIT */
/* Names for addresses of a run, from fxbox-report: only that reads the program's files. */
#ifndef LOADER_TEST_PLACES_H
#define LOADER_TEST_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/test/schedule_file.h"

struct fx_place_asked {
	char what; /* 's', 'c' or 'v', as `fxbox-report places --help` has it */
	uint64_t address;
};

/*
 * A line for each that is asked for, without its end: line[] gets places in the text that is
 * returned, which is for free(). NULL: fxbox-report is not there or could not answer, which was
 * said on standard error; or no memory.
 */
char *fx_places(const struct fx_schedule_file *file, const struct fx_place_asked *asked,
		size_t count, const char **line);

#endif
