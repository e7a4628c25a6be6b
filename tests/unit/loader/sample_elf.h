/* SPDX-License-Identifier: MIT */
/*
 * A small sound ELF program made in memory, for tests to spoil: a read-only
 * segment with headers and interpreter path, a writable one with bss behind
 * it, and a stack header.
 */
#ifndef TESTS_UNIT_LOADER_SAMPLE_ELF_H
#define TESTS_UNIT_LOADER_SAMPLE_ELF_H

#include <elf.h>
#include <limits.h>
#include <stddef.h>

enum { SAMPLE_TEXT, SAMPLE_DATA, SAMPLE_INTERP, SAMPLE_STACK, SAMPLE_PHNUM };

#define SAMPLE_INTERP_OFFSET 0x800
#define SAMPLE_DATA_OFFSET   0x1000
#define SAMPLE_DATA_ADDRESS  0x2000
#define SAMPLE_DATA_BYTES    0x123
#define SAMPLE_BSS_BYTES     0x2345
#define SAMPLE_SIZE	     0x2000

struct sample_elf {
	union {
		unsigned char bytes[SAMPLE_SIZE];
		struct {
			Elf64_Ehdr ehdr;
			Elf64_Phdr phdr[8];
		};
	};
	size_t size; /* how much of it goes to the file */
};

/* ET_DYN, based at 0; every byte of data and behind it in the file is 0xdd. */
struct sample_elf sample_elf(void);

/* The same as ET_EXEC: all addresses moved up by `base`. */
struct sample_elf sample_elf_fixed(Elf64_Addr base);

/* A fresh directory for this test's files; its path is returned by every call. */
const char *sample_dir(void);

/* Path of `name` in the directory: static memory, overwritten by the next call. */
const char *sample_path(const char *name);

/* Writes an executable file into the directory and returns its path. */
const char *sample_write(const char *name, const void *bytes, size_t size);

/* Removes the directory and the files in it. */
void sample_clean(void);

#endif
