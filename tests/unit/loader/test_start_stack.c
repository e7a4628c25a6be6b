/* SPDX-License-Identifier: MIT */
/* The layout of a new program's stack. */
#include <check.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "loader/start_stack.h"

#define UNHEARD_OF 4711

static char *argv[] = {(char[]){"prog"}, (char[]){""}, (char[]){"last"}, NULL};
static char *envp[] = {(char[]){"A=1"}, (char[]){"B="}, NULL};
static char *none[] = {NULL};

static ElfW(auxv_t) kernels[] = {
	{AT_SYSINFO_EHDR, {0x7fff0000}},
	{AT_EXECFD, {3}},
	{AT_HWCAP, {1}},
	{UNHEARD_OF, {42}},
	{AT_PHDR, {2}},
	{AT_PHENT, {3}},
	{AT_PHNUM, {4}},
	{AT_BASE, {5}},
	{AT_FLAGS, {6}},
	{AT_ENTRY, {7}},
	{AT_SECURE, {0}},
	{AT_RANDOM, {8}},
	{AT_EXECFN, {9}},
	{AT_PLATFORM, {0}},
	{AT_MINSIGSTKSZ, {3632}},
	{AT_NULL, {0}},
};

static struct fx_start_stack sample(void)
{
	struct fx_start_stack stack = {
		.argv = argv,
		.envp = envp,
		.execfn = "./prog",
		.auxv = kernels,
		.phdr = 0x400040,
		.phnum = 9,
		.base = 0x7f0000000000,
		.entry = 0x401000,
	};

	memcpy(stack.random, "0123456789abcdef", 16);
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		if (kernels[i].a_type == AT_PLATFORM)
			kernels[i].a_un.a_val = (uintptr_t) "x86_64";
	}
	return stack;
}

static const ElfW(auxv_t) * entry_of(const struct fx_start_layout *layout, uint64_t type)
{
	const ElfW(auxv_t) *at = (const void *)layout->auxv;

	for (; at->a_type != AT_NULL; at++) {
		if (at->a_type == type)
			return at;
	}
	return NULL;
}

static uint64_t value_of(const struct fx_start_layout *layout, uint64_t type)
{
	const ElfW(auxv_t) *entry = entry_of(layout, type);

	ck_assert_msg(entry != NULL, "no entry %lu", type);
	return entry->a_un.a_val;
}

/* Built into memory of just the announced size, so that the sanitizer sees a byte too many. */
static struct fx_start_layout build(const struct fx_start_stack *stack, char **mem, size_t extra)
{
	size_t size = fx_start_stack_size(stack) + extra;

	*mem = malloc(size);
	ck_assert_ptr_nonnull(*mem);

	struct fx_start_layout layout = fx_start_stack_build(stack, *mem, size);

	ck_assert_uint_ge(layout.sp, (uintptr_t)*mem);
	ck_assert_uint_eq(layout.sp % 16, 0);
	return layout;
}

START_TEST(vectors_lie_as_the_abi_says)
{
	struct fx_start_stack stack = sample();
	char *mem;
	struct fx_start_layout layout = build(&stack, &mem, (size_t)_i);
	char **at = (char **)layout.sp;

	ck_assert_uint_eq(*(uint64_t *)at++, 3);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(*at++, argv[i]);
	ck_assert_ptr_null(*at++);
	ck_assert_str_eq(*at++, "A=1");
	ck_assert_str_eq(*at++, "B=");
	ck_assert_ptr_null(*at++);
	ck_assert_uint_eq((uintptr_t)at, layout.auxv);
	ck_assert_ptr_eq(fx_auxv_behind((char **)layout.sp + 1 + 4), at);
	free(mem);
}
END_TEST

START_TEST(nothing_but_argc_and_ends_without_arguments_and_environment)
{
	struct fx_start_stack stack = sample();
	char *mem;

	stack.argv = none;
	stack.envp = none;

	struct fx_start_layout layout = build(&stack, &mem, 0);
	const uint64_t *at = (const uint64_t *)layout.sp;

	ck_assert_uint_eq(at[0] | at[1] | at[2], 0);
	ck_assert_uint_eq((uintptr_t)(at + 3), layout.auxv);
	ck_assert_uint_eq(layout.arg_start, layout.arg_end);
	ck_assert_uint_eq(layout.env_start, layout.env_end);
	free(mem);
}
END_TEST

START_TEST(what_tells_of_the_program_is_replaced)
{
	struct fx_start_stack stack = sample();
	char *mem;
	struct fx_start_layout layout = build(&stack, &mem, 0);

	ck_assert_uint_eq(value_of(&layout, AT_PHDR), 0x400040);
	ck_assert_uint_eq(value_of(&layout, AT_PHENT), 56);
	ck_assert_uint_eq(value_of(&layout, AT_PHNUM), 9);
	ck_assert_uint_eq(value_of(&layout, AT_BASE), 0x7f0000000000);
	ck_assert_uint_eq(value_of(&layout, AT_ENTRY), 0x401000);
	ck_assert_uint_eq(value_of(&layout, AT_FLAGS), 0);
	ck_assert_str_eq((const char *)value_of(&layout, AT_EXECFN), "./prog");
	ck_assert_str_eq((const char *)value_of(&layout, AT_PLATFORM), "x86_64");
	ck_assert_mem_eq((const void *)value_of(&layout, AT_RANDOM), "0123456789abcdef", 16);
	free(mem);
}
END_TEST

START_TEST(every_other_entry_passes_through_in_order)
{
	struct fx_start_stack stack = sample();
	char *mem;
	struct fx_start_layout layout = build(&stack, &mem, 0);
	const ElfW(auxv_t) *at = (const void *)layout.auxv;

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		if (kernels[i].a_type != AT_EXECFD)
			ck_assert_uint_eq((at++)->a_type, kernels[i].a_type);
	}
	ck_assert_uint_eq((uintptr_t)at - layout.auxv, layout.auxv_size);
	ck_assert_uint_eq(value_of(&layout, AT_SYSINFO_EHDR), 0x7fff0000);
	ck_assert_uint_eq(value_of(&layout, AT_MINSIGSTKSZ), 3632);
	ck_assert_uint_eq(value_of(&layout, UNHEARD_OF), 42);
	ck_assert_ptr_null(entry_of(&layout, AT_EXECFD));
	free(mem);
}
END_TEST

/* /proc/PID/cmdline and environ show these ranges as they are. */
START_TEST(argument_and_environment_strings_are_contiguous)
{
	struct fx_start_stack stack = sample();
	char *mem;
	struct fx_start_layout layout = build(&stack, &mem, 0);

	ck_assert_uint_eq(layout.arg_end - layout.arg_start, sizeof("prog\0\0last"));
	ck_assert_mem_eq((const void *)layout.arg_start, "prog\0\0last", sizeof("prog\0\0last"));
	ck_assert_uint_eq(layout.env_end - layout.env_start, sizeof("A=1\0B="));
	ck_assert_mem_eq((const void *)layout.env_start, "A=1\0B=", sizeof("A=1\0B="));
	free(mem);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("start_stack");
	TCase *tcase = tcase_create("start_stack");
	SRunner *runner = srunner_create(suite);

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, vectors_lie_as_the_abi_says, 0, 17);
	tcase_add_test(tcase, nothing_but_argc_and_ends_without_arguments_and_environment);
	tcase_add_test(tcase, what_tells_of_the_program_is_replaced);
	tcase_add_test(tcase, every_other_entry_passes_through_in_order);
	tcase_add_test(tcase, argument_and_environment_strings_are_contiguous);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
