/* SPDX-License-Identifier: MIT */
/* What lies at an address of data: a variable by its name, or the memory that it is in. */
#ifndef LOADER_REPORT_THREADS_PLACE_H
#define LOADER_REPORT_THREADS_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "loader/report/threads/modules.h"
#include "loader/report/threads/stack.h"

enum fx_place_where {
	FX_PLACE_VARIABLE, /* of a module, by name */
	FX_PLACE_MODULE,   /* in a module's data: no name is known */
	FX_PLACE_STACK,	   /* in a frame of a thread; by name too, if that is known */
	FX_PLACE_TLS,	   /* in a thread's own variables */
	FX_PLACE_FILE,	   /* in a mapping of a file */
	FX_PLACE_HEAP,	   /* in memory without a file: malloc's, or a mapping */
};

struct fx_place {
	enum fx_place_where where;
	char name[256];	  /* of a variable, with the way into it; "": not known */
	const char *file; /* where that is declared; NULL: not known */
	int line;
	uint64_t start;	      /* of what has the name; else the address itself */
	const char *module;   /* path: FX_PLACE_VARIABLE, FX_PLACE_MODULE, FX_PLACE_FILE */
	uint64_t offset;      /* in that module, or file */
	int32_t tid;	      /* whose stack, or whose variables: FX_PLACE_STACK, FX_PLACE_TLS */
	const char *function; /* FX_PLACE_STACK: whose frame; NULL: not known */
};

/* All stacks, in the order of the dump's threads. */
struct fx_place_stacks {
	const struct fx_stack *stack;
	size_t stacks;
};

/* Finds out all of it. Reads files only. */
void fx_place_find(struct fx_modules *m, const struct fx_place_stacks *all, uint64_t address,
		   struct fx_place *to);

#define FX_PLACE_TEXT 640
/* "lock_b (abba.c:12)", "0x7f.. in the heap"; `size` at least FX_PLACE_TEXT, or it is cut. */
void fx_place_text(const struct fx_place *p, char *out, size_t size);

/* The last part of a path. */
const char *fx_place_base(const char *path);

#endif
