/* SPDX-License-Identifier: MIT */
/*
 * A sequence of steps, made from a seed alone: no step depends on how another
 * one ended, so that any may be left out. One that makes no sense when its turn
 * comes (a signal, and nobody blocked) is skipped, natively and under fxbox alike.
 */
#ifndef TESTS_DIFFERENTIAL_SEQUENCE_H
#define TESTS_DIFFERENTIAL_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/differential/memory.h"
#include "tests/differential/ops.h"
#include "tests/differential/rng.h"

#define MAX_STEPS   24
#define MAX_VECTOR  4

enum step_kind {
	STEP_CALL,   /* an idle worker makes a system call */
	STEP_STORE,  /* the controller changes a word */
	STEP_SIGNAL, /* to a blocked worker */
	STEP_EXIT,   /* an idle worker owns some locks and ends */
	STEP_EXPIRE, /* all timeouts that may expire within the sequence do */
};

enum timeout {
	TIMEOUT_NONE,
	TIMEOUT_LONG,	/* never within a run */
	TIMEOUT_HUGE,	/* overflows nanoseconds */
	TIMEOUT_MEDIUM, /* expires at STEP_EXPIRE, see play.c */
	TIMEOUT_SHORT,	/* the next step waits until it has expired */
	TIMEOUT_ZERO,
	TIMEOUT_PAST,
	TIMEOUT_OTHER_CLOCK, /* a second from now on the clock that is not asked for */
	TIMEOUT_BAD_NSEC,
	TIMEOUT_NEGATIVE_NSEC,
	TIMEOUT_NEGATIVE_SEC,
	TIMEOUT_UNMAPPED,
	TIMEOUT_NO_ACCESS,
	TIMEOUT_CROSSING,
	TIMEOUT_KERNEL,
};

struct vector_entry {
	enum place place;
	bool different;
	uint32_t flags;
	uint32_t reserved;
};

struct step {
	enum step_kind kind;
	unsigned worker;
	const struct op_row *row;
	enum place first, second;
	bool private, realtime;
	int unknown_flags;
	bool different; /* compares with another value than the word's */
	int count1, count2;
	enum timeout timeout;
	uint32_t bitset;
	uint32_t encoded; /* of FUTEX_WAKE_OP */
	/* The newer calls. */
	uint32_t flags2, call_flags;
	int clock;
	unsigned vector_length;
	struct vector_entry vector[MAX_VECTOR];
	/* Robust lists. */
	unsigned target;
	uint64_t length;
	uint64_t junk; /* for arguments that are not looked at, and upper halves */
	uint32_t value;
	bool value_is_tid;
	int signal;
	uint64_t seed; /* of the list of an exiting thread */
};

struct sequence {
	unsigned workers;
	unsigned steps;
	uint32_t initial[WORDS];
	struct step step[MAX_STEPS];
};

void sequence_make(struct sequence *s, uint64_t seed, unsigned op_sets);

const char *sequence_timeout_name(enum timeout timeout);

#endif
