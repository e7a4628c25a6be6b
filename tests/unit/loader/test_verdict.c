/* SPDX-License-Identifier: MIT */
/* What a run's end means. */
#include <check.h>
#include <signal.h>

#include "loader/test/test_options.h"
#include "loader/test/verdict.h"

#define EXIT(status)   ((status) << 8)
#define SIGNAL(signal) (signal)

static const struct {
	enum fx_schedule_end end;
	uint64_t events;
	int status;
	bool timed_out;
	int expect;
	enum fx_verdict_kind kind;
	const char *text;
} cases[] = {
	{FX_SCHEDULE_ENDED, 5, EXIT(0), false, 0, FX_VERDICT_PASSED, "passed"},
	{FX_SCHEDULE_ENDED, 5, EXIT(3), false, 0, FX_VERDICT_STATUS, "exit status 3"},
	{FX_SCHEDULE_ENDED, 5, EXIT(3), false, 3, FX_VERDICT_PASSED, "passed"},
	{FX_SCHEDULE_ENDED, 5, EXIT(0), false, 3, FX_VERDICT_STATUS, "exit status 0"},
	{FX_SCHEDULE_ENDED, 5, EXIT(77), false, FX_EXPECT_ANY, FX_VERDICT_PASSED, "passed"},
	{FX_SCHEDULE_ENDED, 5, EXIT(125), false, 0, FX_VERDICT_STATUS, "exit status 125"},
	{FX_SCHEDULE_ENDED, 0, EXIT(127), false, 0, FX_VERDICT_BROKEN, "exit status 127"},
	{FX_SCHEDULE_ENDED, 0, EXIT(1), false, 0, FX_VERDICT_STATUS, "exit status 1"},
	{FX_SCHEDULE_ENDED, 5, SIGNAL(SIGSEGV), false, 0, FX_VERDICT_CRASH, "SIGSEGV"},
	{FX_SCHEDULE_ENDED, 5, SIGNAL(SIGSEGV), false, FX_EXPECT_ANY, FX_VERDICT_CRASH, "SIGSEGV"},
	{FX_SCHEDULE_ENDED, 5, SIGNAL(SIGSEGV), false, 128 + SIGSEGV, FX_VERDICT_PASSED, "passed"},
	{FX_SCHEDULE_ENDED, 5, SIGNAL(SIGABRT), false, 128 + SIGSEGV, FX_VERDICT_CRASH, "SIGABRT"},
	{FX_SCHEDULE_ENDED, 5, SIGNAL(40), false, 0, FX_VERDICT_CRASH, "signal 40"},
	{FX_SCHEDULE_HUNG, 5, SIGNAL(SIGABRT), false, 0, FX_VERDICT_HANG, "hang"},
	{FX_SCHEDULE_HUNG, 5, SIGNAL(SIGABRT), false, 128 + SIGABRT, FX_VERDICT_HANG, "hang"},
	{FX_SCHEDULE_LIVELOCK, 5, SIGNAL(SIGABRT), false, 0, FX_VERDICT_LIVELOCK, "livelock"},
	{FX_SCHEDULE_RUNS, 5, SIGNAL(SIGKILL), true, 0, FX_VERDICT_TIMEOUT, "timeout"},
	{FX_SCHEDULE_RUNS, 5, SIGNAL(SIGKILL), false, 0, FX_VERDICT_CRASH, "SIGKILL"},
	{FX_SCHEDULE_STRAYED, 5, EXIT(0), false, 0, FX_VERDICT_PASSED, "passed"},
};

START_TEST(of_ends)
{
	const struct fx_outcome outcome = {.end = cases[_i].end, .events = cases[_i].events};
	const struct fx_wanted wanted = {.expect = cases[_i].expect};
	const struct fx_verdict v =
		fx_verdict(&outcome, cases[_i].status, cases[_i].timed_out, 0, &wanted);
	char text[40];

	fx_verdict_text(&v, text, sizeof(text));
	ck_assert_int_eq(v.kind, cases[_i].kind);
	ck_assert_str_eq(text, cases[_i].text);
	ck_assert_int_eq(fx_verdict_of(fx_verdict_word(v.kind)), (int)v.kind);
}
END_TEST

START_TEST(of_output)
{
	const struct fx_outcome outcome = {.end = FX_SCHEDULE_ENDED, .events = 1};
	const struct fx_wanted same = {.output_same = true, .output = 7}, any = {.output = 7};

	ck_assert_int_eq(fx_verdict(&outcome, 0, false, 7, &same).kind, FX_VERDICT_PASSED);
	ck_assert_int_eq(fx_verdict(&outcome, 0, false, 8, &same).kind, FX_VERDICT_OUTPUT);
	ck_assert_int_eq(fx_verdict(&outcome, 0, false, 8, &any).kind, FX_VERDICT_PASSED);
	ck_assert_int_eq(fx_verdict(&outcome, EXIT(1), false, 8, &same).kind, FX_VERDICT_STATUS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("verdict");
	TCase *tc = tcase_create("verdict");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, of_ends, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, of_output);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
