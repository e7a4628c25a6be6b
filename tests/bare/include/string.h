/* SPDX-License-Identifier: MIT */
/* What the compiler calls by itself, and the tests by name; memory.c has them. */
#ifndef TESTS_BARE_STRING_H
#define TESTS_BARE_STRING_H

#include <stddef.h>

void *memset(void *to, int byte, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
