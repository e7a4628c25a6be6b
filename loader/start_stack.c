/* SPDX-License-Identifier: MIT */
#include "loader/start_stack.h"

#include <stdbool.h>
#include <string.h>

/* The psABI's alignment of the stack pointer at entry. */
#define STACK_ALIGN 16UL

struct strings {
	size_t count;
	size_t bytes;
};

static struct strings measure(char *const *list)
{
	struct strings s = {0};

	for (; list[s.count]; s.count++)
		s.bytes += strlen(list[s.count]) + 1;
	return s;
}

static size_t auxv_count(const ElfW(auxv_t) * auxv)
{
	size_t count = 1;

	for (; auxv->a_type != AT_NULL; auxv++)
		count += auxv->a_type != AT_EXECFD;
	return count;
}

/* The machine's name, which ld.so expands $PLATFORM to. */
static const char *platform_of(const ElfW(auxv_t) * auxv)
{
	for (; auxv->a_type != AT_NULL; auxv++) {
		if (auxv->a_type == AT_PLATFORM && auxv->a_un.a_val)
			return (const char *)auxv->a_un.a_val;
	}
	return "";
}

const ElfW(auxv_t) * fx_auxv_behind(char *const *envp)
{
	while (*envp)
		envp++;
	return (const void *)(envp + 1);
}

static size_t vectors_size(const struct fx_start_stack *stack)
{
	size_t words = 1 + measure(stack->argv).count + 1 + measure(stack->envp).count + 1;

	return words * sizeof(uintptr_t) + auxv_count(stack->auxv) * sizeof(*stack->auxv);
}

static size_t strings_size(const struct fx_start_stack *stack)
{
	return sizeof(stack->random) + strlen(platform_of(stack->auxv)) + 1 +
	       measure(stack->argv).bytes + measure(stack->envp).bytes + strlen(stack->execfn) + 1;
}

size_t fx_start_stack_size(const struct fx_start_stack *stack)
{
	return vectors_size(stack) + strings_size(stack) + 2 * STACK_ALIGN;
}

/* Copies to *at and moves it on; returns where the copy lies. */
static uintptr_t put(char **at, const void *bytes, size_t size)
{
	char *copy = *at;

	memcpy(copy, bytes, size);
	*at += size;
	return (uintptr_t)copy;
}

static void put_word(char **at, uintptr_t word)
{
	put(at, &word, sizeof(word));
}

/* The strings go to *text, the pointers to them and a NULL to *at. */
static void put_list(char **at, char **text, char *const *list)
{
	for (; *list; list++)
		put_word(at, put(text, *list, strlen(*list) + 1));
	put_word(at, 0);
}

struct placed {
	uintptr_t random;
	uintptr_t platform;
	uintptr_t execfn;
};

static void put_auxv(char **at, const struct fx_start_stack *stack, const struct placed *placed)
{
	const ElfW(auxv_t) *from = stack->auxv;
	ElfW(auxv_t) entry;

	do {
		entry = *from++;
		switch (entry.a_type) {
		case AT_EXECFD:
			continue;
		case AT_SYSINFO_EHDR:
			if (stack->no_vdso)
				entry.a_type = AT_IGNORE;
			break;
		case AT_PHDR:
			entry.a_un.a_val = stack->phdr;
			break;
		case AT_PHENT:
			entry.a_un.a_val = sizeof(ElfW(Phdr));
			break;
		case AT_PHNUM:
			entry.a_un.a_val = stack->phnum;
			break;
		case AT_BASE:
			entry.a_un.a_val = stack->base;
			break;
		case AT_FLAGS:
			entry.a_un.a_val = 0;
			break;
		case AT_ENTRY:
			entry.a_un.a_val = stack->entry;
			break;
		case AT_RANDOM:
			entry.a_un.a_val = placed->random;
			break;
		case AT_PLATFORM:
			entry.a_un.a_val = placed->platform;
			break;
		case AT_EXECFN:
			entry.a_un.a_val = placed->execfn;
			break;
		default:
			break;
		}
		put(at, &entry, sizeof(entry));
	} while (entry.a_type != AT_NULL);
}

struct fx_start_layout fx_start_stack_build(const struct fx_start_stack *stack, void *mem,
					    size_t size)
{
	const char *platform = platform_of(stack->auxv);
	struct fx_start_layout layout;
	struct placed placed;
	uintptr_t top = (uintptr_t)mem + size;
	uintptr_t low = (top - strings_size(stack) - vectors_size(stack)) & ~(STACK_ALIGN - 1);
	char *at = (char *)mem + (low - (uintptr_t)mem);
	char *text = at + vectors_size(stack);

	layout.sp = low;
	placed.random = put(&text, stack->random, sizeof(stack->random));
	placed.platform = put(&text, platform, strlen(platform) + 1);

	put_word(&at, measure(stack->argv).count);
	layout.arg_start = (uintptr_t)text;
	put_list(&at, &text, stack->argv);
	layout.arg_end = layout.env_start = (uintptr_t)text;
	put_list(&at, &text, stack->envp);
	layout.env_end = (uintptr_t)text;
	placed.execfn = put(&text, stack->execfn, strlen(stack->execfn) + 1);

	layout.auxv = (uintptr_t)at;
	put_auxv(&at, stack, &placed);
	layout.auxv_size = (uintptr_t)at - layout.auxv;
	return layout;
}
