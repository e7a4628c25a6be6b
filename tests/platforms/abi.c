/* SPDX-License-Identifier: MIT */
/*
 * Sizes and places that programs are compiled with: changing one is a new major version. The first
 * is for pointers of 8 bytes, the other for those of 4.
 */
#include <fxfutex.h>

#define IS(what, with8, with4)                                                                     \
	_Static_assert((what) == (sizeof(void *) == 8 ? (with8) : (with4)), #what)

IS(sizeof(struct fxfutex_word), 16, 8);
IS(offsetof(struct fxfutex_word, value), 8, 4);
IS(sizeof(struct fxfutex_async), 208, 200);
IS(offsetof(struct fxfutex_async, user), 8, 4);
IS(offsetof(struct fxfutex_async, opaque), 16, 8);
IS(sizeof(struct fxfutex_at_exit), 32, 20);
IS(offsetof(struct fxfutex_at_exit, word), 16, 8);
IS(offsetof(struct fxfutex_at_exit, value), 24, 12);
_Static_assert(FXFUTEX_ANY == 0xffffffffU && -FXFUTEX_ETIMEDOUT == -110, "constants");
_Static_assert(FXFUTEX_VERSION == 10000, "docs/libfxfutex.md, Versions");

/* Functions, as they are called. */
fxfutex *(*const abi_new)(unsigned) = fxfutex_new;
void (*const abi_free)(fxfutex *) = fxfutex_free;
int (*const abi_wait)(fxfutex *, uint32_t *, uint32_t, uint32_t, const struct timespec *,
		      clockid_t) = fxfutex_wait;
int (*const abi_wake)(fxfutex *, uint32_t *, int, uint32_t) = fxfutex_wake;
int (*const abi_requeue)(fxfutex *, uint32_t *, uint32_t *, int, int, uint32_t) = fxfutex_requeue;
size_t (*const abi_waitv_size)(unsigned) = fxfutex_waitv_size;
int (*const abi_waitv)(fxfutex *, const struct fxfutex_word *, unsigned, void *,
		       const struct timespec *, clockid_t) = fxfutex_waitv;
int (*const abi_wait_async)(fxfutex *, struct fxfutex_async *, uint32_t *, uint32_t,
			    uint32_t) = fxfutex_wait_async;
int (*const abi_cancel)(fxfutex *, struct fxfutex_async *) = fxfutex_wait_async_cancel;
uint32_t (*const abi_self)(void) = fxfutex_self;
int (*const abi_lock)(fxfutex *, uint32_t *, const struct timespec *, clockid_t) = fxfutex_lock;
int (*const abi_trylock)(fxfutex *, uint32_t *) = fxfutex_trylock;
int (*const abi_unlock)(fxfutex *, uint32_t *) = fxfutex_unlock;
int (*const abi_owner)(fxfutex *, uint32_t *, uint32_t *) = fxfutex_owner;
int (*const abi_at_exit)(fxfutex *, struct fxfutex_at_exit *, uint32_t *, uint32_t,
			 int) = fxfutex_wake_at_exit;
void (*const abi_forget)(struct fxfutex_at_exit *) = fxfutex_forget_at_exit;
int (*const abi_version)(void) = fxfutex_version;
