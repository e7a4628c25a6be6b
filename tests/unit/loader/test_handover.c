/* SPDX-License-Identifier: MIT */
/* How a re-executed fxbox recognises itself, and whom it does not believe. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loader/handover.h"

#define BASE	  200
#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

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

/* Puts a state where the shim leaves it and reads it back. */
static bool offered(const struct fx_handover *state, size_t size, int seals,
		    struct fx_handover *got)
{
	int fd = memfd_create("state", MFD_ALLOW_SEALING);

	ck_assert_int_eq(write(fd, state, size), (ssize_t)size);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	ck_assert_int_eq(dup2(fd, BASE + FX_FD_STATE), BASE + FX_FD_STATE);
	close(fd);
	return fx_handover_read(BASE, got);
}

static void is_refused(const struct fx_handover *state, size_t size, int seals)
{
	struct fx_handover got = {.status = 4711};

	ck_assert(!offered(state, size, seals, &got));
	ck_assert_int_eq(got.status, 4711);
	ck_assert_int_ge(fcntl(BASE + FX_FD_STATE, F_GETFD), 0);
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

START_TEST(a_sound_state_is_taken_and_its_descriptor_closed)
{
	struct fx_handover state = sound(), got;

	ck_assert(offered(&state, sizeof(state), ALL_SEALS, &got));
	ck_assert_mem_eq(&state, &got, sizeof(got));
	ck_assert_int_lt(fcntl(BASE + FX_FD_STATE, F_GETFD), 0);
}
END_TEST

START_TEST(an_unsealed_state_is_refused)
{
	struct fx_handover state = sound();

	is_refused(&state, sizeof(state), 0);
	is_refused(&state, sizeof(state), ALL_SEALS & ~F_SEAL_WRITE);
}
END_TEST

START_TEST(a_state_of_another_build_is_refused)
{
	struct fx_handover state = sound();

	is_refused(&state, sizeof(state) - 8, ALL_SEALS);
	state.size -= 8;
	is_refused(&state, sizeof(state), ALL_SEALS);
}
END_TEST

START_TEST(an_unsound_state_is_refused)
{
	struct fx_handover state = sound();

	state.magic++;
	is_refused(&state, sizeof(state), ALL_SEALS);
	state = sound();
	state.kind = 3;
	is_refused(&state, sizeof(state), ALL_SEALS);
	state = sound();
	state.config.fd_base++;
	is_refused(&state, sizeof(state), ALL_SEALS);
	state = sound();
	memset(state.path, 'a', sizeof(state.path));
	is_refused(&state, sizeof(state), ALL_SEALS);
}
END_TEST

/* A state that a process inherited is not its own. */
START_TEST(a_state_of_another_process_is_refused)
{
	struct fx_handover state = sound();

	state.pid = getppid();
	is_refused(&state, sizeof(state), ALL_SEALS);
}
END_TEST

/* The shim had no descriptor so high to give. */
START_TEST(a_state_on_another_descriptor_is_found_by_its_name)
{
	struct fx_handover state = sound(), got;
	int other = memfd_create("other", MFD_ALLOW_SEALING);
	int fd = memfd_create(FX_HANDOVER_NAME, MFD_ALLOW_SEALING);

	ck_assert_int_eq(write(other, &state, sizeof(state)), (ssize_t)sizeof(state));
	ck_assert_int_eq(fcntl(other, F_ADD_SEALS, ALL_SEALS), 0);
	ck_assert(!fx_handover_read(BASE, &got));
	ck_assert_int_eq(write(fd, &state, sizeof(state)), (ssize_t)sizeof(state));
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, ALL_SEALS), 0);
	ck_assert(fx_handover_read(BASE, &got));
	ck_assert_mem_eq(&state, &got, sizeof(got));
	ck_assert_int_lt(fcntl(fd, F_GETFD), 0);
	ck_assert_int_ge(fcntl(other, F_GETFD), 0);
}
END_TEST

START_TEST(no_descriptor_or_no_memfd_is_no_state)
{
	struct fx_handover got;

	ck_assert(!fx_handover_read(BASE, &got));
	ck_assert_int_ge(dup2(open("/dev/null", O_RDONLY), BASE + FX_FD_STATE), 0);
	ck_assert(!fx_handover_read(BASE, &got));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("handover");
	TCase *tcase = tcase_create("handover");
	SRunner *runner = srunner_create(suite);

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, only_a_descriptor_name_is_possible);
	tcase_add_test(tcase, a_sound_state_is_taken_and_its_descriptor_closed);
	tcase_add_test(tcase, an_unsealed_state_is_refused);
	tcase_add_test(tcase, a_state_of_another_build_is_refused);
	tcase_add_test(tcase, an_unsound_state_is_refused);
	tcase_add_test(tcase, a_state_of_another_process_is_refused);
	tcase_add_test(tcase, a_state_on_another_descriptor_is_found_by_its_name);
	tcase_add_test(tcase, no_descriptor_or_no_memfd_is_no_state);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
