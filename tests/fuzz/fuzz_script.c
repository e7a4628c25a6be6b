/* SPDX-License-Identifier: MIT */
/* The first line of a script: what is found lies within it, and ends where it may. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shim/script_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length = size < FX_SCRIPT_LINE_MAX ? size : FX_SCRIPT_LINE_MAX;
	/* Of its own, so that a read behind its end is seen. */
	char *line = malloc(length ? length : 1);
	struct fx_script_line found;

	memcpy(line, data, length);
	if (fx_script_line_parse(line, length, &found) == 0) {
		if (found.interp_len == 0 || found.interp + found.interp_len > length ||
		    (found.arg_len && found.arg + found.arg_len > length) ||
		    memchr(line + found.interp, ' ', found.interp_len))
			abort();
	}
	free(line);
	return 0;
}
