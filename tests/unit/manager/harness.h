/* SPDX-License-Identifier: MIT */
/*
 * What these tests need of Check, under the names that it has there, without fork, allocation or
 * a C library: so the same tests run on every platform. Results are TAP. All tests run in one
 * process; one that fails ends the run, for what it leaves behind is unknown.
 */
#ifndef TESTS_UNIT_MANAGER_HARNESS_H
#define TESTS_UNIT_MANAGER_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/unit/manager/place.h"

/* _i is the number of the turn, in a test that has several. */
#define START_TEST(name)                                                                           \
	static void name##_body(int _i);                                                           \
	static const struct harness_test name = {#name, name##_body};                              \
	static void name##_body(int _i)                                                            \
	{                                                                                          \
		(void)_i;
#define END_TEST }

struct harness_test {
	const char *name;
	void (*body)(int turn);
};

typedef struct harness_case TCase;

/* A group of tests. There is room for all that there are, and an end of the program if not. */
TCase *tcase_create(const char *name);
/* Both run around each turn of each test. */
void tcase_add_checked_fixture(TCase *tc, void (*setup)(void), void (*teardown)(void));
void harness_add(TCase *tc, const struct harness_test *test, int from, int to);
#define tcase_add_test(tc, test)		harness_add(tc, &(test), 0, 1)
#define tcase_add_loop_test(tc, test, from, to) harness_add(tc, &(test), from, to)

/* The test that runs is skipped, and says why. */
#define skip_test(why)                                                                             \
	do {                                                                                       \
		harness_skip(why);                                                                 \
		return;                                                                            \
	} while (0)
void harness_skip(const char *why);

/*
 * Runs all groups that were created, or those of them, and those tests, that are named; a word as
 * rounds=5 is for harness_amount. Returns the status to exit with.
 */
int harness_run(int argc, char **argv);

/* How much of something is to be done: as a word NAME=N of the command line says, or as is usual.
 */
unsigned harness_amount(const char *name, unsigned usual);

/* A line of comment. */
void harness_note(const char *what, int64_t number);

_Noreturn void harness_fail(const char *file, int line, const char *what);
_Noreturn void harness_fail_values(const char *file, int line, const char *what, int64_t a,
				   int64_t b);
_Noreturn void harness_fail_strings(const char *file, int line, const char *what, const char *a,
				    const char *b);
bool harness_same_string(const char *a, const char *b);

#define harness_compare(type, a, op, b)                                                            \
	do {                                                                                       \
		const type a_ = (a), b_ = (b);                                                     \
                                                                                                   \
		if (!(a_ op b_))                                                                   \
			harness_fail_values(__FILE__, __LINE__, #a " " #op " " #b, (int64_t)a_,    \
					    (int64_t)b_);                                          \
	} while (0)

#define ck_assert(condition)	 ((condition) ? (void)0 : harness_fail(__FILE__, __LINE__, #condition))
#define ck_assert_int_eq(a, b)	 harness_compare(intmax_t, a, ==, b)
#define ck_assert_uint_eq(a, b)	 harness_compare(uintmax_t, a, ==, b)
#define ck_assert_uint_ne(a, b)	 harness_compare(uintmax_t, a, !=, b)
#define ck_assert_uint_lt(a, b)	 harness_compare(uintmax_t, a, <, b)
#define ck_assert_uint_ge(a, b)	 harness_compare(uintmax_t, a, >=, b)
#define ck_assert_ptr_eq(a, b)	 ck_assert((a) == (b))
#define ck_assert_ptr_null(a)	 ck_assert(!(a))
#define ck_assert_ptr_nonnull(a) ck_assert((a) != NULL)
#define ck_assert_str_eq(a, b)                                                                     \
	do {                                                                                       \
		const char *a_ = (a), *b_ = (b);                                                   \
                                                                                                   \
		if (!harness_same_string(a_, b_))                                                  \
			harness_fail_strings(__FILE__, __LINE__, #a " == " #b, a_, b_);            \
	} while (0)

/* A wait for what others do has an end, long after it should be over. *since is 0 at first. */
#define PATIENCE 25 /* seconds */
bool harness_patience_is_over(int64_t *since);

#define await_that(condition)                                                                      \
	do {                                                                                       \
		int64_t since_ = 0;                                                                \
                                                                                                   \
		while (!(condition)) {                                                             \
			if (harness_patience_is_over(&since_))                                     \
				harness_fail(__FILE__, __LINE__,                                   \
					     "waited too long for: " #condition);                  \
			place_yield();                                                             \
		}                                                                                  \
	} while (0)

/*
 * Appends to the text that is in the buffer, of size bytes; what does not fit is left out.
 */
void harness_append(char *buffer, size_t size, const char *text);
void harness_append_number(char *buffer, size_t size, int64_t number);

#endif
