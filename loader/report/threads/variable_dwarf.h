/* SPDX-License-Identifier: MIT */
/* The variable that lies at an address, and which part of it, by the DWARF of its module. */
#ifndef LOADER_REPORT_THREADS_VARIABLE_DWARF_H
#define LOADER_REPORT_THREADS_VARIABLE_DWARF_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/report/threads/modules.h"
#include "loader/report/threads/stack.h"

struct fx_variable {
	char path[256];	  /* accounts[1].lock: down to what is a lock, or has no parts */
	const char *file; /* where it is declared; NULL: not told. Lives as long as the modules */
	int line;
	uint64_t start; /* of the part: the address asked for lies in it */
};

/* A variable of a module, functions' static ones too; false: none there, or no DWARF. */
bool fx_variable_static(struct fx_module *module, uint64_t address, struct fx_variable *to);

/* A variable or parameter of a frame that lies in memory; `cfa` is the next frame's sp. */
bool fx_variable_local(struct fx_modules *m, const struct fx_frame *frame, uint64_t cfa,
		       uint64_t address, struct fx_variable *to);

#endif
