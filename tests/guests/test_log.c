/* SPDX-License-Identifier: MIT */
/* The log: each line an object, in its order, counted, and whole whatever the guest's strings hold.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/guests/cases.h"
#include "tests/guests/run.h"

#define MOST_LINES 20000

struct log {
	struct json_object *line[MOST_LINES];
	size_t lines;
};

/* Each line must be one whole object. */
static void parse(struct log *log, char *text)
{
	log->lines = 0;
	for (char *line = text, *end; *line; line = end + 1) {
		enum json_tokener_error error;
		struct json_object *object;

		end = strchr(line, '\n');
		ck_assert_msg(end, "the last line has no end: %s", line);
		*end = '\0';
		object = json_tokener_parse_verbose(line, &error);
		ck_assert_msg(object && json_object_is_type(object, json_type_object), "%s: %s",
			      json_tokener_error_desc(error), line);
		ck_assert_uint_lt(log->lines, MOST_LINES);
		log->line[log->lines++] = object;
	}
}

/* Runs with --log and further options, and parses the log. */
static void logged(struct log *log, const char *options, const char *program)
{
	char *path = temporary_file(), *text, line[1024];
	struct outcome o;
	size_t size;

	snprintf(line, sizeof(line), "\"$FXBOX\" run --no-confine --log='%s' %s %s", path, options,
		 program);
	run_shell(&o, line);
	text = read_whole(path, &size);
	ck_assert_uint_eq(size, strlen(text));
	parse(log, text);
	free(text);
	free(path);
	outcome_free(&o);
}

static const char *string(const struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		return "";
	return json_object_get_string(value);
}

static int number(const struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_int))
		return -99999;
	return json_object_get_int(value);
}

/* The lines of this type, and with this name if one is given. */
static size_t count(const struct log *log, const char *type, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < log->lines; i++)
		n += strcmp(string(log->line[i], "type"), type) == 0 &&
		     (!name || strcmp(string(log->line[i], "name"), name) == 0);
	return n;
}

static const struct json_object *find(const struct log *log, const char *type, const char *name)
{
	for (size_t i = 0; i < log->lines; i++) {
		if (strcmp(string(log->line[i], "type"), type) == 0 &&
		    (!name || strcmp(string(log->line[i], "name"), name) == 0))
			return log->line[i];
	}
	ck_abort_msg("no line '%s' of %s", type, name ? name : "any name");
	return NULL;
}

static struct log logs;

START_TEST(start_is_first_and_exit_is_last)
{
	const struct json_object *end;

	logged(&logs, "", "\"$GUESTS/hello\" 7");
	ck_assert_uint_eq(count(&logs, "used", NULL) + count(&logs, "calls", NULL) + 2, logs.lines);
	ck_assert_str_eq(string(logs.line[0], "type"), "start");
	ck_assert_int_eq(number(logs.line[0], "version"), 1);
	ck_assert_str_eq(string(logs.line[0], "shared_futex"), "reject");
	ck_assert_ptr_nonnull(strstr(string(logs.line[0], "exe"), "/hello"));
	end = logs.line[logs.lines - 1];
	ck_assert_str_eq(string(end, "type"), "exit");
	ck_assert_int_eq(number(end, "status"), 7);
	ck_assert_int_eq(number(logs.line[0], "pid"), number(end, "pid"));
}
END_TEST

START_TEST(a_signal_is_named_in_the_exit_line)
{
	logged(&logs, "", "sh -c 'kill -SEGV $$'");
	ck_assert_str_eq(string(logs.line[logs.lines - 1], "type"), "exit");
	ck_assert_str_eq(string(logs.line[logs.lines - 1], "signal"), "SIGSEGV");
}
END_TEST

START_TEST(a_repeated_call_is_written_once_and_counted)
{
	const struct json_object *record;

	logged(&logs, "", "\"$GUESTS/unsupported\"");
	ck_assert_uint_eq(count(&logs, "unsupported", "io_uring_setup"), 1);
	record = find(&logs, "unsupported", "io_uring_setup");
	ck_assert_int_eq(number(record, "nr"), 425);
	ck_assert_int_eq(number(record, "result"), -38);
	ck_assert_str_eq(string(record, "errno"), "ENOSYS");
	ck_assert_ptr_nonnull(strstr(string(record, "site"), "libc.so.6+0x"));
	ck_assert_int_eq(number(find(&logs, "count", "io_uring_setup"), "count"), 5);
}
END_TEST

START_TEST(an_unknown_number_is_recorded_by_number)
{
	const struct json_object *record;

	logged(&logs, "", "\"$GUESTS/unsupported\"");
	record = find(&logs, "unsupported", "syscall_9999");
	ck_assert_int_eq(number(record, "nr"), 9999);
	ck_assert_uint_eq(count(&logs, "count", "syscall_9999"), 0);
}
END_TEST

START_TEST(lines_stay_whole_with_odd_bytes)
{
	const struct json_object *call;

	logged(&logs, "--trace", "ls $'/no/\\x01\\n\\t\"\\\\\\x7f\\xff\\xc3\\xa4{}' '/no/%s%n'");
	call = find(&logs, "call", "statx");
	ck_assert_ptr_nonnull(strstr(string(call, "args"), "/no/"));
	ck_assert_uint_gt(count(&logs, "call", NULL), 10);
	ck_assert_uint_eq(count(&logs, "exit", NULL), 1);
}
END_TEST

START_TEST(lines_of_many_processes_and_threads_do_not_mix)
{
	logged(&logs, "--trace", "\"$GUESTS/fork_wait\"");
	ck_assert_uint_gt(count(&logs, "exit", NULL), 50);
	ck_assert_uint_eq(count(&logs, "start", NULL), 1);
	ck_assert_str_eq(string(logs.line[0], "type"), "start");
	logged(&logs, "--trace=futex", "\"$GUESTS/cond_broadcast\"");
	ck_assert_uint_gt(count(&logs, "call", "futex"), 100);
	ck_assert_uint_eq(count(&logs, "call", "write"), 0);
}
END_TEST

START_TEST(an_executed_program_is_logged)
{
	logged(&logs, "", "sh -c 'exec \"$GUESTS/hello\"'");
	ck_assert_uint_eq(count(&logs, "start", NULL), 1);
	ck_assert_ptr_nonnull(strstr(string(find(&logs, "exec", NULL), "exe"), "/hello"));
	ck_assert_uint_eq(count(&logs, "exit", NULL), 1);
}
END_TEST

START_TEST(trace_decodes_calls)
{
	struct outcome o;

	run_shell(&o, "\"$FXBOX\" run --no-confine --trace cat /etc/hostname 2>&1 >/dev/null");
	ck_assert_ptr_nonnull(strstr(o.out, "openat(AT_FDCWD, \"/etc/hostname\", O_RDONLY"));
	ck_assert_ptr_nonnull(strstr(o.out, "exit_group(0)"));
	outcome_free(&o);
	run_shell(
		&o,
		"\"$FXBOX\" run --no-confine --trace=futex \"$GUESTS/semaphore\" 2>&1 >/dev/null");
	ck_assert_ptr_nonnull(strstr(o.out, "FUTEX_WAKE_PRIVATE, 1"));
	ck_assert_ptr_nonnull(strstr(o.out, "FUTEX_WAIT_BITSET"));
	ck_assert_ptr_null(strstr(o.out, "openat"));
	outcome_free(&o);
}
END_TEST

START_TEST(the_log_survives_sigkill)
{
	logged(&logs, "", "sh -c '\"$GUESTS/unsupported\" >/dev/null; kill -KILL $$'");
	ck_assert_uint_eq(count(&logs, "unsupported", "io_uring_setup"), 1);
}
END_TEST

START_TEST(a_site_is_told_by_what_lies_there_now)
{
	logged(&logs, "", "\"$GUESTS/site_moved\"");
	ck_assert_str_eq(string(find(&logs, "used", "getuid"), "site"), "/memfd:one (deleted)+0x7");
	ck_assert_str_eq(string(find(&logs, "used", "getgid"), "site"), "/memfd:one (deleted)+0x7");
	ck_assert_str_eq(string(find(&logs, "used", "geteuid"), "site"),
			 "/memfd:two (deleted)+0x7");
	ck_assert_str_eq(string(find(&logs, "used", "getegid"), "site"),
			 "/memfd:three (deleted)+0x7");
	ck_assert_str_eq(string(find(&logs, "used", "getppid"), "site"),
			 "/memfd:four (deleted)+0x7");
}
END_TEST

/* What the program says and how it ends is as without a log that cannot be written. */
static void goes_on(const char *before, const char *options, const char *after, const char *told)
{
	static const char loop[] = "i=0; while [ $i -lt 300 ]; do kill -0 $$; i=$((i+1)); done; "
				   "/bin/echo went on >&3";
	char *path = temporary_file(), *said, line[1024];
	struct outcome o;
	size_t size;

	snprintf(line, sizeof(line),
		 "%s exec 3>'%s'; { \"$FXBOX\" run --no-confine %s sh -c '%s'; "
		 "echo status $? >&3; } %s",
		 before, path, options, loop, after);
	run_shell(&o, line);
	said = read_whole(path, &size);
	ck_assert_str_eq(said, "went on\nstatus 0\n");
	if (told)
		ck_assert_msg(strstr(o.err, told), "%s", o.err);
	outcome_free(&o);
	free(said);
	free(path);
}

START_TEST(a_program_outlives_the_reader_of_its_trace)
{
	goes_on("", "--trace", "2>&1 | head -n 1", NULL);
	goes_on("trap '' PIPE;", "--trace", "2>&1 | head -n 1", NULL);
	goes_on("", "--trace --log=/dev/stdout", "| head -n 1",
		"of the log or trace could not be written: Broken pipe");
}
END_TEST

START_TEST(a_program_outlives_a_full_disk)
{
	goes_on("", "--trace", "2>/dev/full", NULL);
	goes_on("", "--trace --log=/dev/full", "",
		"of the log or trace could not be written: No space left on device");
}
END_TEST

/* The program has the limit too, and its file stays below. */
START_TEST(a_program_outlives_a_log_at_its_limit)
{
	char *path = temporary_file(), options[256];

	snprintf(options, sizeof(options), "--trace --log='%s'", path);
	goes_on("ulimit -f 4;", options, "", "RLIMIT_FSIZE leaves no room for a report");
	goes_on("ulimit -S -f 4;", options, "", "could not be written: File too large");
	free(path);
}
END_TEST

TCase *log_cases(void)
{
	TCase *tcase = tcase_create("log");

	tcase_set_timeout(tcase, TEST_SECONDS);
	tcase_add_test(tcase, start_is_first_and_exit_is_last);
	tcase_add_test(tcase, a_signal_is_named_in_the_exit_line);
	tcase_add_test(tcase, a_repeated_call_is_written_once_and_counted);
	tcase_add_test(tcase, an_unknown_number_is_recorded_by_number);
	tcase_add_test(tcase, lines_stay_whole_with_odd_bytes);
	tcase_add_test(tcase, lines_of_many_processes_and_threads_do_not_mix);
	tcase_add_test(tcase, an_executed_program_is_logged);
	tcase_add_test(tcase, a_site_is_told_by_what_lies_there_now);
	tcase_add_test(tcase, trace_decodes_calls);
	tcase_add_test(tcase, the_log_survives_sigkill);
	tcase_add_test(tcase, a_program_outlives_the_reader_of_its_trace);
	tcase_add_test(tcase, a_program_outlives_a_full_disk);
	tcase_add_test(tcase, a_program_outlives_a_log_at_its_limit);
	return tcase;
}
