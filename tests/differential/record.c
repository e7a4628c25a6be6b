/* SPDX-License-Identifier: MIT */
#include "tests/differential/record.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static uint64_t hash;
static bool aloud;
/* Kept back until the sequence is over: if it was too late it did not happen. */
static char said[1 << 16];
static size_t said_length;

void record_start(bool verbose)
{
	hash = 0xcbf29ce484222325ULL; /* FNV-1a */
	aloud = verbose;
	said_length = 0;
}

static void say(const char *format, va_list args)
{
	int n = vsnprintf(said + said_length, sizeof(said) - said_length, format, args);

	said_length += (size_t)n;
	if (said_length >= sizeof(said))
		said_length = sizeof(said) - 1;
}

void record_print(void)
{
	fwrite(said, 1, said_length, stdout);
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
	if (aloud) {
		va_start(args, format);
		say(format, args);
		va_end(args);
	}
}

void record_aside(const char *format, ...)
{
	va_list args;

	if (!aloud)
		return;
	va_start(args, format);
	say(format, args);
	va_end(args);
}

uint64_t record_hash(void)
{
	return hash;
}
