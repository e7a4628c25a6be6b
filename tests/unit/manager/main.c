/* SPDX-License-Identifier: MIT */
/* The conformance suite of the futex manager, on the platform it was built for. */
#include <stdlib.h>

#include "tests/unit/manager/guest.h"

int main(void)
{
	Suite *suite = suite_create("futex manager on " TEST_PLATFORM_NAME);
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, wait_cases());
	suite_add_tcase(suite, wake_cases());
	suite_add_tcase(suite, wake_op_cases());
	suite_add_tcase(suite, requeue_cases());
	suite_add_tcase(suite, table_cases());
	suite_add_tcase(suite, pi_cases());
	suite_add_tcase(suite, pi_thread_cases());
	suite_add_tcase(suite, requeue_pi_cases());
	suite_add_tcase(suite, waitv_cases());
	suite_add_tcase(suite, async_cases());
	suite_add_tcase(suite, robust_cases());
	suite_add_tcase(suite, observer_cases());
	suite_add_tcase(suite, observer_kinds_cases());
	suite_add_tcase(suite, thread_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
