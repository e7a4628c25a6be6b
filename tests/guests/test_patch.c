/* SPDX-License-Identifier: MIT */
/* What --intercept does, as a guest that reads its own code can see it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/guests/cases.h"
#include "tests/guests/run.h"
#include "tests/host_check.h"

#define SITE(what, first, call)                                                                    \
	what ":\nthe site begins with " first "\nits call begins with " call "\n"
#define SITES(before, behind, jumped_to)                                                           \
	SITE("busy", before, "0f")                                                                 \
	SITE("jumped behind", before, "0f")                                                        \
	SITE("busy", "b8", behind) SITE("jumped behind", "b8", jumped_to)
#define NATIVE	SITES("b8", "0f", "0f")
#define PATCHED SITES("e9", "e9", "0f")

static const struct {
	const char *option, *says;
} modes[] = {
	{"--intercept=trap", NATIVE},
	{"--intercept=patch", PATCHED},
	{"--intercept=eager", PATCHED},
};

enum { COUNT = sizeof(modes) / sizeof(modes[0]) };

START_TEST(a_busy_site_is_patched_if_asked_for)
{
	const char *argv[] = {guest("site_text"), NULL};
	const char *options[] = {modes[_i].option, NULL};
	struct outcome o;

	run(&o, argv, NULL);
	ck_assert_str_eq(o.out, NATIVE);
	outcome_free(&o);
	run_in_fxbox(&o, options, argv, NULL);
	ck_assert_int_eq(o.status, 0);
	ck_assert_str_eq(o.out, modes[_i].says);
	outcome_free(&o);
}
END_TEST

/* Threads that wait and wake often, so that each path through the spin is taken. */
START_TEST(waits_end_with_and_without_spinning)
{
	static const char *const spins[] = {"--spin=0", "--spin=1", "--spin=100000"};

	for (size_t i = 0; i < sizeof(spins) / sizeof(spins[0]); i++) {
		const char *argv[] = {guest("cond_broadcast"), NULL};
		const char *options[] = {spins[i], NULL};
		struct outcome native, boxed;

		run(&native, argv, NULL);
		run_in_fxbox(&boxed, options, argv, NULL);
		ck_assert_str_eq(native.out, boxed.out);
		ck_assert_int_eq(native.status, boxed.status);
		outcome_free(&native);
		outcome_free(&boxed);
	}
}
END_TEST

/* SIGSYS that strace sees while threads come and go, and make calls: 32,000 or so. */
static size_t traps_of(const char *fxbox)
{
	char *path = temporary_file(), *trace, line[512];
	size_t size, traps = 0;
	struct outcome o;

	snprintf(line, sizeof(line),
		 "strace -f -qq -e trace=none -e signal=SIGSYS -o '%s' %s run --no-confine "
		 "--intercept=eager \"$GUESTS/site_fs\" threads",
		 path, fxbox);
	run_shell(&o, line);
	ck_assert_msg(o.status == 0, "%s", o.err);
	ck_assert_str_eq(o.out, "calls: 0\nthreads: 0\n");
	trace = read_whole(path, &size);
	for (char *l = strtok(trace, "\n"); l; l = strtok(NULL, "\n"))
		traps += strstr(l, "SIGSYS") != NULL;
	free(trace);
	free(path);
	outcome_free(&o);
	return traps;
}

/* In both ways: each of the 160 traps where it is made, and hardly anywhere else. */
START_TEST(threads_at_patched_sites_are_found)
{
	ck_assert_uint_lt(traps_of("\"$FXBOX\""), 2000);
	ck_assert_uint_lt(traps_of("\"$(dirname \"$FXBOX\")/fxbox-other-way\""), 2000);
}
END_TEST

TCase *patch_cases(void)
{
	TCase *tcase = tcase_create("patch");

	tcase_set_timeout(tcase, TEST_SECONDS);
	tcase_add_loop_test(tcase, a_busy_site_is_patched_if_asked_for, 0, COUNT);
	tcase_add_test(tcase, waits_end_with_and_without_spinning);
	if (access("/usr/bin/strace", X_OK) == 0)
		add_test_where(tcase, "ptrace", threads_at_patched_sites_are_found);
	else
		skip_test(threads_at_patched_sites_are_found, "no strace");
	return tcase;
}
