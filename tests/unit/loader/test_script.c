/* SPDX-License-Identifier: MIT */
/* `#!` lines, read and followed as Linux does. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/script.h"
#include "shim/script_line.h"
#include "tests/unit/loader/sample_elf.h"

static struct fx_refusal why;

static const struct {
	const char *text;
	const char *interp; /* NULL: ENOEXEC; empty: EACCES */
	const char *arg;    /* NULL: none */
} lines[] = {
	{"#!/bin/sh\n", "/bin/sh", NULL},
	{"#!/bin/sh\necho\n", "/bin/sh", NULL},
	{"#! \t/bin/sh \t\n", "/bin/sh", NULL},
	{"#!/bin/sh -e\n", "/bin/sh", "-e"},
	{"#!/usr/bin/env -S a b  c \t\n", "/usr/bin/env", "-S a b  c"},
	{"#!sh\n", "sh", NULL},
	{"#!/bin/sh", "/bin/sh", NULL},
	{"#!/bin/sh -e", "/bin/sh", "-e"},
	{"#!/bin/sh -e ", "/bin/sh", "-e "}, /* only a newline makes the kernel trim */
	{"#!/bin/sh\r\n", "/bin/sh\r", NULL},
	{"#!\n/bin/sh\n", NULL, NULL},
	{"#!  \t \n", NULL, NULL},
	{"#!", "", NULL},
	{"#!   ", "", NULL},
	{"#", NULL, NULL},
	{"", NULL, NULL},
	{" #!/bin/sh\n", NULL, NULL},
	{"\177ELF", NULL, NULL},
};

START_TEST(a_line_is_read_as_linux_reads_it)
{
	const char *text = lines[_i].text;
	struct fx_script_line line = {.interp = 4711};
	int result = fx_script_line_parse(text, strlen(text), &line);

	if (!lines[_i].interp || !lines[_i].interp[0]) {
		ck_assert_int_eq(result, lines[_i].interp ? -EACCES : -ENOEXEC);
		ck_assert_uint_eq(line.interp, 4711);
		return;
	}
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(line.interp_len, strlen(lines[_i].interp));
	ck_assert_mem_eq(text + line.interp, lines[_i].interp, line.interp_len);
	ck_assert_uint_eq(line.arg_len, lines[_i].arg ? strlen(lines[_i].arg) : 0);
	if (lines[_i].arg)
		ck_assert_mem_eq(text + line.arg, lines[_i].arg, line.arg_len);
}
END_TEST

/* "#!" and `words` letters, then `end`, then letters up to a long file's 300 bytes. */
static int parse_long(size_t words, char end, struct fx_script_line *line)
{
	char text[300];

	memset(text, 'a', sizeof(text));
	memcpy(text, "#!", 2);
	text[2 + words] = end;
	return fx_script_line_parse(text, sizeof(text), line);
}

START_TEST(an_interpreter_that_goes_beyond_256_bytes_is_refused)
{
	struct fx_script_line line;

	ck_assert_int_eq(parse_long(253, '\n', &line), 0);
	ck_assert_uint_eq(line.interp_len, 253);
	ck_assert_int_eq(parse_long(253, ' ', &line), 0);
	ck_assert_uint_eq(line.interp_len, 253);
	ck_assert_int_eq(parse_long(254, '\n', &line), -ENOEXEC);
}
END_TEST

START_TEST(an_argument_that_goes_beyond_256_bytes_is_cut)
{
	struct fx_script_line line;

	ck_assert_int_eq(parse_long(10, ' ', &line), 0);
	ck_assert_uint_eq(line.interp_len, 10);
	ck_assert_uint_eq(line.arg_len, 255 - 13);
}
END_TEST

START_TEST(a_nul_ends_the_words)
{
	static const char text[] = "#!/bin/sh\0 -e\n";
	struct fx_script_line line;

	ck_assert_int_eq(fx_script_line_parse(text, sizeof(text) - 1, &line), 0);
	ck_assert_uint_eq(line.interp_len, 7);
	ck_assert_uint_eq(line.arg_len, 0);
}
END_TEST

static const char *keep(char out[static PATH_MAX], const char *path)
{
	return strcpy(out, path);
}

static const char *write_script(char out[static PATH_MAX], const char *name, const char *interp,
				const char *arg)
{
	char text[2 * PATH_MAX];

	snprintf(text, sizeof(text), "#! %s %s\nrest\n", interp, arg);
	return keep(out, sample_write(name, text, strlen(text)));
}

static const char *write_elf(char out[static PATH_MAX])
{
	struct sample_elf s = sample_elf();

	return keep(out, sample_write("elf", s.bytes, s.size));
}

static char *const given[] = {(char[]){"name"}, (char[]){"1"}, (char[]){""}, NULL};

START_TEST(a_program_is_left_as_it_is)
{
	char elf[PATH_MAX];
	struct fx_program program;

	ck_assert_int_eq(fx_program_resolve(&program, -1, write_elf(elf), given, &why), 0);
	ck_assert_str_eq(program.path, elf);
	ck_assert_uint_eq(program.argc, 3);
	ck_assert_str_eq(program.argv[0], "name");
	ck_assert_ptr_null(program.argv[3]);
	fx_program_free(&program);
}
END_TEST

START_TEST(a_script_replaces_argv0_by_interpreter_argument_and_path)
{
	char elf[PATH_MAX], script[PATH_MAX];
	struct fx_program program;

	write_script(script, "s", write_elf(elf), "-a b");
	ck_assert_int_eq(fx_program_resolve(&program, -1, script, given, &why), 0);
	ck_assert_str_eq(program.path, elf);
	ck_assert_uint_eq(program.argc, 5);
	ck_assert_str_eq(program.argv[0], elf);
	ck_assert_str_eq(program.argv[1], "-a b");
	ck_assert_str_eq(program.argv[2], script);
	ck_assert_str_eq(program.argv[3], "1");
	ck_assert_str_eq(program.argv[4], "");
	ck_assert_ptr_null(program.argv[5]);
	fx_program_free(&program);
}
END_TEST

START_TEST(an_empty_argv_gets_the_interpreter_and_the_script)
{
	char elf[PATH_MAX], script[PATH_MAX];
	char *none[] = {NULL};
	struct fx_program program;

	write_script(script, "s", write_elf(elf), "");
	ck_assert_int_eq(fx_program_resolve(&program, -1, script, none, &why), 0);
	ck_assert_uint_eq(program.argc, 2);
	ck_assert_str_eq(program.argv[1], script);
	fx_program_free(&program);
}
END_TEST

/* Script 0 is run by the program, script n by script n - 1. */
static const char *write_chain(char last[static PATH_MAX], int scripts)
{
	char interp[PATH_MAX];

	write_elf(last);
	for (int i = 0; i < scripts; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%d", i);
		keep(interp, last);
		write_script(last, name, interp, "");
	}
	return last;
}

START_TEST(scripts_may_nest_five_deep)
{
	char path[PATH_MAX];
	struct fx_program program;

	ck_assert_int_eq(fx_program_resolve(&program, -1, write_chain(path, 5), given, &why), 0);
	ck_assert_uint_eq(program.argc, 3 + 5);
	fx_program_free(&program);
	ck_assert_int_eq(fx_program_resolve(&program, -1, write_chain(path, 6), given, &why), -1);
	ck_assert_int_eq(why.status, FX_EXIT_CANNOT_RUN);
	ck_assert_ptr_nonnull(strstr(why.line, "more than 5 deep"));
}
END_TEST

START_TEST(a_missing_interpreter_gets_127_and_names_both)
{
	char script[PATH_MAX];
	struct fx_program program;

	write_script(script, "s", "/no/such/shell", "-e");
	ck_assert_int_eq(fx_program_resolve(&program, -1, script, given, &why), -1);
	ck_assert_int_eq(why.status, FX_EXIT_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(why.line, script));
	ck_assert_ptr_nonnull(strstr(why.line, "its interpreter /no/such/shell: does not exist"));
}
END_TEST

START_TEST(a_line_without_interpreter_gets_126)
{
	struct fx_program program;

	ck_assert_int_eq(
		fx_program_resolve(&program, -1, sample_write("s", "#!\n", 3), given, &why), -1);
	ck_assert_int_eq(why.status, FX_EXIT_CANNOT_RUN);
	ck_assert_ptr_nonnull(strstr(why.line, "names no interpreter"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("script");
	TCase *tcase = tcase_create("script");
	SRunner *runner = srunner_create(suite);

	sample_dir();
	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, a_line_is_read_as_linux_reads_it, 0,
			    sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(tcase, an_interpreter_that_goes_beyond_256_bytes_is_refused);
	tcase_add_test(tcase, an_argument_that_goes_beyond_256_bytes_is_cut);
	tcase_add_test(tcase, a_nul_ends_the_words);
	tcase_add_test(tcase, a_program_is_left_as_it_is);
	tcase_add_test(tcase, a_script_replaces_argv0_by_interpreter_argument_and_path);
	tcase_add_test(tcase, an_empty_argv_gets_the_interpreter_and_the_script);
	tcase_add_test(tcase, scripts_may_nest_five_deep);
	tcase_add_test(tcase, a_missing_interpreter_gets_127_and_names_both);
	tcase_add_test(tcase, a_line_without_interpreter_gets_126);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	sample_clean();
	return failed != 0;
}
