/* SPDX-License-Identifier: MIT */
#ifndef TESTS_BARE_LIMITS_H
#define TESTS_BARE_LIMITS_H

#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)

#endif
