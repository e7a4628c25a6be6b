/* SPDX-License-Identifier: MIT */
/*
 * What a waiter waits on: the word's address and the key class in one number.
 * Words are aligned to four bytes, so the two low bits are free for the class.
 */
#ifndef MANAGER_KEY_H
#define MANAGER_KEY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Which kind of futex a key names. The classes never match each other, as on
 * Linux, where FUTEX_PRIVATE_FLAG is part of the key.
 */
enum fx_key_class {
	FX_KEY_PRIVATE, /* FUTEX_PRIVATE_FLAG given */
	FX_KEY_PROCESS, /* not given, word in memory that no other process can map */
};

struct fx_key {
	uintptr_t bits;
};

static inline bool fx_key_aligned(uintptr_t uaddr)
{
	return (uaddr & 3) == 0;
}

/* uaddr is aligned. */
static inline struct fx_key fx_key_make(uintptr_t uaddr, enum fx_key_class cls)
{
	return (struct fx_key){uaddr | (uintptr_t)cls};
}

static inline bool fx_key_equal(struct fx_key a, struct fx_key b)
{
	return a.bits == b.bits;
}

static inline uintptr_t fx_key_uaddr(struct fx_key key)
{
	return key.bits & ~(uintptr_t)3;
}

static inline enum fx_key_class fx_key_class_of(struct fx_key key)
{
	return (enum fx_key_class)(key.bits & 3);
}

/* Fibonacci hashing: the high bits of the product depend on all bits of the key. */
static inline uint64_t fx_key_hash(struct fx_key key)
{
	return (uint64_t)key.bits * 0x9e3779b97f4a7c15ULL;
}

#endif
