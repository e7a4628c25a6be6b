/* SPDX-License-Identifier: MIT */
#include <string.h>

/* Compiled so that no compiler makes calls of themselves out of these loops. */

void *memset(void *to, int byte, size_t n)
{
	unsigned char *t = to;

	while (n-- > 0)
		*t++ = (unsigned char)byte;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	const unsigned char *f = from;
	unsigned char *t = to;

	while (n-- > 0)
		*t++ = *f++;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n > 0; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}
