/* SPDX-License-Identifier: MIT */
/* How a re-executed fxbox recognises itself, and whom it does not believe. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/handover.h"

#define BASE 200

static struct fx_handover sound(void)
{
	struct fx_handover state = {.magic = FX_HANDOVER_MAGIC,
				    .size = sizeof(state),
				    .kind = FX_HANDOVER_EXEC,
				    .config = {.fd_base = BASE, .trace = FX_TRACE_ALL},
				    .pid = getpid(),
				    .path = "/bin/true"};

	return state;
}

/* As the shim writes it, which is not here: tests/guests runs both. */
static char *string_of(const struct fx_handover *state)
{
	char *string = malloc(FX_HANDOVER_STRING);
	char *at = string + sprintf(string, "%s", FX_HANDOVER_ENV);

	for (size_t i = 0; i < FX_HANDOVER_FIXED; i++)
		at += sprintf(at, "%02x", ((const unsigned char *)state)[i]);
	sprintf(at, ":%s", state->path);
	return string;
}

static void string_is_refused(const char *string)
{
	struct fx_handover got = {.status = 4711};

	ck_assert(!fx_handover_read(BASE, string, &got));
	ck_assert_int_eq(got.status, 4711);
}

static void is_refused(const struct fx_handover *state)
{
	char *string = string_of(state);

	string_is_refused(string);
	free(string);
}

START_TEST(only_a_descriptor_name_is_possible)
{
	static const char *const others[] = {"/dev/fd/",     "/dev/fd/x",
					     "/dev/fd/3x",   "/dev/fd/-1",
					     "/dev/fd/ 3",   "/proc/fd/3",
					     "fxbox",	     "",
					     "/dev/fd/3/ls", "/dev/fd/99999999999999999999"};
	int base = 4711;

	ck_assert(!fx_handover_possible(NULL, &base));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!fx_handover_possible(others[i], &base), "%s", others[i]);
	ck_assert_int_eq(base, 4711);
	ck_assert(fx_handover_possible("/dev/fd/1008", &base));
	ck_assert_int_eq(base, 1008 - FX_FD_EXE);
}
END_TEST

START_TEST(a_sound_state_is_taken)
{
	struct fx_handover state = sound(), got;
	char *string;

	memset(state.path, 'a', sizeof(state.path) - 1);
	string = string_of(&state);
	ck_assert_uint_lt(strlen(string), FX_HANDOVER_STRING);
	ck_assert(fx_handover_read(BASE, string, &got));
	ck_assert_mem_eq(&state, &got, sizeof(got));
	free(string);
}
END_TEST

START_TEST(any_byte_can_be_in_a_path)
{
	struct fx_handover state = sound(), got;
	char *string;

	for (int i = 1; i < 256; i++)
		state.path[i - 1] = (char)i;
	string = string_of(&state);
	ck_assert(fx_handover_read(BASE, string, &got));
	ck_assert_mem_eq(&state, &got, sizeof(got));
	free(string);
}
END_TEST

START_TEST(what_is_cut_or_is_none_is_refused)
{
	struct fx_handover state = sound();
	char *string = string_of(&state);
	size_t fixed = strlen(FX_HANDOVER_ENV) + 2 * FX_HANDOVER_FIXED;

	string_is_refused(NULL);
	string_is_refused("");
	string_is_refused("PATH=/bin");
	string_is_refused(FX_HANDOVER_ENV);
	for (size_t i = fixed + 1; i-- > 0;) {
		char kept = string[i];

		string[i] = 'g';
		string_is_refused(string);
		string[i] = '\0';
		string_is_refused(string);
		string[i] = kept;
	}
	free(string);
}
END_TEST

START_TEST(a_path_that_is_too_long_is_refused)
{
	struct fx_handover state = sound();
	char *string = string_of(&state), *longer = calloc(1, 2 * FX_HANDOVER_STRING);

	strcpy(longer, string);
	memset(longer + strlen(longer), 'a', sizeof(state.path));
	string_is_refused(longer);
	free(longer);
	free(string);
}
END_TEST

START_TEST(a_state_of_another_build_is_refused)
{
	struct fx_handover state = sound();

	state.size -= 8;
	is_refused(&state);
}
END_TEST

START_TEST(an_unsound_state_is_refused)
{
	struct fx_handover state = sound();

	state.magic++;
	is_refused(&state);
	state = sound();
	state.kind = 4;
	is_refused(&state);
	state = sound();
	state.config.fd_base++;
	is_refused(&state);
}
END_TEST

/* One that a process inherited with its environment is not its own. */
START_TEST(a_state_of_another_process_is_refused)
{
	struct fx_handover state = sound();

	state.pid = getppid();
	is_refused(&state);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("handover");
	TCase *tcase = tcase_create("handover");
	SRunner *runner = srunner_create(suite);

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, only_a_descriptor_name_is_possible);
	tcase_add_test(tcase, a_sound_state_is_taken);
	tcase_add_test(tcase, any_byte_can_be_in_a_path);
	tcase_add_test(tcase, what_is_cut_or_is_none_is_refused);
	tcase_add_test(tcase, a_path_that_is_too_long_is_refused);
	tcase_add_test(tcase, a_state_of_another_build_is_refused);
	tcase_add_test(tcase, an_unsound_state_is_refused);
	tcase_add_test(tcase, a_state_of_another_process_is_refused);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
