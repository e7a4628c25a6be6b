/* SPDX-License-Identifier: MIT */
/*
 * Guest memory. A guest address is a uintptr_t, never dereferenced in C; each
 * function returns 0 (or a length) or -EFAULT when any byte cannot be
 * accessed, in which case part of a copy may have been made. None blocks but
 * for the host's own page faults. Own memory (to, out, seen) must be valid.
 */
#ifndef SHIM_MEMORY_UMEM_H
#define SHIM_MEMORY_UMEM_H

#include <stddef.h>
#include <stdint.h>

int fx_umem_load32(uintptr_t uaddr, uint32_t *out);
int fx_umem_load64(uintptr_t uaddr, uint64_t *out);
int fx_umem_store32(uintptr_t uaddr, uint32_t value);
int fx_umem_store64(uintptr_t uaddr, uint64_t value);
/* Sequentially consistent; *seen is the value before, equal to expected on success. */
int fx_umem_cmpxchg32(uintptr_t uaddr, uint32_t expected, uint32_t desired, uint32_t *seen);
int fx_umem_copy_in(void *to, uintptr_t from, size_t length);
int fx_umem_copy_out(uintptr_t to, const void *from, size_t length);
/* Copies a string with its NUL; its length without, or -ENAMETOOLONG if it exceeds size - 1. */
long fx_umem_string(char *to, uintptr_t from, size_t size);
/* Not memory, but a fault of the same kind: the processor's counter. */
int fx_umem_tsc(uint64_t *out);

/* Labels for the fault handler. */
extern const char fx_umem_begin[], fx_umem_end[], fx_umem_fault[];

#endif
