/* SPDX-License-Identifier: MIT */
#include "loader/test/judge.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "loader/test/fnv.h"
#include "loader/test/lock_words.h"
#include "loader/test/signature.h"

/* Of what was printed, its end is enough to tell one from another. */
#define HASHED	 (4U << 20)
#define LOG_MOST (16U << 20)

uint64_t fx_judge_output(const struct fx_run *run, char **tail)
{
	size_t length = 0, keep;
	char *text = fx_run_text(run->out, HASHED, &length);
	struct stat st;
	uint64_t hash;

	*tail = NULL;
	if (!text)
		return 0;
	hash = fx_fnv(FX_FNV_BEGIN, text, length);
	if (fstat(run->out, &st) == 0)
		hash = fx_fnv(hash, &st.st_size, sizeof(st.st_size));
	keep = length < FX_OUTPUT_TAIL ? length : FX_OUTPUT_TAIL;
	*tail = malloc(keep + 1);
	if (*tail) {
		memcpy(*tail, text + length - keep, keep);
		(*tail)[keep] = '\0';
		/* As text: what is behind a NUL would be lost. */
		for (size_t i = 0; i < keep; i++) {
			if (!(*tail)[i])
				(*tail)[i] = '?';
		}
	}
	free(text);
	return hash;
}

/* Of a run that passed otherwise. */
static void judge_locks(struct fx_run *run, const struct fx_wanted *wanted, struct fx_verdict *v)
{
	if (v->kind != FX_VERDICT_PASSED || !wanted->lock_order || !run->order.uses)
		return;
	run->locks = fx_lock_order(&run->schedule, &run->outcome, &run->circle);
	if (run->locks == FX_LOCKS_CIRCLE)
		*v = (struct fx_verdict){.kind = FX_VERDICT_LOCK_ORDER};
}

struct fx_verdict fx_judge(struct fx_run *run, const struct fx_wanted *wanted,
			   struct fx_failure *failure)
{
	char *tail = NULL;
	uint64_t output = 0;
	struct fx_verdict v;

	if (wanted->output_same)
		output = fx_judge_output(run, &tail);
	v = fx_verdict(&run->outcome, run->status, run->timed_out, output, wanted);
	judge_locks(run, wanted, &v);
	if (v.kind == FX_VERDICT_PASSED) {
		free(tail);
		return v;
	}
	if (!wanted->output_same)
		output = fx_judge_output(run, &tail);
	*failure = (struct fx_failure){
		.verdict = v,
		.signature = fx_signature(&v, &run->schedule, &run->outcome, tail ? tail : ""),
		.order = run->order,
		.outcome = run->outcome,
		.decisions = fx_schedule_file_decisions(&run->schedule, &run->outcome),
		.output = tail,
		.output_hash = output,
	};
	if (v.kind == FX_VERDICT_LOCK_ORDER)
		failure->signature = fx_lock_circle_key(&run->circle);
	failure->order.follow = NULL;
	failure->order.follows = 0;
	if (!failure->decisions)
		failure->outcome.decisions = 0;
	return v;
}

bool fx_judge_words(const struct fx_run *run, char what[static FX_FAILURE_WORDS], uint64_t *key)
{
	size_t length;
	char *log;
	bool known;

	if (run->locks == FX_LOCKS_CIRCLE)
		return fx_lock_words(&run->schedule, &run->circle, what, FX_FAILURE_WORDS, key);
	log = run->order.told ? fx_run_text(run->log, LOG_MOST, &length) : NULL;
	known = log && fx_hang_words(log, what, key);

	free(log);
	return known;
}

void fx_judge_refused(const struct fx_run *run, char lines[static FX_REFUSED_WORDS])
{
	size_t length;
	char *log = run->order.told ? fx_run_text(run->log, LOG_MOST, &length) : NULL;

	*lines = '\0';
	if (log)
		fx_refused_calls(log, lines);
	free(log);
}
