/* SPDX-License-Identifier: MIT */
/* Futexes that other processes can reach: rejected with a record, or left to the kernel. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/guests/cases.h"
#include "tests/guests/run.h"

static void run_mode(struct outcome *o, const char *mode, const char *program)
{
	const char *options[] = {mode, NULL};
	const char *argv[] = {guest(program), NULL};

	run_in_fxbox(o, options, argv, NULL);
}

static size_t occurrences(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		n++;
		text += strlen(part);
	}
	return n;
}

static void same_as_native(const char *mode, const char *program)
{
	const char *argv[] = {guest(program), NULL};
	struct outcome native, boxed;

	run(&native, argv, NULL);
	run_mode(&boxed, mode, program);
	ck_assert_str_eq(native.out, boxed.out);
	ck_assert_str_eq(native.err, boxed.err);
	ck_assert_int_eq(native.status, boxed.status);
	outcome_free(&native);
	outcome_free(&boxed);
}

START_TEST(a_shared_futex_is_rejected_with_one_record_a_site)
{
	struct outcome o;
	char *summary;

	run_mode(&o, "--shared-futex=reject", "shared_raw");
	ck_assert_int_eq(o.status, 0);
	ck_assert_str_eq(o.out,
			 "wake: -1 ENOSYS\nwake: -1 ENOSYS\nwake: -1 ENOSYS\nwait: -1 ENOSYS\n"
			 "private wait: -1 EAGAIN\nprivate wake: 0\n");
	summary = strstr(o.err, "not supported:");
	ck_assert_ptr_nonnull(summary);
	ck_assert_ptr_nonnull(strstr(summary, "3x unsupported: shared futex: FUTEX_WAKE"));
	*summary = '\0';
	ck_assert_uint_eq(occurrences(o.err, "unsupported: shared futex: FUTEX_WAKE on 0x"), 1);
	ck_assert_uint_eq(occurrences(o.err, "unsupported: shared futex: FUTEX_WAIT on 0x"), 1);
	ck_assert_uint_eq(occurrences(o.err, "(run with --shared-futex=host)\n"), 2);
	outcome_free(&o);
}
END_TEST

START_TEST(the_record_names_the_mapping_and_precedes_the_abort)
{
	struct outcome o;
	char *record, *complaint;

	run_mode(&o, "--shared-futex=reject", "shared_semaphore");
	ck_assert(WIFSIGNALED(o.status));
	ck_assert_int_eq(WTERMSIG(o.status), SIGABRT);
	record = strstr(o.err, "unsupported: shared futex: FUTEX_WAIT");
	complaint = strstr(o.err, "The futex facility returned an unexpected error code");
	ck_assert_ptr_nonnull(record);
	ck_assert_ptr_nonnull(complaint);
	ck_assert(record < complaint);
	ck_assert_ptr_nonnull(strstr(record, " in /dev/shm/sem."));
	outcome_free(&o);
}
END_TEST

/* What shared_kinds says of a kind of memory, and what its record calls it; NULL: there is none. */
static const struct {
	const char *kind, *says, *where;
} kinds[] = {
	{"anonymous", "wake: -1 ENOSYS\n", " in anonymous shared memory "},
	{"dev-zero", "wake: -1 ENOSYS\n", " in anonymous shared memory "},
	{"file", "wake: -1 ENOSYS\n", " in /tmp/fxbox-guest-file-"},
	{"validated", "wake: -1 ENOSYS\n", " in /tmp/fxbox-guest-file-"},
	{"file-read-only", "wake: -1 ENOSYS\n", " in /tmp/fxbox-guest-file-"},
	{"file-private", "wake: 0\n", NULL},
	{"shm-object", "wake: -1 ENOSYS\n", " in /dev/shm/fxbox-guest-object-"},
	{"named-semaphore", "wake: -1 ENOSYS\n", " in /dev/shm/sem."},
	{"memfd", "wake: -1 ENOSYS\n", " in /memfd:guest "},
	{"segment", "wake: -1 ENOSYS\n", " in /SYSV"},
	{"moved", "wake: -1 ENOSYS\n", " in /memfd:guest "},
	{"moved-away", "wake: 0\nwake: 0\nwake: 0\n", NULL},
	{"doubled", "wake: -1 ENOSYS\nwake: -1 ENOSYS\n", " in /memfd:guest "},
	{"moved-with-a-neighbour", "wake: 0\nwake: -1 ENOSYS\n", " in /memfd:guest "},
	{"unmapped-in-part", "wake: -1 ENOSYS\nwake: -1 ENOSYS\nwake: 0\n", " in /memfd:guest "},
	{"mapped-over", "wake: 0\nwake: -1 ENOSYS\n", " in /memfd:guest "},
	{"detached", "wake: 0\nwake: 0\n", NULL},
	{"detached-around", "wake: -1 ENOSYS\nwake: 0\nwake: 0\n", " in /memfd:guest "},
	{"forked", "wake: -1 ENOSYS\nwake: 0\nwake: 0\nchild: exited with 0\n",
	 " in /memfd:guest "},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

START_TEST(every_kind_of_shared_memory_is_known_and_named)
{
	const char *argv[] = {guest("shared_kinds"), kinds[_i].kind, NULL};
	struct outcome o;
	char *record;

	run_in_fxbox(&o, NULL, argv, NULL);
	ck_assert_str_eq(o.out, kinds[_i].says);
	ck_assert_int_eq(o.status, 0);
	record = strstr(o.err, "unsupported: shared futex: FUTEX_WAKE on 0x");
	if (!kinds[_i].where) {
		ck_assert_str_eq(o.err, "");
	} else {
		ck_assert_ptr_nonnull(record);
		*strchr(record, '\n') = '\0';
		ck_assert_ptr_nonnull(strstr(record, kinds[_i].where));
	}
	outcome_free(&o);
}
END_TEST

START_TEST(with_host_every_kind_of_shared_memory_is_the_kernels)
{
	const char *argv[] = {guest("shared_kinds"), kinds[_i].kind, NULL};
	const char *host[] = {"--shared-futex=host", NULL};
	struct outcome native, boxed;

	run(&native, argv, NULL);
	run_in_fxbox(&boxed, host, argv, NULL);
	ck_assert_str_eq(native.out, boxed.out);
	ck_assert_str_eq("", boxed.err);
	ck_assert_int_eq(native.status, boxed.status);
	outcome_free(&native);
	outcome_free(&boxed);
}
END_TEST

START_TEST(with_host_executed_programs_share_every_kind_of_lock)
{
	same_as_native("--shared-futex=host", "shared_executed");
}
END_TEST

START_TEST(with_host_processes_share_semaphores)
{
	same_as_native("--shared-futex=host", "shared_semaphore");
}
END_TEST

START_TEST(with_host_processes_share_mutexes_and_conditions)
{
	same_as_native("--shared-futex=host", "shared_processes");
}
END_TEST

START_TEST(with_host_the_death_of_an_owner_is_told)
{
	same_as_native("--shared-futex=host", "shared_robust");
}
END_TEST

START_TEST(with_host_every_end_of_an_owner_is_told)
{
	same_as_native("--shared-futex=host", "shared_robust_ends");
}
END_TEST

START_TEST(with_host_results_are_the_kernels)
{
	same_as_native("--shared-futex=host", "shared_raw");
}
END_TEST

START_TEST(with_strict_threads_are_still_joined)
{
	same_as_native("--shared-futex=strict", "threads_join");
	same_as_native("--shared-futex=strict", "stack_unmapped");
	same_as_native("--shared-futex=strict", "cond_broadcast");
}
END_TEST

START_TEST(with_strict_other_unmarked_words_are_rejected)
{
	struct outcome o;

	run_mode(&o, "--shared-futex=strict", "futex_results");
	ck_assert_ptr_nonnull(strstr(o.err, "unsupported: shared futex: FUTEX_WA"));
	outcome_free(&o);
}
END_TEST

TCase *shared_cases(void)
{
	TCase *tcase = tcase_create("shared futexes");

	tcase_set_timeout(tcase, TEST_SECONDS);
	tcase_add_test(tcase, a_shared_futex_is_rejected_with_one_record_a_site);
	tcase_add_test(tcase, the_record_names_the_mapping_and_precedes_the_abort);
	tcase_add_loop_test(tcase, every_kind_of_shared_memory_is_known_and_named, 0, KINDS);
	tcase_add_loop_test(tcase, with_host_every_kind_of_shared_memory_is_the_kernels, 0, KINDS);
	tcase_add_test(tcase, with_host_executed_programs_share_every_kind_of_lock);
	tcase_add_test(tcase, with_host_processes_share_semaphores);
	tcase_add_test(tcase, with_host_processes_share_mutexes_and_conditions);
	tcase_add_test(tcase, with_host_the_death_of_an_owner_is_told);
	tcase_add_test(tcase, with_host_every_end_of_an_owner_is_told);
	tcase_add_test(tcase, with_host_results_are_the_kernels);
	tcase_add_test(tcase, with_strict_threads_are_still_joined);
	tcase_add_test(tcase, with_strict_other_unmarked_words_are_rejected);
	return tcase;
}
