/* SPDX-License-Identifier: MIT */
/* The groups of tests, each of which makes itself known to the harness, and the file that has it.
 */
#ifndef TESTS_UNIT_MANAGER_CASES_H
#define TESTS_UNIT_MANAGER_CASES_H

#include "tests/unit/manager/harness.h"

TCase *wait_cases(void);
TCase *wake_cases(void);
TCase *wake_op_cases(void);
TCase *requeue_cases(void);
TCase *table_cases(void);
TCase *lot_cases(void);
TCase *pi_cases(void);
TCase *pi_thread_cases(void);
TCase *requeue_pi_cases(void);
TCase *waitv_cases(void);
TCase *async_cases(void);
TCase *robust_cases(void);
TCase *observer_cases(void);
TCase *observer_kinds_cases(void);
TCase *thread_cases(void);
TCase *platform_cases(void);
TCase *stress_cases(void);

#endif
