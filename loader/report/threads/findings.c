/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/report/log_read.h"

static struct fx_finding *add(struct fx_findings *f, enum fx_finding_what what)
{
	f->finding = fx_log_grow(f->finding, f->findings, sizeof(*f->finding));
	f->finding[f->findings].what = what;
	return &f->finding[f->findings++];
}

static void add_thread(struct fx_finding *f, size_t index)
{
	f->thread = fx_log_grow(f->thread, f->threads, sizeof(*f->thread));
	f->thread[f->threads++] = index;
}

static bool in_handler(const struct fx_thread_report *r)
{
	for (size_t i = 0; i < r->stack.frames; i++) {
		if (r->stack.frame[i].handler)
			return true;
	}
	return false;
}

/* Each thread waits for one at most, so a walk meets itself again exactly in a cycle. */
static void find_cycles(struct fx_findings *f, const struct fx_threads *t, size_t *walk)
{
	for (size_t i = 0; i < t->threads; i++) {
		size_t at = i, n = 0;

		while (at != FX_NO_THREAD && walk[at] == 0) {
			walk[at] = i + 1;
			at = t->thread[at].next;
		}
		if (at == FX_NO_THREAD || walk[at] != i + 1)
			continue;
		add(f, FX_FINDING_CYCLE);
		for (size_t k = at; n == 0 || k != at; k = t->thread[k].next, n++) {
			add_thread(&f->finding[f->findings - 1], k);
			f->named[k] = true;
		}
		if (n == 1)
			f->finding[f->findings - 1].what =
				in_handler(&t->thread[at]) ? FX_FINDING_HANDLER : FX_FINDING_SELF;
	}
}

static void find_refused(struct fx_findings *f, const struct fx_threads *t)
{
	for (size_t i = 0; i < t->threads; i++) {
		if (!t->thread[i].wait.refused)
			continue;
		add_thread(add(f, FX_FINDING_REFUSED), i);
		f->named[i] = true;
	}
}

static bool is_child_of_owner(const struct fx_threads *t, uint32_t owner)
{
	return t->dump->process.ppid > 0 && owner == (uint32_t)t->dump->process.ppid;
}

/* Together, if several wait for the same lock. */
static void add_to_lock(struct fx_findings *f, const struct fx_threads *t,
			enum fx_finding_what what, size_t index)
{
	for (size_t i = 0; i < f->findings; i++) {
		struct fx_finding *other = &f->finding[i];
		const struct fx_wait *w = &t->thread[other->thread[0]].wait;

		if (other->what == what && w->object == t->thread[index].wait.object &&
		    w->kind == t->thread[index].wait.kind) {
			add_thread(other, index);
			return;
		}
	}
	add_thread(add(f, what), index);
}

static void find_ended(struct fx_findings *f, const struct fx_threads *t)
{
	/* Those that are not in the dump may be among those that it does not tell. */
	if (t->dump->process.threads > t->threads)
		return;
	for (size_t i = 0; i < t->threads; i++) {
		const struct fx_wait *w = &t->thread[i].wait;

		if (!w->certain)
			continue;
		if (w->owner == FX_OWNER_DIED)
			add_to_lock(f, t, FX_FINDING_DIED, i);
		else if (w->owner == FX_OWNER_GONE)
			add_to_lock(f, t,
				    is_child_of_owner(t, w->owner_tid) ? FX_FINDING_FORKED
								       : FX_FINDING_ENDED,
				    i);
		else
			continue;
		f->named[i] = true;
	}
}

/* For what no owner is known of, but any thread that does not wait could give. */
static bool waits_for_nobody(const struct fx_thread_report *r)
{
	return r->wait.waits && !r->wait.certain && !r->wait.refused;
}

/* A chain begins with one whom nobody waits for, and is worth telling if a lock is in it. */
static void find_chains(struct fx_findings *f, const struct fx_threads *t, const size_t *waiters)
{
	for (size_t i = 0; i < t->threads; i++) {
		size_t end = i, length = 1;
		bool lock = false;

		if (waiters[i] || t->thread[i].next == FX_NO_THREAD || f->named[i])
			continue;
		for (; t->thread[end].next != FX_NO_THREAD && !f->named[end]; length++) {
			lock |= t->thread[end].wait.kind != FX_WAIT_JOIN;
			end = t->thread[end].next;
		}
		if (!lock || f->named[end] || !waits_for_nobody(&t->thread[end]))
			continue;
		add(f, FX_FINDING_CHAIN);
		for (size_t k = i; k != FX_NO_THREAD; k = t->thread[k].next)
			add_thread(&f->finding[f->findings - 1], k);
	}
}

static void find_nobody(struct fx_findings *f, const struct fx_threads *t)
{
	for (size_t i = 0; i < t->threads; i++) {
		if (waits_for_nobody(&t->thread[i]))
			add_to_lock(f, t, FX_FINDING_NOBODY, i);
	}
}

__attribute__((noreturn)) static void no_memory(void)
{
	perror("fxbox");
	exit(FX_EXIT_FAILED);
}

static size_t *numbers(size_t count)
{
	size_t *new = calloc(count, sizeof(*new));

	if (!new)
		no_memory();
	return new;
}

void fx_findings_make(struct fx_findings *f, const struct fx_threads *t)
{
	size_t *walk = numbers(t->threads), *waiters = numbers(t->threads);

	*f = (struct fx_findings){.named = calloc(t->threads, sizeof(bool))};
	if (!f->named)
		no_memory();
	for (size_t i = 0; i < t->threads; i++) {
		if (t->thread[i].next != FX_NO_THREAD)
			waiters[t->thread[i].next]++;
	}
	find_cycles(f, t, walk);
	find_refused(f, t);
	find_ended(f, t);
	if (t->all_wait) {
		find_chains(f, t, waiters);
		find_nobody(f, t);
	}
	free(walk);
	free(waiters);
}

void fx_findings_free(struct fx_findings *f)
{
	for (size_t i = 0; i < f->findings; i++)
		free(f->finding[i].thread);
	free(f->finding);
	free(f->named);
}

const char *fx_finding_name(enum fx_finding_what what)
{
	static const char *const name[FX_FINDINGS] = {"cycle",	 "self",  "handler",
						      "refused", "ended", "forked",
						      "died",	 "chain", "nobody"};

	return name[what];
}

const char *fx_finding_title(enum fx_finding_what what)
{
	static const char *const title[FX_FINDINGS] = {
		"deadlock",	  "self-deadlock",  "self-deadlock",
		"deadlock",	  "abandoned lock", "lock left behind by fork",
		"abandoned lock", "waiting",	    "no way on"};

	return title[what];
}

const struct fx_finding *fx_finding_first(const struct fx_findings *f, enum fx_finding_what what)
{
	for (size_t i = 0; i < f->findings; i++) {
		if (f->finding[i].what == what)
			return &f->finding[i];
	}
	return NULL;
}
