/* SPDX-License-Identifier: MIT */
/* Rows of Check that need something of the host. */
#ifndef TESTS_HOST_CHECK_H
#define TESTS_HOST_CHECK_H

#include <check.h>
#include <stdio.h>

#include "tests/host.h"

/* The reason is what tests/count.py shows. */
static inline void skip_test(const TTest *test, const char *why)
{
	printf("SKIP: %s: %s\n", test->name, why);
}

/* Adds it, or skips it by name where the host lacks one of these. */
static inline void add_test_where(TCase *tcase, const char *features, const TTest *test)
{
	const char *lack = host_lacks(features);

	if (lack)
		skip_test(test, lack);
	else
		tcase_add_test(tcase, test);
}

#endif
