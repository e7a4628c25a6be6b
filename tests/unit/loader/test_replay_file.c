/* SPDX-License-Identifier: MIT */
/* A replay file is read as it was written; a damaged one is refused in one line. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/test/replay_file.h"

static char path[] = "/tmp/fxbox-replay.XXXXXX";

static struct fx_replay sample(void)
{
	static char *program[] = {"./bank", "a \"b\"\n", NULL}, *options[] = {"--rw=.", NULL};
	static struct fx_decision decision[] = {
		{.event = 7, .own = 7, .from = 0, .to = 2, .why = FX_WHY_CHANCE},
		{.event = 1ULL << 40, .own = 3, .from = 2, .to = 1, .why = FX_WHY_SLEEPS},
	};

	return (struct fx_replay){
		.program = program,
		.options = options,
		.directory = "/home/u",
		.seed = 12,
		.strategy = FX_STRATEGY_PCT,
		.depth = 3,
		.points = FX_POINTS_ATOMICS,
		.budget = 1000,
		.timeout_ms = 60000,
		.tmp = true,
		.expect = 0,
		.output_same = true,
		.output = 0xfedcba9876543210ULL,
		.verdict = {.kind = FX_VERDICT_CRASH, .detail = SIGSEGV},
		.what = "SIGSEGV in transfer (bank.c:30)",
		.end = FX_SCHEDULE_ENDED,
		.events = 99,
		.threads = 3,
		.hash = 0x8000000000000001ULL,
		.decisions = decision,
		.count = 2,
	};
}

START_TEST(as_it_was_written)
{
	const struct fx_replay wrote = sample();
	struct fx_refusal why;
	struct fx_replay r;

	ck_assert_int_eq(fx_replay_write(&wrote, path), 0);
	ck_assert_int_eq(fx_replay_read(&r, path, &why), 0);
	ck_assert_str_eq(r.program[1], wrote.program[1]);
	ck_assert_ptr_null(r.program[2]);
	ck_assert_str_eq(r.options[0], "--rw=.");
	ck_assert_str_eq(r.directory, wrote.directory);
	ck_assert_uint_eq(r.seed, wrote.seed);
	ck_assert_int_eq(r.strategy, wrote.strategy);
	ck_assert_uint_eq(r.depth, wrote.depth);
	ck_assert_int_eq(r.points, wrote.points);
	ck_assert_uint_eq(r.budget, wrote.budget);
	ck_assert(r.tmp && r.output_same);
	ck_assert_uint_eq(r.output, wrote.output);
	ck_assert_int_eq(r.expect, 0);
	ck_assert_int_eq(r.verdict.kind, FX_VERDICT_CRASH);
	ck_assert_int_eq(r.verdict.detail, SIGSEGV);
	ck_assert_str_eq(r.what, wrote.what);
	ck_assert_uint_eq(r.events, wrote.events);
	ck_assert_uint_eq(r.hash, wrote.hash);
	ck_assert_uint_eq(r.count, 2);
	ck_assert_mem_eq(r.decisions, wrote.decisions, 2 * sizeof(*r.decisions));
	fx_replay_free(&r);
}
END_TEST

static char *whole(size_t *length)
{
	static char text[1 << 16];
	FILE *in = fopen(path, "r");

	*length = fread(text, 1, sizeof(text) - 1, in);
	text[*length] = '\0';
	fclose(in);
	return text;
}

static void put(const char *text, size_t length)
{
	FILE *out = fopen(path, "w");

	fwrite(text, 1, length, out);
	fclose(out);
}

/* One line, that names the file. */
static void is_refused(void)
{
	struct fx_refusal why = {.status = 0};
	struct fx_replay r;

	ck_assert_int_eq(fx_replay_read(&r, path, &why), -1);
	ck_assert_int_eq(why.status, FX_EXIT_FAILED);
	ck_assert(strncmp(why.line, path, strlen(path)) == 0);
	ck_assert_ptr_null(strchr(why.line, '\n'));
}

START_TEST(cut_off_anywhere)
{
	const struct fx_replay wrote = sample();
	size_t length;
	char *text;

	ck_assert_int_eq(fx_replay_write(&wrote, path), 0);
	text = whole(&length);
	for (size_t i = 0; i + 2 < length; i++) {
		put(text, i);
		is_refused();
	}
}
END_TEST

START_TEST(bytes_changed)
{
	const struct fx_replay wrote = sample();
	size_t length;
	char *text;

	ck_assert_int_eq(fx_replay_write(&wrote, path), 0);
	text = whole(&length);
	/* Whatever is in it, it is read or refused. */
	for (size_t i = 0; i < length; i++) {
		const char was = text[i];
		struct fx_refusal why;
		struct fx_replay r;

		text[i] = "9\"[]{}x-"[i % 8];
		put(text, length);
		if (fx_replay_read(&r, path, &why) == 0)
			fx_replay_free(&r);
		text[i] = was;
	}
}
END_TEST

static const char *const members[][2] = {
	{"fxbox-replay", "fxbox-result"},
	{"\"version\": 2", "\"version\": 1"},
	{"\"version\": 2", "\"version\": 3"},
	{"\"./bank\"", "7"},
	{"\"--rw=.\"", "null"},
	{"\"pct\"", "\"luck\""},
	{"\"atomics\"", "[]"},
	{"\"seed\": 12", "\"seed\": -12"},
	{"\"hash\": \"0x", "\"hash\": \"x"},
	{"\"crash\"", "\"crush\""},
	{"[7,0,7,2,\"chance\"]", "[7,0,7,2]"},
	{"[7,0,7,2,\"chance\"]", "[7,0,7,65536,\"chance\"]"},
	{"[7,0,7,2,\"chance\"]", "[7,0,7,2,null]"},
	{"[7,0,7,2,\"chance\"]", "[7,0,-7,2,\"chance\"]"},
	{"[7,0,7,2,\"chance\"]", "null"},
	{"[7,0,7,2,\"chance\"]", "[1099511627777,0,7,2,\"chance\"]"},
};

START_TEST(members_that_are_none)
{
	const struct fx_replay wrote = sample();
	const char *from = members[_i][0], *to = members[_i][1];
	size_t length;
	char *text, *at;
	FILE *out;

	ck_assert_int_eq(fx_replay_write(&wrote, path), 0);
	text = whole(&length);
	at = strstr(text, from);
	ck_assert_ptr_nonnull(at);
	out = fopen(path, "w");
	fprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	fclose(out);
	is_refused();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay_file");
	TCase *tc = tcase_create("replay_file");
	SRunner *sr;
	int failed;

	close(mkstemp(path));
	tcase_add_test(tc, as_it_was_written);
	tcase_add_test(tc, cut_off_anywhere);
	tcase_add_test(tc, bytes_changed);
	tcase_add_loop_test(tc, members_that_are_none, 0, sizeof(members) / sizeof(members[0]));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	unlink(path);
	return failed != 0;
}
