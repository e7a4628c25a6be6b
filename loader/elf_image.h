/* SPDX-License-Identifier: MIT */
/*
 * An ELF file that fxbox is willing to map: header and program headers, which
 * is all that the kernel reads too (ADR 21), checked so that map_guest need not
 * doubt a single number in them. What Linux would start only to kill it (a
 * segment beyond the end of the file, say) is refused here, each kind with one
 * clear line.
 */
#ifndef LOADER_ELF_IMAGE_H
#define LOADER_ELF_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/refusal.h"

#define FX_PAGE_SIZE	4096UL
#define FX_PAGE_DOWN(x) ((x) & ~(FX_PAGE_SIZE - 1))
#define FX_PAGE_UP(x)	FX_PAGE_DOWN((x) + FX_PAGE_SIZE - 1)

/* First address that a 4-level user space does not have (Linux's TASK_SIZE). */
#define FX_USER_END 0x7ffffffff000UL

/* Addresses [start, end). */
struct fx_span {
	uint64_t start;
	uint64_t end;
};

struct fx_elf_image {
	int fd;		     /* open for reading, owned */
	bool fixed;	     /* ET_EXEC: to be mapped at its own addresses */
	bool exec_stack;     /* PT_GNU_STACK asks for it; without one x86-64 has none */
	uint64_t entry;	     /* unbiased, not checked: Linux starts anything, and so do we */
	uint64_t phdr;	     /* unbiased address of the program headers, 0 if not loaded */
	struct fx_span span; /* of all PT_LOAD segments, rounded to pages */
	uint64_t align;	     /* largest segment alignment, at least a page */
	size_t phnum;	     /* every program header, */
	size_t load_count;   /* and those of type PT_LOAD with a size, */
	Elf64_Phdr *loads;   /* ascending, none overlapping another; owned */
	char *interp;	     /* PT_INTERP, owned; NULL if there is none */
};

/*
 * Opens and checks `path`. A fixed image must not touch `own`, the addresses
 * that fxbox itself lives at. `subject` names the file in the refusal.
 * Returns 0, or -1 with *why filled and *image untouched.
 */
int fx_elf_image_open(struct fx_elf_image *image, const char *path, const char *subject,
		      struct fx_span own, struct fx_refusal *why);

/* Closes the descriptor and frees what the image owns. */
void fx_elf_image_close(struct fx_elf_image *image);

#endif
