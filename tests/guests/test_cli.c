/* SPDX-License-Identifier: MIT */
/* The command line: statuses, deaths by signal, look-up in PATH, help, and wrong usage. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/guests/cases.h"
#include "tests/guests/run.h"

static void shell_exits(const char *line, int status, const char *out, const char *err_part)
{
	struct outcome o;

	run_shell(&o, line);
	ck_assert_msg(WIFEXITED(o.status) && WEXITSTATUS(o.status) == status,
		      "%s: wait status %#x, not exit status %d\n%s%s", line, (unsigned)o.status,
		      status, o.out, o.err);
	if (out)
		ck_assert_str_eq(o.out, out);
	if (err_part)
		ck_assert_msg(strstr(o.err, err_part), "'%s' is not in: %s", err_part, o.err);
	outcome_free(&o);
}

START_TEST(a_missing_program_is_127)
{
	shell_exits("\"$FXBOX\" run --no-confine /no/such/program", 127, "", "/no/such/program");
	shell_exits("\"$FXBOX\" run --no-confine no-such-program-in-path", 127, "",
		    "no-such-program-in-path");
}
END_TEST

START_TEST(a_file_that_cannot_be_run_is_126)
{
	shell_exits("\"$FXBOX\" run --no-confine /etc/passwd", 126, "", "/etc/passwd");
	shell_exits("\"$FXBOX\" run --no-confine /tmp", 126, "", "/tmp");
}
END_TEST

START_TEST(wrong_usage_is_125)
{
	shell_exits("\"$FXBOX\"", 125, NULL, NULL);
	shell_exits("\"$FXBOX\" frobnicate", 125, "", "frobnicate");
	shell_exits("\"$FXBOX\" run", 125, "", NULL);
	shell_exits("\"$FXBOX\" run --frobnicate true", 125, "", "--frobnicate");
	shell_exits("\"$FXBOX\" run -x true", 125, "", "-x");
	shell_exits("\"$FXBOX\" run --shared-futex=perhaps true", 125, "", "perhaps");
	shell_exits("\"$FXBOX\" run --trace=nothing true", 125, "", "nothing");
	shell_exits("\"$FXBOX\" run --log", 125, "", "--log");
	shell_exits("\"$FXBOX\" run --no-confine --log=/no/such/directory/log true", 125, "",
		    "/no/such");
}
END_TEST

START_TEST(the_guests_own_status_is_passed_on)
{
	shell_exits("\"$FXBOX\" run --no-confine sh -c 'exit 0'", 0, "", NULL);
	shell_exits("\"$FXBOX\" run --no-confine sh -c 'exit 125'", 125, "", NULL);
	shell_exits("\"$FXBOX\" run --no-confine sh -c 'exit 255'", 255, "", NULL);
}
END_TEST

START_TEST(death_by_a_signal_is_a_real_one)
{
	static const int signals[] = {SIGTERM, SIGKILL, SIGHUP,	 SIGINT, SIGSEGV, SIGABRT,
				      SIGPIPE, SIGSYS,	SIGTRAP, SIGBUS, SIGUSR1, 40};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		const char *argv[] = {"/bin/sh", "-c", NULL, NULL};
		char line[32];
		struct outcome o;

		snprintf(line, sizeof(line), "kill -%d $$", signals[i]);
		argv[2] = line;
		run_in_fxbox(&o, NULL, argv, NULL);
		ck_assert_msg(WIFSIGNALED(o.status) && WTERMSIG(o.status) == signals[i],
			      "signal %d gives wait status %#x", signals[i], (unsigned)o.status);
		ck_assert_str_eq(o.err, "");
		outcome_free(&o);
	}
}
END_TEST

START_TEST(death_by_sigpipe_in_a_pipeline)
{
	shell_exits("\"$FXBOX\" run --no-confine yes | head -n 1; exit ${PIPESTATUS[0]}", 141,
		    "y\n", NULL);
	shell_exits("\"$FXBOX\" run --no-confine bash -c 'yes | head -n 2; exit ${PIPESTATUS[0]}'",
		    141, "y\ny\n", NULL);
}
END_TEST

START_TEST(a_signal_from_outside_ends_the_guest)
{
	shell_exits("timeout -s TERM 0.5 \"$FXBOX\" run --no-confine sleep 100", 124, "", NULL);
	shell_exits("timeout -s KILL 0.5 \"$FXBOX\" run --no-confine sleep 100; exit $?", 137, "",
		    NULL);
	shell_exits("\"$FXBOX\" run --no-confine timeout 0.5 sleep 100", 124, "", NULL);
}
END_TEST

START_TEST(path_is_searched_for_a_plain_name)
{
	shell_exits("PATH=/no/such:$GUESTS:$PATH; \"$FXBOX\" run --no-confine hello 3", 3,
		    "hello\n", NULL);
	shell_exits("cd \"$GUESTS\" && \"$FXBOX\" run --no-confine ./hello", 0, "hello\n", NULL);
	shell_exits("cd \"$GUESTS\" && PATH=/bin \"$FXBOX\" run --no-confine hello", 127, "",
		    "hello");
}
END_TEST

START_TEST(options_end_at_the_program)
{
	shell_exits("\"$FXBOX\" run --no-confine echo --quiet --log=x", 0, "--quiet --log=x\n",
		    NULL);
	shell_exits("\"$FXBOX\" run --no-confine -- sh -c 'echo \"$1\"' sh --help", 0, "--help\n",
		    NULL);
}
END_TEST

START_TEST(help_fits_a_screen)
{
	static const char *const lines[] = {"\"$FXBOX\" --help", "\"$FXBOX\" run --help"};

	for (size_t i = 0; i < 2; i++) {
		size_t count = 0;
		struct outcome o;

		run_shell(&o, lines[i]);
		ck_assert_int_eq(o.status, 0);
		ck_assert_str_eq(o.err, "");
		for (const char *line = o.out; *line;) {
			size_t length = strcspn(line, "\n");

			ck_assert_uint_le(length, 80);
			line += length + (line[length] == '\n');
			count++;
		}
		ck_assert_uint_gt(count, 2);
		ck_assert_uint_le(count, 40);
		outcome_free(&o);
	}
}
END_TEST

START_TEST(version_is_one_line)
{
	struct outcome o;

	run_shell(&o, "\"$FXBOX\" --version");
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_eq(strchr(o.out, '\n'), o.out + o.out_size - 1);
	ck_assert_ptr_eq(strstr(o.out, "fxbox"), o.out);
	outcome_free(&o);
}
END_TEST

START_TEST(syscalls_shows_verdicts)
{
	struct outcome o;

	run_shell(&o, "\"$FXBOX\" syscalls futex io_uring_setup getppid");
	ck_assert_int_eq(o.status, 0);
	ck_assert_ptr_nonnull(strstr(o.out, "emulated"));
	ck_assert_ptr_nonnull(strstr(o.out, "unsupported"));
	ck_assert_ptr_nonnull(strstr(o.out, "passthrough"));
	outcome_free(&o);
	shell_exits("\"$FXBOX\" syscalls no_such_call", 1, NULL, "no_such_call");
}
END_TEST

START_TEST(a_summary_only_when_something_was_unsupported)
{
	shell_exits("\"$FXBOX\" run --no-confine \"$GUESTS/hello\" 2>/dev/null", 0, "hello\n",
		    NULL);
	shell_exits("\"$FXBOX\" run --no-confine true 2>&1", 0, "", NULL);
	shell_exits("\"$FXBOX\" run --no-confine \"$GUESTS/unsupported\"", 0, NULL,
		    "5x unsupported: io_uring_setup");
	shell_exits("\"$FXBOX\" run --no-confine \"$GUESTS/unsupported\"", 0, NULL,
		    "1x unsupported: syscall_9999");
}
END_TEST

START_TEST(quiet_says_nothing)
{
	shell_exits("\"$FXBOX\" run --no-confine --quiet \"$GUESTS/unsupported\" 2>&1 >/dev/null",
		    0, "", NULL);
	shell_exits("\"$FXBOX\" run --no-confine --quiet \"$GUESTS/shared_raw\" 2>&1 >/dev/null", 0,
		    "", NULL);
}
END_TEST

TCase *cli_cases(void)
{
	TCase *tcase = tcase_create("command line");

	tcase_set_timeout(tcase, TEST_SECONDS);
	tcase_add_test(tcase, a_missing_program_is_127);
	tcase_add_test(tcase, a_file_that_cannot_be_run_is_126);
	tcase_add_test(tcase, wrong_usage_is_125);
	tcase_add_test(tcase, the_guests_own_status_is_passed_on);
	tcase_add_test(tcase, death_by_a_signal_is_a_real_one);
	tcase_add_test(tcase, death_by_sigpipe_in_a_pipeline);
	tcase_add_test(tcase, a_signal_from_outside_ends_the_guest);
	tcase_add_test(tcase, path_is_searched_for_a_plain_name);
	tcase_add_test(tcase, options_end_at_the_program);
	tcase_add_test(tcase, help_fits_a_screen);
	tcase_add_test(tcase, version_is_one_line);
	tcase_add_test(tcase, syscalls_shows_verdicts);
	tcase_add_test(tcase, a_summary_only_when_something_was_unsupported);
	tcase_add_test(tcase, quiet_says_nothing);
	return tcase;
}
