/* SPDX-License-Identifier: MIT */
/*
 * A program of a few bytes and an interpreter for it, made in memory and then spoiled or bent:
 * elf_shapes.c executes them. The program ends with 7, the interpreter with 8, unless they
 * are told to end with the byte at an address.
 */
#ifndef GUEST_PROGS_ELF_SHAPES_H
#define GUEST_PROGS_ELF_SHAPES_H

#include <elf.h>
#include <stdint.h>
#include <string.h>

enum { LOAD_TEXT, LOAD_DATA, LOAD_MORE, INTERP, LAST, PHDRS };

#define BASE	    0x10000000UL /* of the program; the interpreter is ET_DYN, based at 0 */
#define INTERP_AT   0x200
#define CODE_AT	    0x800
#define DATA_AT	    0x1000 /* a page of 21, */
#define MORE_AT	    0x2000 /* and a page of 22 */
#define SHAPE_BYTES 0x3000

struct shape {
	union {
		unsigned char byte[SHAPE_BYTES];
		struct {
			Elf64_Ehdr ehdr;
			Elf64_Phdr phdr[PHDRS];
		};
	};
	size_t size;   /* of these bytes, how many there are, */
	size_t extent; /* and how long the file is, zero behind them */
};

struct shapes {
	struct shape program, interp;
	unsigned int interp_mode;
	const char *interp_text; /* instead of the interpreter, if not NULL */
};

static inline Elf64_Phdr load(uint64_t offset, uint64_t vaddr, uint64_t size, unsigned int flags)
{
	return (Elf64_Phdr){.p_type = PT_LOAD,
			    .p_flags = flags,
			    .p_offset = offset,
			    .p_vaddr = vaddr,
			    .p_filesz = size,
			    .p_memsz = size,
			    .p_align = 0x1000};
}

static inline void end_with(struct shape *s, unsigned char status)
{
	/* mov $60, %eax; mov $status, %edi; syscall */
	const unsigned char code[] = {0xb8, 60, 0, 0, 0, 0xbf, status, 0, 0, 0, 0x0f, 0x05};

	memcpy(s->byte + CODE_AT, code, sizeof(code));
}

/* The byte at an address relative to that of the file's begin. */
static inline void end_with_byte_at(struct shape *s, uint32_t where)
{
	/* mov $60, %eax; movzbl DISPLACEMENT(%rip), %edi; syscall */
	unsigned char code[] = {0xb8, 60, 0, 0, 0, 0x0f, 0xb6, 0x3d, 0, 0, 0, 0, 0x0f, 0x05};
	uint32_t displacement = where - (CODE_AT + 12);

	memcpy(code + 8, &displacement, sizeof(displacement));
	memcpy(s->byte + CODE_AT, code, sizeof(code));
}

static inline void name_interp(struct shape *s, const char *path)
{
	strcpy((char *)s->byte + INTERP_AT, path);
	s->phdr[INTERP] = (Elf64_Phdr){.p_type = PT_INTERP,
				       .p_offset = INTERP_AT,
				       .p_filesz = strlen(path) + 1,
				       .p_memsz = strlen(path) + 1};
}

/* Sound; of the five headers only the first is used. */
static inline void sound_shape(struct shape *s, unsigned int type, unsigned char status)
{
	uint64_t base = type == ET_EXEC ? BASE : 0;

	memset(s, 0, sizeof(*s));
	memcpy(s->ehdr.e_ident, ELFMAG "\2\1\1", 7);
	s->ehdr.e_type = (Elf64_Half)type;
	s->ehdr.e_machine = EM_X86_64;
	s->ehdr.e_version = 1;
	s->ehdr.e_ehsize = sizeof(Elf64_Ehdr);
	s->ehdr.e_phoff = sizeof(Elf64_Ehdr);
	s->ehdr.e_phentsize = sizeof(Elf64_Phdr);
	s->ehdr.e_phnum = PHDRS;
	s->ehdr.e_entry = base + CODE_AT;
	s->phdr[LOAD_TEXT] = load(0, base, 0x1000, PF_R | PF_X);
	memset(s->byte + DATA_AT, 21, 0x1000);
	memset(s->byte + MORE_AT, 22, 0x1000);
	end_with(s, status);
	s->size = s->extent = SHAPE_BYTES;
}

#endif
