/* SPDX-License-Identifier: MIT */
/*
 * Linux is the oracle: each program of twins.tbl is run natively and under
 * fxbox, and must say the same and end the same way.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/guests/run.h"
#include "tests/host_check.h"

#define EXITS(status) ((status) << 8)
#define DIES(signal)  (signal)

#define SHOWN	      3500 /* of each: Check ends a test with status 2 whose message is above 8 KiB */

/* Where the line begins in which they differ. */
static size_t line_that_differs(const char *a, const char *b)
{
	size_t line = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '\n')
			line = i + 1;
	return line;
}

static void same_text(const char *which, const char *native, size_t native_size, const char *boxed,
		      size_t boxed_size)
{
	const size_t from = line_that_differs(native, boxed);

	ck_assert_msg(native_size == boxed_size && memcmp(native, boxed, native_size) == 0,
		      "%s differs.\n--- natively, from there:\n%.*s--- under fxbox:\n%.*s---",
		      which, SHOWN, native + from, SHOWN, boxed + from);
}

static void twin(int end, const char *input, const char *const words[])
{
	struct outcome native, boxed;
	const char *options[4] = {NULL};
	const char *argv[32];
	size_t n;

	for (n = 0; strncmp(words[0], "--", 2) == 0; words++)
		options[n++] = words[0];
	n = 1;
	argv[0] = strdup(guest(words[0]));
	while ((argv[n] = words[n]))
		n++;
	run(&native, argv, input);
	ck_assert_msg((native.status & ~0x80) == end,
		      "ends with wait status %#x natively, saying:\n%s%s", (unsigned)native.status,
		      native.out, native.err);
	run_in_fxbox(&boxed, options, argv, input);
	same_text("standard error", native.err, native.err_size, boxed.err, boxed.err_size);
	same_text("standard output", native.out, native.out_size, boxed.out, boxed.out_size);
	ck_assert_int_eq(native.status, boxed.status);
	outcome_free(&native);
	outcome_free(&boxed);
	free((char *)argv[0]);
}

#define TWIN_INPUT(name, sentence, end, input, ...)                                                \
	START_TEST(sentence)                                                                       \
	{                                                                                          \
		const char *const words[] = {__VA_ARGS__, NULL};                                   \
                                                                                                   \
		twin(end, input, words);                                                           \
	}                                                                                          \
	END_TEST
#define TWIN(name, sentence, end, ...)	    TWIN_INPUT(name, sentence, end, NULL, __VA_ARGS__)
#define TWIN_MUSL(name, sentence, end, ...) TWIN_INPUT(name, sentence, end, NULL, __VA_ARGS__)
#define TWIN_NEEDS(name, sentence, needs, end, ...)                                                \
	TWIN_INPUT(name, sentence, end, NULL, __VA_ARGS__)
#define TWIN_DIFFERS(name, sentence, program, how)
#include "tests/guests/twins.tbl"
#undef TWIN_DIFFERS
#undef TWIN_INPUT
#undef TWIN
#undef TWIN_MUSL
#undef TWIN_NEEDS

static void add(TCase *tcase, const char *name, const char *of, const TTest *test)
{
	if (strcmp(name, of) == 0)
		tcase_add_test(tcase, test);
}

#ifdef HAVE_MUSL
#define add_musl add
#else
static void add_musl(TCase *tcase, const char *name, const char *of, const TTest *test)
{
	(void)tcase;
	if (strcmp(name, of) == 0)
		skip_test(test, "no musl-gcc");
}
#endif

static void add_where(TCase *tcase, const char *name, const char *of, const char *needs,
		      const TTest *test)
{
	if (strcmp(name, of) == 0)
		add_test_where(tcase, needs, test);
}

static TCase *rows_of(const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, TEST_SECONDS);
#define TWIN_INPUT(of, sentence, end, input, ...) add(tcase, name, #of, sentence);
#define TWIN(of, sentence, end, ...)		  add(tcase, name, #of, sentence);
#define TWIN_MUSL(of, sentence, end, ...)	  add_musl(tcase, name, #of, sentence);
#define TWIN_NEEDS(of, sentence, needs, end, ...) add_where(tcase, name, #of, needs, sentence);
#define TWIN_DIFFERS(of, sentence, program, how)                                                   \
	if (strcmp(name, #of) == 0)                                                                \
		printf("SKIP: %s: %s\n", #sentence, how);
#include "tests/guests/twins.tbl"
	return tcase;
}

/* With an argument, only the rows of that case. */
int main(int argc, char **argv)
{
	Suite *suite = suite_create("twins");
	SRunner *runner;
	int failed, ran;

	for (int i = 1; i < argc; i++)
		suite_add_tcase(suite, rows_of(argv[i]));
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	ran = srunner_ntests_run(runner);
	srunner_free(runner);
	return failed == 0 && ran > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
