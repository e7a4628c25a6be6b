/* SPDX-License-Identifier: MIT */
/* What fxbox shows of itself: command line, log, records, refusals. */
#include <stdlib.h>

#include "tests/guests/cases.h"

int main(void)
{
	Suite *suite = suite_create("fxbox");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, cli_cases());
	suite_add_tcase(suite, log_cases());
	suite_add_tcase(suite, shared_cases());
	suite_add_tcase(suite, refused_cases());
	suite_add_tcase(suite, difference_cases());
	suite_add_tcase(suite, stress_cases());
	suite_add_tcase(suite, patch_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
