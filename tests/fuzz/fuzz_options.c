/* SPDX-License-Identifier: MIT */
/* The words of a command line, each ended by a NUL. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader/options.h"

#define WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1), *argv[WORDS + 2] = {text + size};
	struct fx_options options = {0};
	struct fx_refusal why = {0};
	int argc = 1, index;

	memcpy(text, data, size);
	for (size_t at = 0; at < size && argc <= WORDS; at += strlen(text + at) + 1) {
		/* A profile is a file, and has its own target. */
		if (!strstr(text + at, "--p"))
			argv[argc++] = text + at;
	}
	index = fx_options_parse(argc, argv, &options, &why);
	if (index > argc || index == 0 || (index < 0 && (!why.line[0] || strchr(why.line, '\n'))))
		abort();
	free(text);
	return 0;
}
