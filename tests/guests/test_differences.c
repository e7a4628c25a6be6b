/* SPDX-License-Identifier: MIT */
/* Each row is a line of docs/limits.md: what `differences NAME` prints natively, and under fxbox.
 */
#include <stdio.h>
#include <string.h>

#include "tests/guests/cases.h"
#include "tests/guests/run.h"

static const struct {
	const char *name, *native, *boxed;
} differences[] = {
	{"boost", "the owner's priority is the waiter's\n", "the owner's priority is its own\n"},
	{"resort", "0 1\n", "1 0\n"},
	{"foreign_owner", "lock: -1 ETIMEDOUT\n", "lock: -1 ESRCH\n"},
	{"signalfd", "read: 128\n", "read: -1 EAGAIN\n"},
	{"segment", "return with a 32-bit segment: died of 11\n",
	 "return with a 32-bit segment: exited with 0\n"},
	{"caught", "SIGSEGV is not caught\n", "SIGSEGV is caught\n"},
	{"heap", "the break is in [heap]: 1\n", "the break is in [heap]: 0\n"},
	{"own_memory", "mmap at 0x70000000: 0\n", "mmap at 0x70000000: -1 EEXIST\n"},
	{"remap_file_pages", "remap_file_pages: 0\n", "remap_file_pages: -1 ENOSYS\n"},
	{"descriptors", "dup2: 0\n", "dup2: -1 EBADF\n"},
	{"exe", "the parent's program is the same\n", "the parent's program is another\n"},
	{"no_new_privs", "PR_GET_NO_NEW_PRIVS: 0\n", "PR_GET_NO_NEW_PRIVS: 1\n"},
	{"seccomp", "seccomp: 0\n", "seccomp: -1 ENOSYS\n"},
	{"ptrace", "ptrace: 0\n", "ptrace: -1 ENOSYS\n"},
	{"set_tid", "clone3: -1 EEXIST\n", "clone3: -1 ENOSYS\n"},
	{"io_uring", "io_uring_setup: -1 EFAULT\n", "io_uring_setup: -1 ENOSYS\n"},
};

enum { COUNT = sizeof(differences) / sizeof(differences[0]) };

/*
 * Natively the machine may forbid what the line is about (real-time
 * scheduling, chosen thread IDs, tracing, io_uring), and a test run in a
 * sandbox has no_new_privs: then there is nothing to compare with.
 */
START_TEST(what_differs_differs_as_documented)
{
	const char *argv[] = {guest("differences"), differences[_i].name, NULL};
	const char *quiet[] = {"--quiet", NULL};
	struct outcome native, boxed;

	run(&native, argv, NULL);
	ck_assert_int_eq(native.status, 0);
	if (strcmp(native.out, differences[_i].native) != 0) {
		fprintf(stderr, "differences %s: natively here: %s", differences[_i].name,
			native.out);
		outcome_free(&native);
		return;
	}
	run_in_fxbox(&boxed, quiet, argv, NULL);
	ck_assert_int_eq(boxed.status, 0);
	ck_assert_str_eq(boxed.out, differences[_i].boxed);
	outcome_free(&native);
	outcome_free(&boxed);
}
END_TEST

/* The vDSO answers without a call; a trace of one that asks nothing else has none. */
START_TEST(a_trace_does_not_show_the_vdso)
{
	const char *argv[] = {guest("cond_timed"), NULL};
	const char *trace[] = {"--trace=all", NULL};
	struct outcome o;

	run_in_fxbox(&o, trace, argv, NULL);
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_nonnull(strstr(o.err, "futex("));
	ck_assert_ptr_null(strstr(o.err, "clock_gettime("));
	outcome_free(&o);
}
END_TEST

TCase *difference_cases(void)
{
	TCase *tcase = tcase_create("differences");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, what_differs_differs_as_documented, 0, COUNT);
	tcase_add_test(tcase, a_trace_does_not_show_the_vdso);
	return tcase;
}
