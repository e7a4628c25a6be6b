/* SPDX-License-Identifier: MIT */
#include "tests/differential/record.h"

#include <stdarg.h>
#include <stdio.h>

static uint64_t hash;
static bool aloud;

void record_start(bool verbose)
{
	hash = 0xcbf29ce484222325ULL; /* FNV-1a */
	aloud = verbose;
}

void record(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (const char *c = text; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3ULL;
	if (aloud)
		fputs(text, stdout);
}

void record_aside(const char *format, ...)
{
	va_list args;

	if (!aloud)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

uint64_t record_hash(void)
{
	return hash;
}
