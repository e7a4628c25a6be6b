/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/demangle.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANGLED_MOST 2048 /* longer ones are made of templates, and nobody reads them */
#define HASH	     "::h0123456789abcdef"

static char *(*demangle)(const char *symbol, char *buffer, size_t *length, int *status);

void fx_demangle_open(void)
{
	void *library = dlopen("libstdc++.so.6", RTLD_NOW | RTLD_LOCAL);
	void *function = library ? dlsym(library, "__cxa_demangle") : NULL;

	memcpy(&demangle, &function, sizeof(demangle));
}

/* Rust appends a hash to its paths, which says nothing to a reader. */
static size_t without_hash(const char *name)
{
	const size_t length = strlen(name), hash = sizeof(HASH) - 1;
	const char *end = name + length - hash;

	if (length > hash && strncmp(end, "::h", 3) == 0 &&
	    strspn(end + 3, "0123456789abcdef") == hash - 3)
		return length - hash;
	return length;
}

void fx_demangle(const char *symbol, char *out, size_t size)
{
	char *name = NULL;
	int status;

	if (demangle && strncmp(symbol, "_Z", 2) == 0 && strlen(symbol) < MANGLED_MOST)
		name = demangle(symbol, NULL, NULL, &status);
	if (name)
		snprintf(out, size, "%.*s", (int)without_hash(name), name);
	else
		snprintf(out, size, "%.*s", (int)strcspn(symbol, "@"), symbol);
	free(name);
	for (char *c = out; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
}
