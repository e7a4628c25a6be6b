/* SPDX-License-Identifier: MIT */
/* A hash of bytes, FNV-1a: to tell whether two things are the same, among friends. */
#ifndef LOADER_TEST_FNV_H
#define LOADER_TEST_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FX_FNV_BEGIN 0xcbf29ce484222325ULL

static inline uint64_t fx_fnv(uint64_t hash, const void *bytes, size_t length)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ b[i]) * 0x100000001b3ULL;
	return hash;
}

#endif
