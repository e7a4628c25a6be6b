/* SPDX-License-Identifier: MIT */
/* What a thread waits for, by the function that it called. */
#ifndef LOADER_REPORT_THREADS_WAIT_KIND_H
#define LOADER_REPORT_THREADS_WAIT_KIND_H

#include <stdbool.h>
#include <stddef.h>

enum fx_wait_kind {
	FX_WAIT_UNKNOWN, /* for a word, and nothing says what it is */
	FX_WAIT_MUTEX,
	FX_WAIT_COND,
	FX_WAIT_SEM,
	FX_WAIT_READ,  /* a reader-writer lock, to read */
	FX_WAIT_WRITE, /* to write */
	FX_WAIT_BARRIER,
	FX_WAIT_JOIN,
	FX_WAIT_ONCE,
	FX_WAIT_GUARD,	  /* C++: a local static variable, made by another thread */
	FX_WAIT_INTERNAL, /* a lock of the C library's own */
	FX_WAIT_PARK,	  /* of a runtime: until another thread says so */
	FX_WAIT_KINDS,
};

/* Whose object it is, which says where its fields are. */
enum fx_wait_library {
	FX_OF_PTHREAD, /* of the process's C library; C11's and C++'s are made of these */
	FX_OF_RUST,
	FX_OF_GO,
	FX_OF_CXX,
};

struct fx_wait_function {
	const char *name; /* without leading '_' and what stands behind '.' or '@' */
	enum fx_wait_kind kind;
	enum fx_wait_library library;
};

/* Of a symbol's name: NULL if it is none of those that wait. */
const struct fx_wait_function *fx_wait_function(const char *symbol);

/* What programs call it: the name without what the library puts before and behind. */
void fx_wait_function_name(const char *symbol, char *out, size_t size);

/* "mutex", "condition", ...; an index of the table in docs/hangs.md, and of the schema. */
const char *fx_wait_kind_name(enum fx_wait_kind kind);

#endif
