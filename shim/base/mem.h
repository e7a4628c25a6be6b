/* SPDX-License-Identifier: MIT */
/* Memory and string functions for own (never guest) memory in life 2. */
#ifndef SHIM_BASE_MEM_H
#define SHIM_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int byte, size_t n);
void *memmove(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

size_t fx_strlen(const char *s);
bool fx_str_equal(const char *a, const char *b);
bool fx_str_starts(const char *s, const char *prefix);

#endif
