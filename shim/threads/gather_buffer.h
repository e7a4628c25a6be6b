/* SPDX-License-Identifier: MIT */
/* Where a thread's lines of --trace wait: a part of its block. audit/gather.h says what for. */
#ifndef SHIM_THREADS_GATHER_BUFFER_H
#define SHIM_THREADS_GATHER_BUFFER_H

#include <stddef.h>
#include <stdint.h>

/*
 * While a thread writes its buffer others may wait for it, sleep, and be woken, which costs more
 * than the writing: so who fills it within ten milliseconds has a larger one from then on. Memory
 * that is not used is not there.
 */
#define FX_GATHER_SIZE	262144
#define FX_GATHER_FIRST 65536
#define FX_GATHER_HEAD	168

struct fx_gather_buffer {
	char *buf;	    /* NULL: nothing is gathered. Beside the blocks of the slab, thread.c */
	uint32_t len;	    /* the owner's; published when the bytes are there */
	uint32_t done;	    /* of these, written by who ended the process. Under the lock */
	uint32_t lock;	    /* to write the buffer out, or to empty it */
	uint32_t full;	    /* so much and not more */
	int64_t written_us; /* when time, or this, was the reason last */

	/* How the thread's lines of one call begin, since they mostly are of the same: trace.c. */
	long head_nr;
	uint32_t head_length; /* 0: there is none */
	char head[FX_GATHER_HEAD];
};

/*
 * Of one that was killed what is left is nobody's; in a forked child what lies in the buffer is
 * the parent's to write.
 */
static inline void fx_gather_buffer_empty(struct fx_gather_buffer *g)
{
	g->len = 0;
	g->done = 0;
	g->lock = 0;
	g->head_length = 0;
	g->full = FX_GATHER_FIRST;
}

#endif
