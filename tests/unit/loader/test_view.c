/* SPDX-License-Identifier: MIT */
/* What is to be seen: the links on the way, what lies in what, and how names are told. */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/confine/view.h"
#include "shim/shell_word.h"

static char top[PATH_MAX];
/* Its strings live as long as the process, so it does too. */
static struct fx_view view;

static void make(void)
{
	char name[] = "/tmp/fxbox-view-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(name));
	ck_assert_ptr_nonnull(realpath(name, top));
	ck_assert(chdir(top) == 0 && mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0);
	ck_assert(symlink("a", "one") == 0 && symlink("one/b", "two") == 0);
	ck_assert(symlink("loop", "loop") == 0 && symlink("gone", "dangling") == 0);
}

static void clear(void)
{
	ck_assert(unlink("one") == 0 && unlink("two") == 0 && unlink("loop") == 0 &&
		  unlink("dangling") == 0 && rmdir("a/b") == 0 && rmdir("a") == 0 &&
		  chdir("/") == 0 && rmdir(top) == 0);
}

static const char *below(const char *name)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static bool has_link(const char *name, const char *target)
{
	for (size_t i = 0; i < view.links; i++) {
		if (strcmp(view.link[i].path, below(name)) == 0)
			return strcmp(view.link[i].target, target) == 0;
	}
	return false;
}

START_TEST(every_spelling_leads_to_the_same)
{
	static const char *const spellings[] = {"two", "./two/", "one/b", "one/../a//b/.", "a/b"};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		char real[PATH_MAX];

		ck_assert_int_eq(fx_view_add(&view, FX_GRANT_ONLY, spellings[i]), 0);
		ck_assert_ptr_nonnull(realpath(spellings[i], real));
		ck_assert_str_eq(view.grant[view.grants - 1].path, real);
		ck_assert_int_eq(fx_view_add(&view, FX_GRANT_ONLY, below(spellings[i])), 0);
		ck_assert_str_eq(view.grant[view.grants - 1].path, real);
	}
	ck_assert(view.links == 2 && has_link("one", "a") && has_link("two", "one/b"));
}
END_TEST

START_TEST(what_leads_nowhere_is_an_error)
{
	static const struct {
		const char *path;
		int error;
	} wrong[] = {{"", ENOENT}, {"none", ENOENT}, {"dangling", ENOENT}, {"loop", ELOOP}};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		errno = 0;
		ck_assert_int_eq(fx_view_add(&view, FX_GRANT_ONLY, wrong[i].path), -1);
		ck_assert_int_eq(errno, wrong[i].error);
	}
	ck_assert_uint_eq(view.grants, 0);
}
END_TEST

START_TEST(what_is_seen_already_is_left_out)
{
	fx_view_add(&view, FX_GRANT_ONLY, "a/b");
	fx_view_add(&view, FX_GRANT_RW, "a");
	fx_view_sort(&view);
	ck_assert(view.grants == 1 && view.grant[0].kind == FX_GRANT_RW);
	/* But not by what hides it, or is another. */
	fx_view_add(&view, FX_GRANT_ONLY, "a/b");
	fx_view_add(&view, FX_GRANT_HIDE, "a");
	fx_view_sort(&view);
	ck_assert(view.grants == 3 && view.grant[1].kind == FX_GRANT_HIDE &&
		  view.grant[2].kind == FX_GRANT_ONLY);
}
END_TEST

START_TEST(there_is_an_end_of_room)
{
	for (int i = 0; i < FX_VIEW_GRANTS; i++)
		ck_assert_int_eq(fx_view_add(&view, FX_GRANT_ONLY, "a"), 0);
	ck_assert(fx_view_add(&view, FX_GRANT_ONLY, "a") == -1 && errno == ENOSPC);
}
END_TEST

static void put_last(void *to, char c)
{
	strncat(to, &c, 1);
}

START_TEST(a_word_for_a_shell_is_one)
{
	static const char *const words[][2] = {
		{"/a/b-c", "/a/b-c"},	      {"", "''"},
		{"two words", "'two words'"}, {"it's", "'it'\\''s'"},
		{"a\nb", "$'a\\012b'"},	      {"\303\244'\\", "$'\\303\\244\\047\\134'"},
		{"$(x);`y`", "'$(x);`y`'"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char word[FX_SHELL_WORD(32)] = "";

		fx_shell_word(words[i][0], put_last, word);
		ck_assert_str_eq(word, words[i][1]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("view");
	TCase *tcase = tcase_create("view");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tcase, make, clear);
	tcase_add_test(tcase, every_spelling_leads_to_the_same);
	tcase_add_test(tcase, what_leads_nowhere_is_an_error);
	tcase_add_test(tcase, what_is_seen_already_is_left_out);
	tcase_add_test(tcase, there_is_an_end_of_room);
	tcase_add_test(tcase, a_word_for_a_shell_is_one);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
