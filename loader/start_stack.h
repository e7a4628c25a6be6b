/* SPDX-License-Identifier: MIT */
/*
 * The stack that a new program finds: argc, argv, envp, auxiliary vector, and
 * the strings behind them, as the x86-64 psABI and Linux lay them out. Built
 * into memory of the caller's, which becomes the guest's stack.
 *
 *	low   argc | argv… NULL | envp… NULL | auxv… AT_NULL | 16 random bytes |
 *	high  platform | argv strings | envp strings | execfn | padding
 */
#ifndef LOADER_START_STACK_H
#define LOADER_START_STACK_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nothing here is owned; it need live only until the stack is built. */
struct fx_start_stack {
	char *const *argv;
	char *const *envp;
	const char *execfn;
	/*
	 * The kernel's own vector for this process. All entries pass through,
	 * known or not, but those that tell of the program: they are replaced
	 * by what follows. AT_EXECFD is dropped.
	 */
	const ElfW(auxv_t) * auxv;
	uintptr_t phdr;
	size_t phnum;
	uintptr_t base;	 /* of the interpreter, 0 without one */
	uintptr_t entry; /* of the program itself */
	unsigned char random[16];
	bool no_vdso; /* it has to ask the kernel for the time */
};

/* Where things came to lie. */
struct fx_start_layout {
	uintptr_t sp; /* at argc, 16-byte aligned */
	uintptr_t auxv;
	size_t auxv_size; /* bytes, AT_NULL included */
	uintptr_t arg_start;
	uintptr_t arg_end;
	uintptr_t env_start;
	uintptr_t env_end;
};

/* The vector that the kernel put behind a real envp. */
const ElfW(auxv_t) * fx_auxv_behind(char *const *envp);

/* How many bytes fx_start_stack_build needs, whatever the memory's alignment. */
size_t fx_start_stack_size(const struct fx_start_stack *stack);

/*
 * Builds the image at the upper end of mem, so that what lies below it is free
 * to grow into. `size` must be at least fx_start_stack_size.
 */
struct fx_start_layout fx_start_stack_build(const struct fx_start_stack *stack, void *mem,
					    size_t size);

#endif
