/* SPDX-License-Identifier: MIT */
/*
 * The program and its libraries, as the dump says that they were mapped: read from their files,
 * for names, lines and the way from a frame to its caller. Text and constants are read from there
 * too, for a dump has none. Nothing is fetched from a network.
 */
#ifndef LOADER_REPORT_THREADS_MODULES_H
#define LOADER_REPORT_THREADS_MODULES_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/report/threads/dump_read.h"

struct fx_module {
	const char *path;
	uint64_t start, end;
	Dwfl_Module *dwfl;
	bool libc; /* the C library or its loader, as a file of its own */
	bool dwarf_known, dwarf_there;
	Dwarf *dwarf;
	uint64_t dwarf_bias;
	struct fx_variable_index *variables; /* of variable_dwarf.c */
};

/* A name that lies at or before an address. Lives as long as the modules. */
struct fx_symbol {
	const char *name;
	uint64_t offset; /* of the address from where it begins */
};

struct fx_modules {
	struct fx_dump *dump;
	Dwfl *dwfl;
	struct fx_module *module; /* by address */
	size_t modules;
	const char *
		*missing; /* files that could not be read: names and lines of them are not known */
	size_t missing_files;
	bool libc; /* a C library is among them, so the program is dynamic */
	bool musl; /* musl's, as far as it can be told; else glibc's */
	struct fx_place_cache *cache;
};

/*
 * Opens the files that the dump names. Those that are not there, or are no ELF files, are left
 * out; 0, or -1 and *why if libdwfl itself does not work. Call fx_modules_free in either case, and
 * before fx_dump_free.
 */
int fx_modules_open(struct fx_modules *m, struct fx_dump *dump, struct fx_refusal *why);
void fx_modules_free(struct fx_modules *m);

/* The module that an address lies in, or NULL. */
struct fx_module *fx_module_of(const struct fx_modules *m, uint64_t address);
/* The symbol that covers an address; false if there is none. */
bool fx_module_symbol(struct fx_modules *m, uint64_t address, struct fx_symbol *to);
/* DWARF of a module, read when first asked for; NULL if there is none. */
Dwarf *fx_module_dwarf(struct fx_module *m, uint64_t *bias);
/* Source file (lives as long as the modules) and line of an instruction; false: not known. */
bool fx_module_line(struct fx_modules *m, uint64_t address, const char **file, int *line);
/* Whether an address lies in a segment with all of these flags (PF_X, PF_W, PF_R). */
bool fx_module_flags(const struct fx_modules *m, uint64_t address, uint32_t flags);
/* Memory from the dump or, where the process could not write, from the file. */
bool fx_modules_load(struct fx_modules *m, uint64_t address, void *to, size_t length);

#endif
