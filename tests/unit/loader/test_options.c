/* SPDX-License-Identifier: MIT */
/* Options of `fxbox run`: parsing, and the help made from the same table. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/options.h"

static struct fx_refusal why;

/* Words after "run"; at most 7. */
static int parse(struct fx_options *options, char *const *words)
{
	char *argv[9] = {(char[]){"run"}};
	int argc = 1;

	while (words[argc - 1]) {
		argv[argc] = words[argc - 1];
		argc++;
	}
	return fx_options_parse(argc, argv, options, &why);
}

#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})

START_TEST(without_options_the_defaults_hold)
{
	struct fx_options options;

	ck_assert_int_eq(parse(&options, WORDS("prog", "--quiet")), 1);
	ck_assert_ptr_null(options.log);
	ck_assert_int_eq(options.trace, FX_TRACE_NONE);
	ck_assert_int_eq(options.shared, FX_SHARED_REJECT);
	ck_assert(!options.no_confine && !options.quiet && !options.help);
}
END_TEST

START_TEST(options_end_at_the_program)
{
	struct fx_options options;

	ck_assert_int_eq(parse(&options, WORDS("--quiet", "prog", "--no-confine")), 2);
	ck_assert(options.quiet && !options.no_confine);
}
END_TEST

START_TEST(options_end_at_two_dashes)
{
	struct fx_options options;

	ck_assert_int_eq(parse(&options, WORDS("--", "--quiet")), 2);
	ck_assert(!options.quiet);
}
END_TEST

START_TEST(each_option_is_stored)
{
	struct fx_options options;

	ck_assert_int_eq(parse(&options, WORDS("--log", "a", "--trace", "--no-confine", "prog")),
			 5);
	ck_assert_str_eq(options.log, "a");
	ck_assert_int_eq(options.trace, FX_TRACE_ALL);
	ck_assert(options.no_confine);
	ck_assert_int_eq(parse(&options, WORDS("--log=b", "--trace=futex", "prog")), 3);
	ck_assert_str_eq(options.log, "b");
	ck_assert_int_eq(options.trace, FX_TRACE_FUTEX);
	ck_assert_int_eq(parse(&options, WORDS("--trace=all", "--help")), 3);
	ck_assert_int_eq(options.trace, FX_TRACE_ALL);
	ck_assert(options.help);
}
END_TEST

START_TEST(shared_futex_modes_are_stored)
{
	struct fx_options options;

	parse(&options, WORDS("--shared-futex=strict", "prog"));
	ck_assert_int_eq(options.shared, FX_SHARED_STRICT);
	parse(&options, WORDS("--shared-futex", "host", "prog"));
	ck_assert_int_eq(options.shared, FX_SHARED_HOST);
	parse(&options, WORDS("--shared-futex=host", "--shared-futex=reject", "prog"));
	ck_assert_int_eq(options.shared, FX_SHARED_REJECT);
}
END_TEST

START_TEST(grants_and_limits_are_stored_in_order)
{
	struct fx_options options;

	ck_assert_int_eq(
		parse(&options, WORDS("--rw=/a", "--ro", "/a/b", "--hide=/c", "--net", "prog")), 6);
	ck_assert_uint_eq(options.policy.grants, 3);
	ck_assert_int_eq(options.policy.grant[1].kind, FX_GRANT_RO);
	ck_assert_str_eq(options.policy.grant[2].path, "/c");
	ck_assert_int_eq(options.policy.net, FX_NET_ALL);
	ck_assert(!options.policy.unix_sockets && !options.policy.isolate);
	ck_assert(fx_policy_writes(&options.policy) && !options.policy.only);
	parse(&options, WORDS("--only=/a", "--only", "/b", "prog"));
	ck_assert(options.policy.only && options.policy.grants == 2);
	ck_assert_int_eq(options.policy.grant[1].kind, FX_GRANT_ONLY);
	parse(&options, WORDS("--memory=2G", "--rlimit=nofile=64:1K", "--timeout=1.5", "prog"));
	ck_assert_uint_eq(options.policy.rlimits, 2);
	ck_assert_uint_eq(options.policy.rlimit[0].value.rlim_max, 2UL << 30);
	ck_assert_uint_eq(options.policy.rlimit[1].value.rlim_cur, 64);
	ck_assert_uint_eq(options.policy.rlimit[1].value.rlim_max, 1024);
	ck_assert_uint_eq(options.policy.timeout_ms, 1500);
	ck_assert(!fx_policy_writes(&options.policy));
}
END_TEST

START_TEST(networks_and_sockets_add_up)
{
	struct fx_options options;

	parse(&options, WORDS("--net=tcp:80,443", "--net=tcp:65535", "--unix=/a", "prog"));
	ck_assert_int_eq(options.policy.net, FX_NET_TCP);
	ck_assert_uint_eq(options.policy.ports, 3);
	ck_assert_uint_eq(options.policy.port[2], 65535);
	ck_assert_int_eq(options.policy.unix_sockets, FX_UNIX_NAMED);
	ck_assert_int_eq(options.policy.grant[0].kind, FX_GRANT_UNIX);
	parse(&options, WORDS("--unix", "--unix=/a", "--net", "--net=local", "prog"));
	ck_assert_int_eq(options.policy.unix_sockets, FX_UNIX_ALL);
	ck_assert_int_eq(options.policy.net, FX_NET_ALL);
	ck_assert_int_eq(parse(&options, WORDS("--net=local", "--net=tcp:80", "prog")), -1);
	ck_assert_str_eq(why.line,
			 "--net: 'tcp:80' is another network than the one that was named before");
	parse(&options, WORDS("--limit=tasks=1,memory=2K", "--limit=tasks=7", "prog"));
	ck_assert_uint_eq(options.policy.limits.memory, 2048);
	ck_assert_uint_eq(options.policy.limits.tasks, 7);
	parse(&options, WORDS("--net=local", "--die-with-parent", "prog"));
	ck_assert_int_eq(options.policy.net, FX_NET_LOCAL);
	ck_assert(options.policy.with_parent);
}
END_TEST

static const struct {
	char *word;
	const char *line;
} bad[] = {
	{"--net=", "--net: '' is not local|tcp:PORT"},
	{"--net=tcp", "--net: 'tcp' is not local|tcp:PORT"},
	{"--net=tcp:", "--net: 'tcp:' is not local|tcp:PORT"},
	{"--net=tcp:0", "--net: 'tcp:0' is not local|tcp:PORT"},
	{"--net=tcp:65536", "--net: 'tcp:65536' is not local|tcp:PORT"},
	{"--net=tcp:80,", "--net: 'tcp:80,' is not local|tcp:PORT"},
	{"--net=tcp:80-90", "--net: 'tcp:80-90' is not local|tcp:PORT"},
	{"--net=udp:53", "--net: 'udp:53' is not local|tcp:PORT"},
	{"--unix=", "--unix: '' is not PATH"},
	{"--rw=", "--rw: '' is not PATH"},
	{"--rlimit=nofile", "--rlimit: 'nofile' is not NAME=VALUE"},
	{"--rlimit=nonsense=1", "--rlimit: 'nonsense=1' is not NAME=VALUE"},
	{"--rlimit=nofile=9:8", "--rlimit: 'nofile=9:8' is not NAME=VALUE"},
	{"--rlimit=nofile=1x", "--rlimit: 'nofile=1x' is not NAME=VALUE"},
	{"--limit=memory", "--limit: 'memory' is not NAME=VALUE,..."},
	{"--limit=memory=0", "--limit: 'memory=0' is not NAME=VALUE,..."},
	{"--limit=tasks=unlimited", "--limit: 'tasks=unlimited' is not NAME=VALUE,..."},
	{"--limit=tasks=1,", "--limit: 'tasks=1,' is not NAME=VALUE,..."},
	{"--limit=files=1", "--limit: 'files=1' is not NAME=VALUE,..."},
	{"--memory=0", "--memory: '0' is not SIZE"},
	{"--memory=99999999999T", "--memory: '99999999999T' is not SIZE"},
	{"--timeout=-1", "--timeout: '-1' is not SECONDS"},
	{"--timeout=0", "--timeout: '0' is not SECONDS"},
	{"--env==x", "--env: '=x' is not NAME[=VALUE]"},
	{"--nonsense", "--nonsense: this option is unknown or ambiguous"},
	{"--log", "--log: this option needs an argument"},
	{"--log=", "--log: '' is not FILE"},
	{"--trace=some", "--trace: 'some' is not all|futex"},
	{"--shared-futex=yes", "--shared-futex: 'yes' is not reject|strict|host"},
	{"--quiet=1", "--quiet=1: this option is unknown, ambiguous, or takes no argument"},
	{"-x", "-x: this option is unknown"},
	{"-xyz", "-x: this option is unknown"},
};

START_TEST(bad_usage_gets_125_and_names_the_word)
{
	struct fx_options options = {.log = "untouched"};

	ck_assert_int_eq(parse(&options, WORDS(bad[_i].word)), -1);
	ck_assert_int_eq(why.status, FX_EXIT_FAILED);
	ck_assert_str_eq(why.line, bad[_i].line);
	ck_assert_str_eq(options.log, "untouched");
}
END_TEST

START_TEST(help_shows_every_option_within_one_screen)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int lines = 0;

	ck_assert_ptr_nonnull(out);
	fx_options_print(out);
	fclose(out);
	for (const struct fx_option *option = fx_option_table; option->name; option++) {
		char name[64];

		if (!option->help)
			continue; /* between fxbox and itself */
		snprintf(name, sizeof(name), "  --%s", option->name);
		ck_assert_msg(strstr(text, name), "%s is not in the help", name);
	}
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		ck_assert_uint_le(strlen(line), 80);
		lines++;
	}
	/* Usage before and exit status behind it take three more. */
	ck_assert_int_le(lines + 3, 40);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options");
	SRunner *runner = srunner_create(suite);

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, without_options_the_defaults_hold);
	tcase_add_test(tcase, options_end_at_the_program);
	tcase_add_test(tcase, options_end_at_two_dashes);
	tcase_add_test(tcase, each_option_is_stored);
	tcase_add_test(tcase, shared_futex_modes_are_stored);
	tcase_add_test(tcase, grants_and_limits_are_stored_in_order);
	tcase_add_test(tcase, networks_and_sockets_add_up);
	tcase_add_loop_test(tcase, bad_usage_gets_125_and_names_the_word, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, help_shows_every_option_within_one_screen);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
