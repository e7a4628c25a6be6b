/* SPDX-License-Identifier: MIT */
/* execvp's rules for finding a program. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/path_lookup.h"
#include "tests/unit/loader/sample_elf.h"

static struct fx_refusal why;
static char found[PATH_MAX];

/* A PATH of the test's directory between others. */
static const char *search(const char *before, const char *after)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s%s%s", before, sample_dir(), after);
	return path;
}

static void write_program(const char *name, mode_t mode)
{
	chmod(sample_write(name, "x", 1), mode);
}

START_TEST(a_name_with_a_slash_is_taken_as_it_is)
{
	ck_assert_int_eq(fx_path_lookup("./no/such", "/bin", found, &why), 0);
	ck_assert_str_eq(found, "./no/such");
}
END_TEST

START_TEST(the_first_directory_that_has_it_wins)
{
	write_program("prog", 0755);
	ck_assert_int_eq(fx_path_lookup("prog", search("/nowhere:", ":/bin"), found, &why), 0);
	ck_assert_str_eq(found, sample_path("prog"));
	ck_assert_int_eq(fx_path_lookup("sh", search("/bin:", ""), found, &why), 0);
	ck_assert_str_eq(found, "/bin/sh");
}
END_TEST

START_TEST(without_path_the_systems_default_is_searched)
{
	ck_assert_int_eq(fx_path_lookup("sh", NULL, found, &why), 0);
	ck_assert_str_eq(found, "/bin/sh");
}
END_TEST

START_TEST(an_empty_member_is_the_current_directory)
{
	static const char *const searches[] = {"", ":/nowhere", "/nowhere:", "/nowhere::/bin"};

	write_program("prog", 0755);
	ck_assert_int_eq(chdir(sample_dir()), 0);
	ck_assert_int_eq(fx_path_lookup("prog", searches[_i], found, &why), 0);
	ck_assert_str_eq(found, "prog");
}
END_TEST

START_TEST(a_name_that_is_nowhere_gets_127)
{
	strcpy(found, "untouched");
	ck_assert_int_eq(fx_path_lookup("no-such-program", search("", ":/bin"), found, &why), -1);
	ck_assert_int_eq(why.status, FX_EXIT_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(why.line, "no-such-program: not found in PATH"));
	ck_assert_str_eq(found, "untouched");
}
END_TEST

START_TEST(an_empty_name_gets_127)
{
	ck_assert_int_eq(fx_path_lookup("", "/bin", found, &why), -1);
	ck_assert_int_eq(why.status, FX_EXIT_NOT_FOUND);
}
END_TEST

START_TEST(a_barred_file_is_passed_over_but_remembered)
{
	write_program("sh", 0644);
	write_program("barred", 0644);
	ck_assert_int_eq(fx_path_lookup("sh", search("", ":/bin"), found, &why), 0);
	ck_assert_str_eq(found, "/bin/sh");
	ck_assert_int_eq(fx_path_lookup("barred", search("", ":/bin"), found, &why), -1);
	ck_assert_int_eq(why.status, FX_EXIT_CANNOT_RUN);
	ck_assert_ptr_nonnull(strstr(why.line, "no permission to be executed"));
}
END_TEST

START_TEST(a_directory_of_that_name_is_passed_over)
{
	ck_assert_int_eq(mkdir(sample_path("sh"), 0755), 0);
	ck_assert_int_eq(fx_path_lookup("sh", search("", ":/bin"), found, &why), 0);
	ck_assert_str_eq(found, "/bin/sh");
	rmdir(sample_path("sh"));
}
END_TEST

START_TEST(what_does_not_fit_in_a_path_is_refused)
{
	char name[PATH_MAX + 1];

	memset(name, 'a', PATH_MAX);
	name[PATH_MAX] = '\0';
	ck_assert_int_eq(fx_path_lookup(name, "/bin", found, &why), -1);
	ck_assert_int_eq(why.status, FX_EXIT_CANNOT_RUN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("path_lookup");
	TCase *tcase = tcase_create("path_lookup");
	SRunner *runner = srunner_create(suite);

	sample_dir();
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, a_name_with_a_slash_is_taken_as_it_is);
	tcase_add_test(tcase, the_first_directory_that_has_it_wins);
	tcase_add_test(tcase, without_path_the_systems_default_is_searched);
	tcase_add_loop_test(tcase, an_empty_member_is_the_current_directory, 0, 4);
	tcase_add_test(tcase, a_name_that_is_nowhere_gets_127);
	tcase_add_test(tcase, an_empty_name_gets_127);
	tcase_add_test(tcase, a_directory_of_that_name_is_passed_over);
	tcase_add_test(tcase, a_barred_file_is_passed_over_but_remembered);
	tcase_add_test(tcase, what_does_not_fit_in_a_path_is_refused);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	sample_clean();
	return failed != 0;
}
