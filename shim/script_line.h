/* SPDX-License-Identifier: MIT */
/*
 * The first line of a script, `#! INTERPRETER [ARGUMENT]`, read exactly as
 * Linux's binfmt_script reads it. Pure and freestanding: the loader uses it
 * before the guest starts, the shim when the guest calls execve.
 */
#ifndef SHIM_SCRIPT_LINE_H
#define SHIM_SCRIPT_LINE_H

#include <stddef.h>

/* How much of a file Linux looks at. A longer line is cut, or refused within the interpreter. */
#define FX_SCRIPT_LINE_MAX 256

/* Scripts whose interpreters are scripts: the kernel's limit, then ELOOP. */
#define FX_SCRIPT_NEST_MAX 5

/* Where the two words lie in the buffer. arg_len is 0 if there is no argument. */
struct fx_script_line {
	size_t interp;
	size_t interp_len;
	size_t arg;
	size_t arg_len;
};

/*
 * `buf` holds the first `len` bytes of a file, `len` at most FX_SCRIPT_LINE_MAX
 * and less only if the file is shorter. Returns 0, -ENOEXEC if this is no
 * script or names no interpreter, or -EACCES if the name is empty, as it is where
 * the file ends behind `#!`; *out is then untouched.
 */
int fx_script_line_parse(const char *buf, size_t len, struct fx_script_line *out);

#endif
