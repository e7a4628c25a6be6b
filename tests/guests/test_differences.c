/* SPDX-License-Identifier: MIT */
/* Each row is a line of docs/limits.md: what `differences NAME` prints natively, and under fxbox.
 */
#include <stdio.h>
#include <string.h>

#include "tests/guests/cases.h"
#include "tests/guests/run.h"
#include "tests/host_check.h"

static const struct {
	const char *name, *native, *boxed;
	const char *needs; /* of the host, for that to be seen natively; or NULL */
} differences[] = {
	{"boost", "the owner's priority is the waiter's\n", "the owner's priority is its own\n",
	 "real-time"},
	{"resort", "0 1\n", "1 0\n", "real-time"},
	{"foreign_owner", "lock: -1 ETIMEDOUT\n", "lock: -1 ESRCH\n", NULL},
	{"signalfd", "read: 128\n", "read: -1 EAGAIN\n", NULL},
	{"segment", "return with a 32-bit segment: died of 11\n",
	 "return with a 32-bit segment: exited with 0\n", NULL},
	{"caught", "SIGSEGV is not caught\n", "SIGSEGV is caught\n", NULL},
	{"own_memory", "mmap at 0x70000000: 0\n", "mmap at 0x70000000: -1 EEXIST\n", NULL},
	{"remap_file_pages", "remap_file_pages: 0\n", "remap_file_pages: -1 ENOSYS\n", NULL},
	{"descriptors", "dup2: 0\n", "dup2: -1 EBADF\n", NULL},
	{"no_new_privs", "PR_GET_NO_NEW_PRIVS: 0\n", "PR_GET_NO_NEW_PRIVS: 1\n", "privileges"},
	{"seccomp", "seccomp: 0\n", "seccomp: -1 ENOSYS\n", NULL},
	{"ptrace", "ptrace: 0\n", "ptrace: -1 ENOSYS\n", "ptrace"},
	{"set_tid", "clone3: -1 EEXIST\n", "clone3: -1 ENOSYS\n", "chosen-thread-ids"},
	{"io_uring", "io_uring_setup: -1 EFAULT\n", "io_uring_setup: -1 ENOSYS\n", "io-uring"},
};

enum { COUNT = sizeof(differences) / sizeof(differences[0]) };

START_TEST(what_differs_differs_as_documented)
{
	const char *argv[] = {guest("differences"), differences[_i].name, NULL};
	const char *quiet[] = {"--quiet", NULL};
	struct outcome native, boxed;

	run(&native, argv, NULL);
	ck_assert_int_eq(native.status, 0);
	ck_assert_str_eq(native.out, differences[_i].native);
	run_in_fxbox(&boxed, quiet, argv, NULL);
	ck_assert_int_eq(boxed.status, 0);
	ck_assert_str_eq(boxed.out, differences[_i].boxed);
	outcome_free(&native);
	outcome_free(&boxed);
}
END_TEST

static void add_differences(TCase *tcase)
{
	for (int i = 0; i < COUNT; i++) {
		const char *lack = differences[i].needs ? host_lacks(differences[i].needs) : NULL;

		if (lack)
			printf("SKIP: differences %s: %s\n", differences[i].name, lack);
		else
			tcase_add_loop_test(tcase, what_differs_differs_as_documented, i, i + 1);
	}
}

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

	tcase_set_timeout(tcase, TEST_SECONDS);
	add_differences(tcase);
	tcase_add_test(tcase, a_trace_does_not_show_the_vdso);
	return tcase;
}
