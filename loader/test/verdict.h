/* SPDX-License-Identifier: MIT */
/* Whether a run passed, and what was wrong if not. */
#ifndef LOADER_TEST_VERDICT_H
#define LOADER_TEST_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/test/schedule_file.h"

enum fx_verdict_kind {
	FX_VERDICT_PASSED,
	FX_VERDICT_HANG,
	FX_VERDICT_CRASH,      /* a signal ended it */
	FX_VERDICT_STATUS,     /* it ended with another status than it should */
	FX_VERDICT_OUTPUT,     /* it printed something else than the first run */
	FX_VERDICT_LIVELOCK,   /* more events than its budget */
	FX_VERDICT_TIMEOUT,    /* of real time */
	FX_VERDICT_LOCK_ORDER, /* its threads could have waited for each other in a circle */
	FX_VERDICT_BROKEN,     /* fxbox could not run it */
	FX_VERDICT_KINDS
};

struct fx_verdict {
	enum fx_verdict_kind kind;
	int detail; /* the signal, or the status */
};

/* What a run is measured by. */
struct fx_wanted {
	int expect;	  /* FX_EXPECT_ANY: of exit; or a status; 128 and more: also that signal */
	bool output_same; /* as this one */
	uint64_t output;
	bool lock_order; /* locks in an order that cannot hang, as far as it was noted */
};

/* status: of waitpid(2). output: a hash of what it printed. */
struct fx_verdict fx_verdict(const struct fx_outcome *outcome, int status, bool timed_out,
			     uint64_t output, const struct fx_wanted *wanted);

/* "hang", "crash" and so on: for files; never NULL. */
const char *fx_verdict_word(enum fx_verdict_kind kind);
/* The kind of such a word, or -1. */
int fx_verdict_of(const char *word);

/* As a person has it: "SIGSEGV", "exit status 3", "hang". */
void fx_verdict_text(const struct fx_verdict *verdict, char *out, unsigned size);

#endif
