/* SPDX-License-Identifier: MIT */
#include "loader/report/story_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/story_words.h"

#define BEFORE	     12	  /* events before the first decision */
#define STEPS_MOST   5000 /* the last ones */
#define ROWS_ALL     64	  /* if there are more, not all are told: */
#define ROWS_FIRST   8
#define ROWS_LAST    20
#define ROWS_BEFORE  3 /* a decision */
#define ROWS_AFTER   2
#define COLUMNS_MOST 4 /* threads beside each other; of more the number is told */
#define COLUMN	     30
#define WORDS_MOST   4 /* in a row, that are told */

/* Steps of one thread at one place. */
struct row {
	uint64_t event; /* the first's */
	uint16_t thread;
	char mark;
	bool own, dull, shown, begins;
	char place[FX_STORY_PLACE];
	char after[FX_STORY_PLACE]; /* where the program was before, if that is all that is known */
	char word[WORDS_MOST][FX_STORY_WORD];
	unsigned words;
	bool more;   /* than there is room for */
	int time_of; /* a thread whose time has come first; -1: nobody's */
};

struct table {
	const struct fx_story *s;
	struct row *row;
	size_t rows;
	uint16_t column[COLUMNS_MOST];
	size_t columns; /* COLUMNS_MOST + 1: more */
};

/* The decision that was made at an event, if it was not the usual one; or NULL. */
static const struct fx_decision *decided(const struct fx_story *s, uint64_t event)
{
	const struct fx_decision *d = fx_story_decision(s, event);

	return d && !(d->how & FX_HOW_USUAL) ? d : NULL;
}

/* From shortly before the first decision on; without one, before there was a second thread. */
static size_t first_step(const struct fx_story *s)
{
	const size_t least = s->steps > STEPS_MOST ? s->steps - STEPS_MOST : 0;
	size_t i = 0;

	while (i < s->steps && !decided(s, s->step[i].event))
		i++;
	if (i == s->steps)
		for (i = 0; i < s->steps && s->step[i].thread == s->step[0].thread;)
			i++;
	i = i < BEFORE ? 0 : i - BEFORE;
	return i > least ? i : least;
}

static void add_word(struct row *row, const struct fx_story_words *w)
{
	for (unsigned i = 0; i < row->words; i++) {
		if (strcmp(row->word[i], w->what) == 0)
			return;
	}
	if (row->words == WORDS_MOST) {
		row->more = true;
		/* How it ended is more than how it went on. */
		row->words--;
	}
	memcpy(row->word[row->words++], w->what, sizeof(w->what));
}

/* The last row of that thread, if nobody else came between. */
static bool joins(const struct row *row, const struct fx_step *step, const struct fx_story_words *w,
		  char mark)
{
	if (row->thread != step->thread || row->mark != ' ' || mark != ' ')
		return false;
	/* What the C library does by itself is of interest as a whole. */
	if (w->dull || row->dull || (!row->own && !w->own))
		return true;
	return row->own == w->own && strcmp(row->place, w->place) == 0;
}

/* Of its thread. */
static bool is_first(const struct fx_story *s, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (s->step[k].thread == s->step[i].thread)
			return false;
	}
	return s->left_out == 0;
}

/* The last line of the program that the thread of the row was at. */
static void find_own(const struct table *t, struct row *row)
{
	for (const struct row *r = row; r-- > t->row;) {
		if (r->thread == row->thread && r->own) {
			memcpy(row->after, r->place, sizeof(row->after));
			return;
		}
	}
}

static void add_step(struct table *t, size_t i)
{
	const struct fx_step *step = &t->s->step[i];
	const struct fx_decision *d = decided(t->s, step->event);
	const char mark = !d ? ' ' : d->how & FX_HOW_FREE ? '>' : '*';
	struct row *row = t->rows ? &t->row[t->rows - 1] : NULL;
	struct fx_story_words w;

	fx_story_words(t->s, i, &w);
	if (!row || !joins(row, step, &w, mark)) {
		row = &t->row[t->rows++];
		*row = (struct row){.event = step->event,
				    .thread = step->thread,
				    .mark = mark,
				    .time_of = d && d->why == FX_WHY_TIME ? d->to : -1,
				    .own = w.own,
				    .dull = w.dull,
				    .begins = i > 0 && is_first(t->s, i)};
		memcpy(row->place, w.place, sizeof(row->place));
		if (mark != ' ' && !w.own)
			find_own(t, row);
	} else if (row->dull && !w.dull) {
		row->words = 0;
		row->dull = false;
		row->own = w.own;
		memcpy(row->place, w.place, sizeof(row->place));
	} else if (w.dull && !row->dull) {
		return;
	} else if (strcmp(row->place, w.place) != 0) {
		*row->place = '\0';
	}
	add_word(row, &w);
}

/* Where those are who do nothing in all of the story: what they did last. */
static void add_others(struct table *t, size_t first)
{
	bool seen[FX_SCHEDULE_THREADS] = {false};

	for (size_t i = first; i < t->s->steps; i++)
		seen[t->s->step[i].thread % FX_SCHEDULE_THREADS] = true;
	for (size_t i = first; i-- > 0;) {
		bool *there = &seen[t->s->step[i].thread % FX_SCHEDULE_THREADS];

		if (!*there && t->s->step[i].kind != FX_EVENT_ENDS && t->rows < COLUMNS_MOST)
			add_step(t, i);
		*there = true;
	}
}

static int by_event(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->event < y->event ? -1 : x->event > y->event;
}

/* Threads that are in the rows, in the order of their numbers. */
static void find_columns(struct table *t)
{
	t->columns = 0;
	for (uint32_t thread = 0; thread < FX_SCHEDULE_THREADS; thread++) {
		bool there = false;

		for (size_t i = 0; i < t->rows && !there; i++)
			there = t->row[i].thread == thread;
		if (!there)
			continue;
		if (t->columns++ == COLUMNS_MOST)
			return;
		t->column[t->columns - 1] = (uint16_t)thread;
	}
}

/* Of a long story its begin, its end, and what is around decisions. */
static void choose_rows(struct table *t)
{
	for (size_t i = 0; i < t->rows; i++) {
		const size_t from = i > ROWS_BEFORE ? i - ROWS_BEFORE : 0;

		t->row[i].shown |=
			t->rows <= ROWS_ALL || i < ROWS_FIRST || i + ROWS_LAST >= t->rows;
		for (size_t k = from; t->row[i].mark != ' ' && k <= i + ROWS_AFTER && k < t->rows;
		     k++)
			t->row[k].shown = true;
	}
}

static void print_text(const struct row *row, FILE *out)
{
	const bool ends = strcmp(row->word[row->words - 1], "ends") == 0;
	bool begun = false;

	if (!row->own && (ends || row->begins)) {
		fputs(ends ? "ends" : "begins", out);
		return;
	}
	for (unsigned i = 0; i < row->words; i++) {
		/* Of a function that is told anyhow. */
		if (row->words > 1 && strcmp(row->word[i], "atomic") == 0)
			continue;
		if (begun)
			fputs(row->more && i + 1 == row->words ? ", ..., " : ", ", out);
		fputs(row->word[i], out);
		begun = true;
	}
	if (*row->place)
		fprintf(out, " in %s", row->place);
	if (*row->after)
		fprintf(out, ", behind %s", row->after);
	if (row->time_of == row->thread)
		fputs("; its time comes before others go on", out);
	else if (row->time_of >= 0)
		fprintf(out, "; the time that thread %d sleeps for comes before others go on",
			row->time_of);
}

static void print_row(const struct table *t, const struct row *row, FILE *out)
{
	size_t at = 0;

	fprintf(out, "%c%7" PRIu64 "  ", row->mark, row->event);
	if (t->columns > COLUMNS_MOST) {
		fprintf(out, "thread %-4u ", row->thread);
	} else {
		while (t->column[at] != row->thread)
			at++;
		fprintf(out, "%*s", (int)(at * COLUMN), "");
	}
	print_text(row, out);
	fputc('\n', out);
}

static void print_head(const struct table *t, FILE *out)
{
	fputs("\n  event  ", out);
	for (size_t i = 0; i < t->columns && t->columns <= COLUMNS_MOST; i++) {
		char name[40];

		snprintf(name, sizeof(name), "thread %u%s", t->column[i],
			 t->column[i] ? "" : " (main)");
		fprintf(out, "%-*s", i + 1 < t->columns ? COLUMN : 0, name);
	}
	fputc('\n', out);
}

static bool has_mark(const struct table *t, char mark)
{
	for (size_t i = 0; i < t->rows; i++) {
		if (t->row[i].mark == mark)
			return true;
	}
	return false;
}

/* They can be what the bug is about. */
static void print_not_begun(const struct fx_story *s, FILE *out)
{
	bool seen[FX_SCHEDULE_THREADS] = {false};

	for (size_t i = 0; i < s->steps; i++)
		seen[s->step[i].thread % FX_SCHEDULE_THREADS] = true;
	for (unsigned i = 0; s->left_out == 0 && i < s->threads && i < FX_SCHEDULE_THREADS; i++) {
		if (!seen[i])
			fprintf(out, "         thread %u has not begun\n", i);
	}
}

static void print_legend(const struct table *t, FILE *out)
{
	fputs("\nA call or an access to memory is told before it is made.\n", out);
	if (has_mark(t, '>'))
		fputs("> this thread could go on, but another does: the bug needs that\n", out);
	if (has_mark(t, '*'))
		fputs("* this thread cannot go on, and the one that does is chosen: the bug needs "
		      "that one\n",
		      out);
	if (!has_mark(t, '>') && !has_mark(t, '*'))
		fputs("Each thread goes on until it cannot: the bug needs no switch but these.\n",
		      out);
}

static void print_rows(const struct table *t, FILE *out)
{
	for (size_t i = 0, left; i < t->rows; i++) {
		for (left = 0; i + left < t->rows && !t->row[i + left].shown;)
			left++;
		if (left)
			fprintf(out, "     ...  (%zu lines more)\n", left);
		i += left;
		if (i < t->rows)
			print_row(t, &t->row[i], out);
	}
}

void fx_story_table(const struct fx_story *s, FILE *out)
{
	const size_t first = first_step(s);
	struct table t = {.s = s};

	if (s->steps == 0) {
		fputs("\n(the run has kept no steps to tell)\n", out);
		return;
	}
	t.row = calloc(s->steps - first + COLUMNS_MOST, sizeof(*t.row));
	if (!t.row)
		return;
	add_others(&t, first);
	qsort(t.row, t.rows, sizeof(*t.row), by_event);
	for (size_t i = first; i < s->steps; i++)
		add_step(&t, i);
	find_columns(&t);
	choose_rows(&t);
	print_head(&t, out);
	print_rows(&t, out);
	print_not_begun(s, out);
	print_legend(&t, out);
	free(t.row);
}
