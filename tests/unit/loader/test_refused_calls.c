/* SPDX-License-Identifier: MIT */
/* What a log says was not let be done: each kind once, in lines that a terminal can show. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/test/refused_calls.h"

static char lines[FX_REFUSED_WORDS];

START_TEST(each_kind_once)
{
	fx_refused_calls(
		"{\"type\":\"start\",\"argv\":[\"\\\"type\\\":\\\"denied\\\"\"]}\n"
		"{\"type\":\"denied\",\"name\":\"socket\",\"what\":\"AF_INET\",\"advice\":\"allow with --net\"}\n"
		"{\"type\":\"denied\",\"name\":\"openat\",\"path\":\"/etc/\\u001b\\u00e9x\"}\n"
		"{\"type\":\"denied\",\"name\":\"socket\",\"what\":\"AF_INET\",\"advice\":\"allow with --net\"}\n"
		"{\"type\":\"unsupported\",\"name\":\"futex\",\"what\":\"shared futex: FUTEX_WAKE on 0x7f00\"}\n",
		lines);
	ck_assert_str_eq(lines, "denied: socket AF_INET (allow with --net)\n"
				"denied: openat /etc/???x\n"
				"unsupported: shared futex: FUTEX_WAKE");
}
END_TEST

START_TEST(few_are_told_and_damage_is_none)
{
	char log[4096] =
		"{\"type\":\"denied\",\"name\":\n\"type\":\"denied\"\n[\"type\":\"denied\"]\n";

	for (int i = 0; i < 9; i++) {
		char one[64];

		snprintf(one, sizeof(one), "{\"type\":\"denied\",\"name\":\"n%d\"}\n", i);
		strcat(log, one);
	}
	fx_refused_calls(log, lines);
	ck_assert_str_eq(lines, "denied: n0\ndenied: n1\ndenied: n2\n...");
	fx_refused_calls("", lines);
	ck_assert_str_eq(lines, "");
}
END_TEST

START_TEST(long_ones_are_cut)
{
	char log[2048] = "{\"type\":\"denied\",\"name\":\"", name[1000];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	strcat(log, name);
	strcat(log, "\"}");
	fx_refused_calls(log, lines);
	ck_assert_uint_lt(strlen(lines), FX_REFUSED_WORDS / 2);
	ck_assert_int_eq(strncmp(lines, "denied: xxx", 11), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("refused_calls");
	TCase *tcase = tcase_create("refused_calls");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, each_kind_once);
	tcase_add_test(tcase, few_are_told_and_damage_is_none);
	tcase_add_test(tcase, long_ones_are_cut);
	suite_add_tcase(suite, tcase);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
