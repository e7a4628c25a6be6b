/* SPDX-License-Identifier: MIT */
/* Makes the arguments of a step's system call, for a worker, at the time it is due. */
#ifndef TESTS_DIFFERENTIAL_CALL_H
#define TESTS_DIFFERENTIAL_CALL_H

#include <stdbool.h>

#include "tests/differential/sequence.h"
#include "tests/differential/worker.h"

#define SHORT_NSEC  20000L
#define MEDIUM_NSEC 3000000L

/* Fills w->nr, arg and what they point to; w->must_return and the deadline. */
void call_prepare(struct worker *w, const struct step *s);

/* For a reader: the operation and its arguments, without addresses. */
void call_describe(const struct step *s);

#endif
