/* SPDX-License-Identifier: MIT */
/* What is wrong with threads that wait: said only where each step of it is certain. */
#ifndef LOADER_REPORT_THREADS_FINDINGS_H
#define LOADER_REPORT_THREADS_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/report/threads/threads.h"

enum fx_finding_what {
	FX_FINDING_CYCLE,   /* threads that wait for each other, in this order */
	FX_FINDING_SELF,    /* a thread that waits for what it holds itself */
	FX_FINDING_HANDLER, /* the same, in a signal handler that interrupted it */
	/*
	 * Linux refuses to wait for a lock with priority inheritance if that closed a cycle, and
	 * glibc then sleeps on a word of its own, for ever. Which lock it was is not left anywhere.
	 */
	FX_FINDING_REFUSED,
	FX_FINDING_ENDED,  /* the owner has ended, or never was in this process */
	FX_FINDING_FORKED, /* the owner is of the process that this one was forked from */
	FX_FINDING_DIED,   /* the owner of a robust lock has ended, and it was not given on */
	FX_FINDING_CHAIN,  /* who waits for whom, up to one whom nobody can wake any more */
	FX_FINDING_NOBODY, /* no thread is left that could signal it; these wait for it */
	FX_FINDINGS,
};

struct fx_finding {
	enum fx_finding_what what;
	size_t *thread; /* indexes; CHAIN ends with the one that cannot be woken */
	size_t threads;
};

struct fx_findings {
	struct fx_finding *finding;
	size_t findings;
	bool *named; /* of each thread: a finding but NOBODY has it */
};

void fx_findings_make(struct fx_findings *f, const struct fx_threads *t);
void fx_findings_free(struct fx_findings *f);

/* "cycle", "self", ...: for JSON. */
const char *fx_finding_name(enum fx_finding_what what);
/* "deadlock", "self-deadlock", ...: for a person. */
const char *fx_finding_title(enum fx_finding_what what);
/* The first one of this kind, or NULL. */
const struct fx_finding *fx_finding_first(const struct fx_findings *f, enum fx_finding_what what);

#endif
