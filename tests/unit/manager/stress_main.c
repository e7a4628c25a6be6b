/* SPDX-License-Identifier: MIT */
/* The stress alone, for the thread sanitizer and for seeds of fxbox test. */
#include "tests/unit/manager/cases.h"

int main(int argc, char **argv)
{
	stress_cases();
	return harness_run(argc, argv);
}
