/* SPDX-License-Identifier: MIT */
/* What the guest cannot have: fxbox's memory, other ways into the kernel; and the kernel never sees
 * its futexes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guests/cases.h"
#include "tests/guests/run.h"
#include "tests/host_check.h"

static void guest_says(const char *program, const char *out, const char *err_part)
{
	const char *argv[] = {guest(program), NULL};
	struct outcome o;

	run_in_fxbox(&o, NULL, argv, NULL);
	ck_assert_int_eq(o.status, 0);
	ck_assert_str_eq(o.out, out);
	if (err_part)
		ck_assert_msg(strstr(o.err, err_part), "'%s' is not in: %s", err_part, o.err);
	outcome_free(&o);
}

START_TEST(int_0x80_gives_enosys_and_a_record)
{
	guest_says("int80", "-38\n", "1x unsupported: int 0x80");
}
END_TEST

/* Where the 32-bit entry is none, it is none under fxbox either. */
START_TEST(int_0x80_ends_as_natively)
{
	const char *argv[] = {guest("int80"), NULL};
	struct outcome native, boxed;

	run(&native, argv, NULL);
	run_in_fxbox(&boxed, NULL, argv, NULL);
	ck_assert(WIFSIGNALED(native.status));
	ck_assert_int_eq(native.status, boxed.status);
	ck_assert_str_eq(boxed.out, "");
	outcome_free(&native);
	outcome_free(&boxed);
}
END_TEST

START_TEST(x32_numbers_give_enosys_and_a_record)
{
	guest_says("x32", "x32 getpid: -1 ENOSYS\nx32 unknown: -1 ENOSYS\n",
		   "unsupported: x32 system call");
}
END_TEST

START_TEST(vfork_children_and_their_parent_count_together)
{
	const char *argv[] = {guest("vfork_unsupported"), NULL};
	struct outcome o;

	run_in_fxbox(&o, NULL, argv, NULL);
	ck_assert(WIFEXITED(o.status) && WEXITSTATUS(o.status) == 3);
	ck_assert_str_eq(o.out, "the parent goes on\n");
	ck_assert_ptr_nonnull(strstr(o.err, "3x unsupported: io_uring_setup"));
	outcome_free(&o);
}
END_TEST

START_TEST(fxboxs_memory_cannot_be_touched)
{
	const char *argv[] = {guest("own_ranges"), NULL};
	struct outcome o;
	char *line;

	run_in_fxbox(&o, NULL, argv, NULL);
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_nonnull(strstr(o.out, "still here\n"));
	for (line = strtok(o.out, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strstr(line, ": -1 E") || strcmp(line, "still here") == 0, "%s",
			      line);
	outcome_free(&o);
}
END_TEST

/*
 * strace sees a call before the filter does. A call that trapped has its own
 * number as its result; the kernel has not looked at its arguments.
 */
#define STRACE	"strace -f -qq -e trace=futex -e signal=none"
#define TRAPPED " = 202"
#define MOST	512

struct calls {
	unsigned long reached[100 * MOST]; /* words of calls that the kernel executed */
	size_t count;
	size_t trapped;
	long tid[MOST]; /* of calls that are printed in two parts */
	unsigned long word[MOST];
	size_t tids;
};

/* The word that the first part of this thread's call had. */
static unsigned long *unfinished(struct calls *calls, long tid)
{
	size_t i;

	for (i = 0; i < calls->tids; i++) {
		if (calls->tid[i] == tid)
			return &calls->word[i];
	}
	ck_assert_uint_lt(i, MOST);
	calls->tid[calls->tids++] = tid;
	return &calls->word[i];
}

static void take_line(struct calls *calls, char *line)
{
	char *rest, *argument = strstr(line, "futex(0x");
	unsigned long *word = unfinished(calls, strtol(line, &rest, 10));

	if (argument)
		*word = strtoul(argument + strlen("futex("), NULL, 16);
	else if (!strstr(line, "futex resumed"))
		return;
	if (strstr(line, "<unfinished"))
		return;
	if (strstr(line, TRAPPED)) {
		calls->trapped++;
		return;
	}
	ck_assert_uint_lt(calls->count, sizeof(calls->reached) / sizeof(calls->reached[0]));
	calls->reached[calls->count++] = *word;
}

/* How many of the words that the program printed were seen by the kernel, of how many. */
static size_t seen_of(const struct calls *calls, char *words, size_t *of)
{
	size_t seen = 0;

	*of = 0;
	for (char *word = strtok(words, "\n"); word; word = strtok(NULL, "\n"), ++*of) {
		unsigned long address = strtoul(word + strlen("word "), NULL, 16);

		ck_assert_uint_ne(address, 0);
		for (size_t i = 0; i < calls->count; i++) {
			if (calls->reached[i] == address) {
				seen++;
				break;
			}
		}
	}
	return seen;
}

static struct calls calls;

static size_t words_seen(const char *prefix)
{
	char *path = temporary_file(), *trace, line[512];
	size_t size, words, seen;
	struct outcome o;

	snprintf(line, sizeof(line), STRACE " -o '%s' %s \"$GUESTS/futex_addresses\"", path,
		 prefix);
	run_shell(&o, line);
	ck_assert_msg(o.status == 0, "%s", o.err);
	trace = read_whole(path, &size);
	for (char *l = strtok(trace, "\n"); l; l = strtok(NULL, "\n"))
		take_line(&calls, l);
	seen = seen_of(&calls, o.out, &words);
	ck_assert_uint_gt(words, 100);
	free(trace);
	free(path);
	outcome_free(&o);
	return seen;
}

START_TEST(the_kernel_never_executes_a_futex_call_of_the_guests)
{
	ck_assert_uint_eq(words_seen("\"$FXBOX\" run --no-confine"), 0);
	/* It tried, and fxbox parked its threads by words of its own. */
	ck_assert_uint_gt(calls.trapped, 0);
	ck_assert_uint_gt(calls.count, 0);
}
END_TEST

/* The same natively, so that the test above is known to look at the right words. */
START_TEST(natively_the_kernel_does_see_them)
{
	ck_assert_uint_gt(words_seen(""), 0);
	ck_assert_uint_eq(calls.trapped, 0);
}
END_TEST

TCase *refused_cases(void)
{
	TCase *tcase = tcase_create("refused");

	tcase_set_timeout(tcase, TEST_SECONDS);
	add_test_where(tcase, "int80", int_0x80_gives_enosys_and_a_record);
	if (host_lacks("int80"))
		tcase_add_test(tcase, int_0x80_ends_as_natively);
	tcase_add_test(tcase, x32_numbers_give_enosys_and_a_record);
	tcase_add_test(tcase, vfork_children_and_their_parent_count_together);
	tcase_add_test(tcase, fxboxs_memory_cannot_be_touched);
	if (access("/usr/bin/strace", X_OK) == 0) {
		add_test_where(tcase, "ptrace",
			       the_kernel_never_executes_a_futex_call_of_the_guests);
		add_test_where(tcase, "ptrace", natively_the_kernel_does_see_them);
	} else {
		skip_test(the_kernel_never_executes_a_futex_call_of_the_guests, "no strace");
		skip_test(natively_the_kernel_does_see_them, "no strace");
	}
	return tcase;
}

/* Fewer in the modes where each call is slow; more on demand. */
START_TEST(two_hundred_threads_and_thousands_of_broadcasts)
{
	const char *more = getenv("FXBOX_BROADCASTS");
	const char *times = more ? more : getenv("FXBOX_FEWER") ? "500" : "2000";
	const char *argv[] = {guest("cond_200"), times, NULL};
	char expected[80];
	struct outcome o;

	run_in_fxbox(&o, NULL, argv, NULL);
	ck_assert_int_eq(o.status, 0);
	snprintf(expected, sizeof(expected), "%s of %s generations reached all\n", times, times);
	ck_assert_str_eq(o.out, expected);
	ck_assert_str_eq(o.err, "");
	outcome_free(&o);
}
END_TEST

TCase *stress_cases(void)
{
	TCase *tcase = tcase_create("stress");

	tcase_set_timeout(tcase, TEST_SECONDS);
	tcase_add_test(tcase, two_hundred_threads_and_thousands_of_broadcasts);
	return tcase;
}
