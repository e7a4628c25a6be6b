/* SPDX-License-Identifier: MIT */
#include "loader/test/verdict.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "loader/exit_status.h"
#include "loader/test/test_options.h"

static const char *const words[] = {
	[FX_VERDICT_PASSED] = "passed",	  [FX_VERDICT_HANG] = "hang",
	[FX_VERDICT_CRASH] = "crash",	  [FX_VERDICT_STATUS] = "status",
	[FX_VERDICT_OUTPUT] = "output",	  [FX_VERDICT_LIVELOCK] = "livelock",
	[FX_VERDICT_TIMEOUT] = "timeout", [FX_VERDICT_LOCK_ORDER] = "lock-order",
	[FX_VERDICT_BROKEN] = "broken",
};

static struct fx_verdict of(enum fx_verdict_kind kind, int detail)
{
	return (struct fx_verdict){.kind = kind, .detail = detail};
}

struct fx_verdict fx_verdict(const struct fx_outcome *outcome, int status, bool timed_out,
			     uint64_t output, const struct fx_wanted *wanted)
{
	const bool differs = wanted->output_same && output != wanted->output;

	if (timed_out)
		return of(FX_VERDICT_TIMEOUT, 0);
	if (outcome->end == FX_SCHEDULE_HUNG)
		return of(FX_VERDICT_HANG, 0);
	if (outcome->end == FX_SCHEDULE_LIVELOCK)
		return of(FX_VERDICT_LIVELOCK, 0);
	if (WIFSIGNALED(status)) {
		if (wanted->expect != 128 + WTERMSIG(status))
			return of(FX_VERDICT_CRASH, WTERMSIG(status));
	} else if (outcome->events == 0 && WEXITSTATUS(status) >= FX_EXIT_FAILED &&
		   WEXITSTATUS(status) <= FX_EXIT_NOT_FOUND) {
		return of(FX_VERDICT_BROKEN, WEXITSTATUS(status));
	} else if (wanted->expect != FX_EXPECT_ANY && WEXITSTATUS(status) != wanted->expect) {
		return of(FX_VERDICT_STATUS, WEXITSTATUS(status));
	}
	return of(differs ? FX_VERDICT_OUTPUT : FX_VERDICT_PASSED, 0);
}

const char *fx_verdict_word(enum fx_verdict_kind kind)
{
	return (unsigned)kind < FX_VERDICT_KINDS ? words[kind] : "?";
}

int fx_verdict_of(const char *word)
{
	for (int i = 0; i < FX_VERDICT_KINDS; i++) {
		if (strcmp(word, words[i]) == 0)
			return i;
	}
	return -1;
}

void fx_verdict_text(const struct fx_verdict *v, char *out, unsigned size)
{
	const char *name = v->kind == FX_VERDICT_CRASH ? sigabbrev_np(v->detail) : NULL;

	if (name)
		snprintf(out, size, "SIG%s", name);
	else if (v->kind == FX_VERDICT_CRASH)
		snprintf(out, size, "signal %d", v->detail);
	else if (v->kind == FX_VERDICT_STATUS || v->kind == FX_VERDICT_BROKEN)
		snprintf(out, size, "exit status %d", v->detail);
	else if (v->kind == FX_VERDICT_OUTPUT)
		snprintf(out, size, "other output");
	else
		snprintf(out, size, "%s", fx_verdict_word(v->kind));
}
