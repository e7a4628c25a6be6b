/* SPDX-License-Identifier: MIT */
/*
 * What Linux's binfmt_elf wants of an ELF header before it reads on. It looks at nothing else:
 * not at e_ident behind the magic number, nor at versions, flags and the header's own size.
 */
#ifndef SHIM_ELF_RULES_H
#define SHIM_ELF_RULES_H

#include <stdbool.h>

#define FX_ELF_EXEC	   2
#define FX_ELF_DYN	   3
#define FX_ELF_X86_64	   62
#define FX_ELF_PHDR	   56
#define FX_ELF_TABLE_BYTES 65536 /* load_elf_phdrs() takes no larger table */

static inline bool fx_elf_is_program(unsigned int type, unsigned int machine)
{
	return (type == FX_ELF_EXEC || type == FX_ELF_DYN) && machine == FX_ELF_X86_64;
}

static inline bool fx_elf_takes_table(unsigned int entry_bytes, unsigned int count)
{
	return entry_bytes == FX_ELF_PHDR && count > 0 && count <= FX_ELF_TABLE_BYTES / FX_ELF_PHDR;
}

#endif
