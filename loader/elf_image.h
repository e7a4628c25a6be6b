/* SPDX-License-Identifier: MIT */
/*
 * An ELF file that fxbox is willing to map: header and program headers, which
 * is all that the kernel reads too (ADR 21), checked so that map_guest need not
 * doubt a single number in them. What Linux does not take, or would start only to kill it,
 * is refused here, each kind with one clear line; what it runs, however odd, is taken.
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

/* The pages of a segment, where the image lies `bias` above its own addresses. */
static inline struct fx_span fx_segment_pages(const Elf64_Phdr *ph, uint64_t bias)
{
	return (struct fx_span){FX_PAGE_DOWN(bias + ph->p_vaddr),
				FX_PAGE_UP(bias + ph->p_vaddr + ph->p_memsz)};
}

/* Of an interpreter Linux does not look at the interpreter it names itself. */
enum fx_elf_role { FX_ELF_PROGRAM, FX_ELF_INTERP };

struct fx_elf_image {
	int fd;		     /* open for reading, owned; -1 if somebody has closed it */
	bool fixed;	     /* ET_EXEC: to be mapped at its own addresses */
	bool exec_stack;     /* PT_GNU_STACK asks for it; without one x86-64 has none */
	uint64_t entry;	     /* unbiased, not checked: Linux starts anything, and so do we */
	uint64_t phdr;	     /* unbiased address of the program headers, 0 if not loaded */
	struct fx_span span; /* of all PT_LOAD segments, rounded to pages; 0, 0 if there is none */
	uint64_t align;	     /* largest segment alignment, at least a page */
	size_t phnum;	     /* every program header, */
	size_t load_count;   /* and those of type PT_LOAD with a size, */
	Elf64_Phdr *loads;   /* in the file's order, later ones lie over earlier ones; owned */
	uint64_t cut;	     /* address of the first that goes beyond the file's end, */
	bool is_cut;	     /* if there is one: touched there, it is a SIGBUS */
	char *interp;	     /* PT_INTERP, owned; NULL if there is none */
};

/*
 * Checks a file that is open for reading. A fixed image must not touch `own`, the addresses
 * that fxbox itself lives at. `subject` names the file in the refusal.
 * Returns 0, or -1 with *why filled and *image untouched. Takes ownership of fd, also on failure.
 */
int fx_elf_image_read(struct fx_elf_image *image, int fd, enum fx_elf_role role,
		      const char *subject, struct fx_span own, struct fx_refusal *why);

/* Closes the descriptor and frees what the image owns. */
void fx_elf_image_close(struct fx_elf_image *image);

#endif
