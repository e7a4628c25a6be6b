/* SPDX-License-Identifier: MIT */
/* The conformance suite of the futex manager, on the platform of the place it is linked with. */
#include "tests/unit/manager/guest.h"

int main(int argc, char **argv)
{
	wait_cases();
	wake_cases();
	wake_op_cases();
	requeue_cases();
	table_cases();
	lot_cases();
	pi_cases();
	pi_thread_cases();
	requeue_pi_cases();
	waitv_cases();
	async_cases();
	robust_cases();
	observer_cases();
	observer_kinds_cases();
	thread_cases();
	platform_cases();
	stress_cases();
	return harness_run(argc, argv);
}
