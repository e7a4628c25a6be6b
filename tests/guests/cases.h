/* SPDX-License-Identifier: MIT */
/* The parts of the suite that only concern fxbox. */
#ifndef TESTS_GUESTS_CASES_H
#define TESTS_GUESTS_CASES_H

#include <check.h>

TCase *cli_cases(void);
TCase *log_cases(void);
TCase *shared_cases(void);
TCase *refused_cases(void);
TCase *difference_cases(void);
TCase *stress_cases(void);
TCase *patch_cases(void);

#endif
