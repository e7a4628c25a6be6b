/* SPDX-License-Identifier: MIT */
/* The table of calls under test: one row each, with a letter for every argument. */
#ifndef TESTS_DIFFERENTIAL_OPS_H
#define TESTS_DIFFERENTIAL_OPS_H

#include <stdbool.h>
#include <stddef.h>

/* What --ops= selects. */
enum op_set {
	OPS_BASE = 1,
	OPS_PI = 2,
	OPS_WAITV = 4,
	OPS_FUTEX2 = 8,
	OPS_ALL = 15,
};

struct op_row {
	const char *name;
	enum op_set set;
	unsigned weight;
	long nr;
	int op; /* of futex(2) */
	/*
	 * a first word, A second word, o operation with flags, v value of the first word,
	 * n first count, m second count, t timeout, b bitset, e encoded FUTEX_WAKE_OP,
	 * V vector, N its length, R vector of two, 0 flags that must be 0, f flags of
	 * the newer calls, C clock, h list head, l its length, p thread id, H and L where
	 * to store head and length, - not looked at
	 */
	const char *arguments;
	/* Words with priority inheritance: l the first, q the second. */
	char pi;
	bool relative; /* timeout */
	bool realtime; /* the clock flag is allowed */
};

extern const struct op_row op_rows[];
extern const size_t op_rows_count;

static inline bool op_has(const struct op_row *row, char argument)
{
	for (const char *c = row->arguments; *c; c++)
		if (*c == argument)
			return true;
	return false;
}

/* "base,pi" or "all"; 0 if it is neither. */
unsigned ops_parse(const char *list);

#endif
