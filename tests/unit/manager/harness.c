/* SPDX-License-Identifier: MIT */
#include "tests/unit/manager/harness.h"

#define CASES_MAX 20
#define TESTS_MAX 40
#define LINE_SIZE 512

struct harness_entry {
	const struct harness_test *test;
	int from, to;
};

struct harness_case {
	const char *name;
	void (*setup)(void);
	void (*teardown)(void);
	struct harness_entry tests[TESTS_MAX];
	unsigned ntests;
};

static struct harness_case cases[CASES_MAX];
static unsigned ncases;

/* What runs. */
static const char *case_name = "";
static const char *test_name = "the tests are listed";
static int turn_number, number;
static const char *skipped;

static int nwords;
static char **words; /* of the command line */

void harness_append(char *buffer, size_t size, const char *text)
{
	size_t used = 0;

	while (buffer[used])
		used++;
	while (*text && used + 1 < size)
		buffer[used++] = *text++;
	buffer[used] = '\0';
}

void harness_append_number(char *buffer, size_t size, int64_t n)
{
	char digits[24], *first = &digits[sizeof(digits) - 1];
	uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	*first = '\0';
	do {
		*--first = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (n < 0)
		*--first = '-';
	harness_append(buffer, size, first);
}

bool harness_same_string(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* One write a line, or those of several threads might mix. */
static void result_line(char *line, bool good)
{
	line[0] = '\0';
	harness_append(line, LINE_SIZE, good ? "ok " : "not ok ");
	harness_append_number(line, LINE_SIZE, number);
	harness_append(line, LINE_SIZE, " - ");
	harness_append(line, LINE_SIZE, case_name);
	harness_append(line, LINE_SIZE, ": ");
	harness_append(line, LINE_SIZE, test_name);
	if (turn_number > 0) {
		harness_append(line, LINE_SIZE, ", turn ");
		harness_append_number(line, LINE_SIZE, turn_number);
	}
}

static _Noreturn void fail_line(char *line)
{
	harness_append(line, LINE_SIZE, "\n");
	place_print(line);
	place_print("Bail out! What the test has left behind is unknown.\n");
	place_exit(1);
}

static void begin_failure(char *line, const char *file, int at, const char *what)
{
	result_line(line, false);
	harness_append(line, LINE_SIZE, "\n# ");
	harness_append(line, LINE_SIZE, file);
	harness_append(line, LINE_SIZE, ":");
	harness_append_number(line, LINE_SIZE, at);
	harness_append(line, LINE_SIZE, ": ");
	harness_append(line, LINE_SIZE, what);
}

void harness_fail(const char *file, int at, const char *what)
{
	char line[LINE_SIZE];

	begin_failure(line, file, at, what);
	fail_line(line);
}

void harness_fail_values(const char *file, int at, const char *what, int64_t a, int64_t b)
{
	char line[LINE_SIZE];

	begin_failure(line, file, at, what);
	harness_append(line, LINE_SIZE, ": the one is ");
	harness_append_number(line, LINE_SIZE, a);
	harness_append(line, LINE_SIZE, ", the other ");
	harness_append_number(line, LINE_SIZE, b);
	fail_line(line);
}

void harness_fail_strings(const char *file, int at, const char *what, const char *a, const char *b)
{
	char line[LINE_SIZE];

	begin_failure(line, file, at, what);
	harness_append(line, LINE_SIZE, ": the one is \"");
	harness_append(line, LINE_SIZE, a);
	harness_append(line, LINE_SIZE, "\", the other \"");
	harness_append(line, LINE_SIZE, b);
	harness_append(line, LINE_SIZE, "\"");
	fail_line(line);
}

void harness_skip(const char *why)
{
	skipped = why;
}

bool harness_patience_is_over(int64_t *since)
{
	struct fx_deadline now;

	place_platform->clock_now(FX_CLOCK_MONOTONIC, &now);
	if (*since == 0)
		*since = now.sec + 1;
	return now.sec + 1 - *since >= PATIENCE;
}

TCase *tcase_create(const char *name)
{
	ck_assert_uint_lt(ncases, CASES_MAX);
	cases[ncases].name = name;
	return &cases[ncases++];
}

void tcase_add_checked_fixture(TCase *tc, void (*setup)(void), void (*teardown)(void))
{
	tc->setup = setup;
	tc->teardown = teardown;
}

void harness_add(TCase *tc, const struct harness_test *test, int from, int to)
{
	ck_assert_uint_lt(tc->ntests, TESTS_MAX);
	tc->tests[tc->ntests++] = (struct harness_entry){test, from, to};
}

static bool is_amount(const char *word)
{
	while (*word && *word != '=')
		word++;
	return *word == '=';
}

/* What is behind `NAME=`, or NULL. */
static const char *amount_of(const char *word, const char *name)
{
	while (*name && *word == *name) {
		word++;
		name++;
	}
	return *name == '\0' && *word == '=' ? word + 1 : NULL;
}

unsigned harness_amount(const char *name, unsigned usual)
{
	for (int i = 1; i < nwords; i++) {
		const char *digit = amount_of(words[i], name);
		unsigned value = 0;

		if (!digit)
			continue;
		for (; *digit >= '0' && *digit <= '9'; digit++)
			value = value * 10 + (unsigned)(*digit - '0');
		return value;
	}
	return usual;
}

void harness_note(const char *what, int64_t n)
{
	char line[LINE_SIZE] = "# ";

	harness_append(line, sizeof(line), what);
	harness_append(line, sizeof(line), ": ");
	harness_append_number(line, sizeof(line), n);
	harness_append(line, sizeof(line), "\n");
	place_print(line);
}

/* Whether it is named, as a group or as a test, or nothing is. */
static bool selected(const struct harness_case *tc, const struct harness_entry *e)
{
	bool any = false;

	for (int i = 1; i < nwords; i++) {
		if (is_amount(words[i]))
			continue;
		any = true;
		if (harness_same_string(words[i], tc->name) ||
		    harness_same_string(words[i], e->test->name))
			return true;
	}
	return !any;
}

static void run_turn(const struct harness_case *tc, const struct harness_entry *e, int turn)
{
	char line[LINE_SIZE];

	number++;
	turn_number = turn;
	skipped = NULL;
	if (tc->setup)
		tc->setup();
	e->test->body(turn);
	if (tc->teardown)
		tc->teardown();
	result_line(line, true);
	if (skipped) {
		harness_append(line, LINE_SIZE, " # SKIP ");
		harness_append(line, LINE_SIZE, skipped);
	}
	harness_append(line, LINE_SIZE, "\n");
	place_print(line);
}

static void run_entry(const struct harness_case *tc, const struct harness_entry *e)
{
	case_name = tc->name;
	test_name = e->test->name;
	for (int turn = e->from; turn < e->to; turn++)
		run_turn(tc, e, turn);
}

/* Calls run, if there is one, for each entry that is selected. Returns how many turns these have.
 */
static int each_entry(void (*run)(const struct harness_case *, const struct harness_entry *))
{
	int turns = 0;

	for (const struct harness_case *tc = cases; tc < &cases[ncases]; tc++) {
		const struct harness_entry *end = &tc->tests[tc->ntests];

		for (const struct harness_entry *e = tc->tests; e < end; e++) {
			if (!selected(tc, e))
				continue;
			turns += e->to - e->from;
			if (run)
				run(tc, e);
		}
	}
	return turns;
}

int harness_run(int argc, char **argv)
{
	char line[LINE_SIZE] = "1..";
	int turns;

	nwords = argc;
	words = argv;
	turns = each_entry(NULL);

	harness_append_number(line, sizeof(line), turns);
	harness_append(line, sizeof(line), "\n# futex manager on ");
	harness_append(line, sizeof(line), place_name);
	harness_append(line, sizeof(line), "\n");
	place_print(line);
	each_entry(run_entry);
	return turns == 0 ? 1 : 0;
}
