/* SPDX-License-Identifier: MIT */
/* A file of fxbox's own that is written piece by piece, from own memory and from the guest's. */
#ifndef SHIM_HANG_OUT_H
#define SHIM_HANG_OUT_H

#include <stddef.h>
#include <stdint.h>

struct fx_out {
	int fd;
	int error;     /* the first, -errno; nothing is written after it */
	uint64_t base; /* where in the file it begins */
	uint64_t at;   /* where the next byte goes; what lies in buf is not in the file yet */
	size_t have;
	char buf[4096];
};

void fx_out_begin(struct fx_out *o, int fd, uint64_t base, uint64_t at);
void fx_out_put(struct fx_out *o, const void *from, size_t length);
/* Zeros up to a multiple of a power of two. */
void fx_out_align(struct fx_out *o, size_t to);
/* How much of that many bytes of guest memory could be read, from their beginning. */
size_t fx_out_put_guest(struct fx_out *o, uintptr_t from, size_t length);
/* All that was put is in the file. The first error, -errno, or 0. */
int fx_out_end(struct fx_out *o);

#endif
