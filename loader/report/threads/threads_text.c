/* SPDX-License-Identifier: MIT */
#include "loader/report/source_line.h"
#include "loader/report/threads/threads_text.h"

#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/report/log_read.h"
#include "loader/report/threads/demangle.h"
#include "loader/report/threads/inlined.h"
#include "loader/report/threads/own_frames.h"
#include "loader/report/threads/threads_words.h"

#define ROWS	      38 /* what a screen has, with room for a prompt */
#define FRAMES_FEW    2	 /* shown of each stack however many there are */
#define IDS_TOLD      6
#define FINDINGS_TOLD 6
#define NAME_MOST     72 /* longer names of functions are made of templates */

/* In the text, for put_clean. */
#define BOLD  '\001'
#define PLAIN '\002'

/* Threads with the same stack that do the same. */
struct group {
	size_t first, last; /* of the chain through `following` */
	size_t threads;
	uint64_t hash;
	bool words_differ;
};

struct grouping {
	struct group *group;
	size_t groups;
	size_t *following; /* the next thread of the same group */
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x100000001b3ULL;
}

static uint64_t hash_of(const struct fx_thread_report *r)
{
	uint64_t hash = mix(0xcbf29ce484222325ULL, r->task->is.state);

	hash = mix(hash, (uint64_t)r->task->is.nr);
	hash = mix(hash, r->wait.kind);
	hash = mix(hash, r->wait.owner);
	hash = mix(hash, r->wait.owner_tid);
	for (size_t i = 0; i < r->stack.frames; i++)
		hash = mix(hash, r->stack.frame[i].pc);
	return hash;
}

static bool alike(const struct fx_thread_report *a, const struct fx_thread_report *b)
{
	if (a->task->is.state != b->task->is.state || a->task->is.nr != b->task->is.nr ||
	    a->wait.kind != b->wait.kind || a->wait.owner != b->wait.owner ||
	    a->wait.owner_tid != b->wait.owner_tid || a->stack.frames != b->stack.frames)
		return false;
	for (size_t i = 0; i < a->stack.frames; i++) {
		if (a->stack.frame[i].pc != b->stack.frame[i].pc)
			return false;
	}
	return true;
}

/* Whoever is part of a finding is told by itself, and so is who holds something. */
static bool is_single(const struct fx_threads_view *v, size_t i)
{
	return v->findings->named[i] || fx_holds_of(v->holds, i);
}

static struct group *group_for(const struct fx_threads_view *v, struct grouping *g, size_t i,
			       uint64_t hash)
{
	const struct fx_thread_report *thread = v->threads->thread;

	for (size_t k = 0; k < g->groups && !is_single(v, i); k++) {
		struct group *old = &g->group[k];

		if (old->hash == hash && !is_single(v, old->first) &&
		    alike(&thread[old->first], &thread[i]))
			return old;
	}
	return NULL;
}

static void group_threads(const struct fx_threads_view *v, struct grouping *g)
{
	const struct fx_threads *t = v->threads;

	*g = (struct grouping){.groups = 0};
	for (size_t i = 0; i < t->threads; i++) {
		const uint64_t hash = hash_of(&t->thread[i]);
		struct group *to = group_for(v, g, i, hash);

		g->following = fx_log_grow(g->following, i, sizeof(*g->following));
		g->following[i] = FX_NO_THREAD;
		if (!to) {
			g->group = fx_log_grow(g->group, g->groups, sizeof(*g->group));
			g->group[g->groups++] = (struct group){i, i, 1, hash, false};
			continue;
		}
		to->words_differ |=
			t->thread[i].task->is.uaddr != t->thread[to->first].task->is.uaddr;
		g->following[to->last] = i;
		to->last = i;
		to->threads++;
	}
}

static void put_row(const char *name, const char *file, int line, FILE *out)
{
	fprintf(out, "    %-24.*s", NAME_MOST, name);
	if (file)
		fprintf(out, " %s:%d", fx_place_base(file), line);
	fputc('\n', out);
}

static void name_frame(const struct fx_threads *t, const struct fx_frame *f, char *name,
		       size_t size)
{
	const struct fx_module *module = fx_module_of(t->modules, fx_frame_at(f));
	const char *symbol = fx_threads_function(t, f);

	if (symbol)
		fx_demangle(symbol, name, size);
	else if (module)
		snprintf(name, size, "%s+0x%llx", fx_place_base(module->path),
			 (unsigned long long)(f->pc - module->start));
	else
		snprintf(name, size, "0x%llx", (unsigned long long)f->pc);
	if (f->how == FX_FRAME_SCANNED)
		strncat(name, " ?", size - strlen(name) - 1);
}

/* Rows of a frame: the functions inside it first. Those of libraries only if all is asked for. */
static size_t put_frame(const struct fx_threads_view *v, const struct fx_frame *f, bool library,
			FILE *out)
{
	const struct fx_threads *t = v->threads;
	const struct fx_module *module = fx_module_of(t->modules, fx_frame_at(f));
	struct fx_inlined inlined[FX_INLINED_MOST];
	char name[256];
	size_t n, rows = 0;

	if (f->handler) {
		put_row("<signal handler>", NULL, 0, out);
		return 1;
	}
	name_frame(t, f, name, sizeof(name));
	n = fx_inlined_at(t->modules, fx_frame_at(f), inlined);
	for (size_t i = 0; i < n; i++) {
		const struct fx_inlined *in = &inlined[i];

		if (!library && fx_source_is_library(in->file))
			continue;
		put_row(i + 1 == n || !in->function ? name : in->function, in->file, in->line, out);
		rows++;
	}
	if (n == 0 && fx_threads_function(t, f) && module) {
		fprintf(out, "    %-24s %s+0x%llx\n", name, fx_place_base(module->path),
			(unsigned long long)(f->pc - module->start));
		rows++;
	} else if (n == 0) {
		put_row(name, NULL, 0, out);
		rows++;
	}
	return rows;
}

static void put_stack(const struct fx_threads_view *v, const struct fx_thread_report *r,
		      size_t most, FILE *out)
{
	bool own[FX_FRAMES_MOST], library = !fx_own_frames(v->threads, r, own);
	size_t rows = 0, left = 0;

	for (size_t i = 0; i < r->stack.frames; i++) {
		if (!v->all_frames && !own[i])
			continue;
		if (rows < most)
			rows += put_frame(v, &r->stack.frame[i], library || v->all_frames, out);
		else
			left++;
	}
	if (left || r->stack.more)
		fprintf(out, "    ... %zu more%s\n", left,
			r->stack.more ? ", and what was not copied" : "");
}

static void put_ids(const struct fx_threads *t, const struct grouping *g, const struct group *group,
		    FILE *out)
{
	size_t told = 0;

	fputs("threads ", out);
	for (size_t i = group->first; i != FX_NO_THREAD && told < IDS_TOLD;
	     i = g->following[i], told++)
		fprintf(out, "%s%d", told ? ", " : "", t->thread[i].task->is.tid);
	if (group->threads > IDS_TOLD)
		fputs(", ...", out);
	fprintf(out, " (%zu): each ", group->threads);
}

static void put_holds(const struct fx_threads_view *v, size_t i, FILE *out)
{
	const struct fx_hold *end = v->holds->hold + v->holds->holds;
	const struct fx_hold *first = fx_holds_of(v->holds, i);

	for (const struct fx_hold *h = first; h && h < end && h->thread == i; h++) {
		const struct fx_wait as = {.kind = h->kind, .place = h->place};
		char text[FX_WORDS];

		fx_words_object(&as, text, sizeof(text));
		fprintf(out, "%s%s", h == first ? "    holds " : ", ", text);
	}
	if (first)
		fputc('\n', out);
}

static void put_group(const struct fx_threads_view *v, const struct grouping *g,
		      const struct group *group, size_t most, FILE *out)
{
	const struct fx_thread_report *r = &v->threads->thread[group->first];
	char text[FX_WORDS];

	if (group->threads > 1)
		put_ids(v->threads, g, group, out);
	else if (r->task->is.name[0])
		fprintf(out, "thread %d (%s) ", r->task->is.tid, r->task->is.name);
	else
		fprintf(out, "thread %d ", r->task->is.tid);
	fx_words_does(v->threads, r, text, sizeof(text));
	fputs(text, out);
	if (group->words_differ && r->wait.waits)
		fputs(", or another like it", out);
	if (r->wait.function) {
		fx_wait_function_name(r->wait.function, text, sizeof(text));
		fprintf(out, "; in %s", text);
	}
	fputc('\n', out);
	put_holds(v, group->first, out);
	put_stack(v, r, most, out);
}

/* So many frames that all of it fits a screen, if that can be. */
static size_t frames_each(const struct fx_threads_view *v, const struct grouping *g)
{
	size_t rows = 4 + g->groups, findings = v->findings->findings;

	if (v->all_frames)
		return FX_FRAMES_MOST;
	rows += findings < FINDINGS_TOLD ? findings : FINDINGS_TOLD;
	for (size_t i = 0; i < g->groups; i++)
		rows += fx_holds_of(v->holds, g->group[i].first) != NULL;
	if (rows + FRAMES_FEW * g->groups >= ROWS)
		return FRAMES_FEW;
	return (ROWS - rows) / g->groups;
}

static void put_findings(const struct fx_threads_view *v, FILE *out)
{
	const struct fx_findings *f = v->findings;
	char text[FX_WORDS];

	if (f->findings)
		fputc('\n', out);
	for (size_t i = 0; i < f->findings && i < FINDINGS_TOLD; i++) {
		fx_words_finding(v->threads, &f->finding[i], text, sizeof(text));
		fprintf(out, "%c%s%c: %s\n", BOLD, fx_finding_title(f->finding[i].what), PLAIN,
			text);
	}
	if (f->findings > FINDINGS_TOLD)
		fprintf(out, "... and %zu more; --json has all\n", f->findings - FINDINGS_TOLD);
}

static void put_gaps(const struct fx_threads *t, FILE *out)
{
	if (t->dump->process.threads > t->threads)
		fprintf(out, "%zu of its threads are not in the dump\n",
			t->dump->process.threads - t->threads);
	for (size_t i = 0; i < t->modules->missing_files && i < 3; i++)
		fprintf(out, "%s is not there to be read: what is in it has no names\n",
			t->modules->missing[i]);
	if (t->modules->missing_files > 3)
		fprintf(out, "... and %zu more files\n", t->modules->missing_files - 3);
}

/* Names are the program's, and are not to reach a terminal as commands. */
static void put_clean(const char *text, size_t length, bool colour, FILE *out)
{
	for (size_t i = 0; i < length; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c == BOLD || c == PLAIN)
			fputs(!colour ? "" : c == BOLD ? "\033[1m" : "\033[0m", out);
		else
			fputc((c < ' ' && c != '\n') || c == 0x7f ? '?' : c, out);
	}
}

static void write_text(const struct fx_threads_view *v, FILE *out)
{
	struct grouping g;
	char text[FX_WORDS];
	size_t most;

	fx_words_head(v->threads, v->findings, v->name, text, sizeof(text));
	fprintf(out, "%c%s%c\n", BOLD, text, PLAIN);
	put_gaps(v->threads, out);
	fputc('\n', out);
	group_threads(v, &g);
	most = frames_each(v, &g);
	for (size_t i = 0; i < g.groups; i++)
		put_group(v, &g, &g.group[i], most, out);
	put_findings(v, out);
	free(g.group);
	free(g.following);
}

void fx_threads_text(const struct fx_threads_view *v, FILE *out)
{
	char *text = NULL;
	size_t length = 0;
	FILE *all = open_memstream(&text, &length);

	if (!all || (write_text(v, all), fclose(all) != 0)) {
		perror("fxbox");
		exit(FX_EXIT_FAILED);
	}
	put_clean(text, length, v->colour, out);
	free(text);
}
