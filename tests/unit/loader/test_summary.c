/* SPDX-License-Identifier: MIT */
/* The summary at the end, also of a table that the guest scribbled on. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/summary.h"
#include "shim/audit_table.h"

static struct fx_audit_table table;
static char text[1 << 20];

static const char *summary(void)
{
	int fd = memfd_create("summary", MFD_CLOEXEC);
	ssize_t got;

	fx_summary_print(&table, fd);
	got = pread(fd, text, sizeof(text) - 1, 0);
	ck_assert_int_ge(got, 0);
	text[got] = '\0';
	close(fd);
	return text;
}

static void add(int slot, uint32_t state, const char *line, uint64_t count)
{
	table.slot[slot].state = state;
	table.slot[slot].count = count;
	strcpy(table.slot[slot].text, line);
}

START_TEST(an_empty_table_says_nothing)
{
	add(3, FX_AUDIT_CLAIMED, "half written", 1);
	ck_assert_str_eq(summary(), "");
}
END_TEST

START_TEST(each_record_is_a_line_with_its_count)
{
	add(0, FX_AUDIT_READY, "unsupported: ptrace(PTRACE_TRACEME)", 1);
	add(7, FX_AUDIT_READY, "unsupported: shared futex", 1234);
	ck_assert_str_eq(summary(),
			 "fxbox: 2 kinds of system call that the program made are not supported:\n"
			 "fxbox:       1x unsupported: ptrace(PTRACE_TRACEME)\n"
			 "fxbox:    1234x unsupported: shared futex\n");
}
END_TEST

START_TEST(denials_come_after_what_is_not_supported_and_are_not_counted_with_it)
{
	add(0, FX_AUDIT_READY, "denied: socket AF_INET (allow with --net)", 2);
	ck_assert_str_eq(summary(), "fxbox:       2x denied: socket AF_INET (allow with --net)\n");
	add(1, FX_AUDIT_READY, "unsupported: bpf", 1);
	ck_assert_str_eq(summary(),
			 "fxbox: 1 kind of system call that the program made is not supported:\n"
			 "fxbox:       1x unsupported: bpf\n"
			 "fxbox:       2x denied: socket AF_INET (allow with --net)\n");
}
END_TEST

START_TEST(dropped_records_are_told)
{
	table.dropped = 5;
	add(0, FX_AUDIT_READY, "x", 1);
	ck_assert_ptr_nonnull(strstr(summary(), "fxbox: and 5 calls more of further kinds\n"));
}
END_TEST

START_TEST(a_scribbled_table_is_printed_safely)
{
	memset(&table, 0x1b, sizeof(table));
	for (size_t i = 0; i < FX_AUDIT_SLOTS; i++)
		table.slot[i].state = FX_AUDIT_READY;
	summary();
	for (const char *c = text; *c; c++)
		ck_assert(*c == '\n' || (*c >= ' ' && *c < 0x7f));
}
END_TEST

/* A process of its own, ended as the report ends it. */
static int end_of(int32_t status, int32_t signal)
{
	struct fx_handover handover = {.kind = FX_HANDOVER_REPORT,
				       .status = status,
				       .signal = signal,
				       .config = {.quiet = 1}};
	int result;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fx_report_and_end(&handover));
	ck_assert_int_eq(waitpid(pid, &result, 0), pid);
	return result;
}

START_TEST(the_guests_exit_status_becomes_ours)
{
	ck_assert_int_eq(end_of(0, 0), 0);
	ck_assert_int_eq(WEXITSTATUS(end_of(42, 0)), 42);
	ck_assert_int_eq(WEXITSTATUS(end_of(0x1ff, 0)), 0xff);
}
END_TEST

START_TEST(the_guests_signal_kills_us_without_a_core)
{
	static const int signals[] = {SIGTERM, SIGKILL, SIGSEGV, SIGABRT, SIGSYS, SIGPIPE, 40};
	int result = end_of(0, signals[_i]);

	ck_assert(WIFSIGNALED(result));
	ck_assert_int_eq(WTERMSIG(result), signals[_i]);
	ck_assert(!WCOREDUMP(result));
}
END_TEST

START_TEST(a_signal_that_kills_nobody_becomes_a_status)
{
	ck_assert_int_eq(WEXITSTATUS(end_of(0, SIGCHLD)), 128 + SIGCHLD);
	ck_assert_int_eq(WEXITSTATUS(end_of(0, 32)), 128 + 32);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("summary");
	TCase *tcase = tcase_create("summary");
	SRunner *runner = srunner_create(suite);

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, an_empty_table_says_nothing);
	tcase_add_test(tcase, each_record_is_a_line_with_its_count);
	tcase_add_test(tcase, denials_come_after_what_is_not_supported_and_are_not_counted_with_it);
	tcase_add_test(tcase, dropped_records_are_told);
	tcase_add_test(tcase, a_scribbled_table_is_printed_safely);
	tcase_add_test(tcase, the_guests_exit_status_becomes_ours);
	tcase_add_loop_test(tcase, the_guests_signal_kills_us_without_a_core, 0, 7);
	tcase_add_test(tcase, a_signal_that_kills_nobody_becomes_a_status);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
