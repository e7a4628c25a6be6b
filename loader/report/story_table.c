/* SPDX-License-Identifier: MIT */
#include "loader/report/story_table.h"

#include <inttypes.h>
#include <string.h>

#include "loader/report/source_line.h"
#include "loader/report/symbol.h"
#include "loader/report/threads/demangle.h"

#define BEFORE	     4	 /* events before the first decision */
#define ROWS_MOST    200 /* the last ones */
#define COLUMNS_MOST 4	 /* threads beside each other; of more the number is told */
#define COLUMN	     30
#define TEXT	     160

static const char *call_name(uint64_t nr)
{
	static const struct {
		uint64_t nr;
		const char *name;
	} table[] = {
#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man) {nr, #name},
#include "shim/syscalls.tbl"
#undef FX_SYSCALL
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].nr == nr)
			return table[i].name;
	}
	return "a call";
}

static const char *what(const struct fx_step *step)
{
	switch (step->kind) {
	case FX_EVENT_CALL:
		return call_name(step->what);
	case FX_EVENT_WOKE:
		return "has woken";
	case FX_EVENT_SLEEPS:
		return "sleeps";
	case FX_EVENT_ENDS:
		return "ends";
	case FX_EVENT_BEGINS:
		return "begins";
	case FX_EVENT_ATOMIC:
		return "atomic";
	case FX_EVENT_LOAD:
		return "reads";
	case FX_EVENT_STORE:
		return "writes";
	case FX_EVENT_WATCHDOG:
		return "is stopped";
	default:
		return "?";
	}
}

static bool is_access(const struct fx_step *step)
{
	return step->kind == FX_EVENT_ATOMIC || step->kind == FX_EVENT_LOAD ||
	       step->kind == FX_EVENT_STORE;
}

/* The function's name, its offset cut off; and " file.c:12" of its line. False: neither is known.
 */
static bool function_at(const char *site, char name[static 120], char line[static 60])
{
	char symbol[256] = "", whole[FX_LINE_TEXT], *plus;
	const char *base;

	*name = *line = '\0';
	if (fx_symbol_of_site(site, symbol, sizeof(symbol))) {
		plus = strrchr(symbol, '+');
		if (plus)
			*plus = '\0';
		fx_demangle(symbol, name, 120);
	}
	if (fx_source_line(site, whole, sizeof(whole))) {
		base = strrchr(whole, '/');
		snprintf(line, 60, "%s%.55s", *name ? " " : "", base ? base + 1 : whole);
	}
	return *name || *line;
}

/* "pthread_mutex_lock in transfer bank.c:30", "reads main bank.c:12", or as much as is known. */
static void text_of(const struct fx_story *s, const struct fx_step *step, char out[static TEXT])
{
	char site[700], name[120] = "", line[60] = "", library[120] = "", unused[60];
	const char *base;

	/* A site is behind its instruction; that of an access is the instruction's own. */
	const bool found = fx_story_site(s, step->ip + is_access(step), site, sizeof(site));

	if (found)
		function_at(site, library, unused);
	if (step->caller && fx_story_site(s, step->caller, site, sizeof(site)) &&
	    function_at(site, name, line)) {
		/* An atomic of a library's own is best told by its function. */
		if (is_access(step) && *library && strcmp(library, name) != 0)
			snprintf(out, TEXT, "%.55s in %.40s%s", library, name, line);
		else
			snprintf(out, TEXT, "%s %.55s%s", what(step), name, line);
		return;
	}
	base = found ? strrchr(site, '/') : NULL;
	snprintf(out, TEXT, "%s %.100s", what(step), *library ? library : base ? base + 1 : "");
}

/* Those that are in the rows, in the order of their numbers; how many, COLUMNS_MOST + 1 at most. */
static size_t columns_of(const struct fx_story *s, size_t first,
			 uint16_t column[static COLUMNS_MOST])
{
	size_t count = 0;

	for (uint32_t thread = 0; thread < FX_SCHEDULE_THREADS; thread++) {
		bool there = false;

		for (size_t i = first; i < s->steps && !there; i++)
			there = s->step[i].thread == thread;
		if (!there)
			continue;
		if (count == COLUMNS_MOST)
			return count + 1;
		column[count++] = (uint16_t)thread;
	}
	return count;
}

static size_t first_row(const struct fx_story *s)
{
	size_t first = s->steps > ROWS_MOST ? s->steps - ROWS_MOST : 0;

	for (size_t i = 0; i < s->decisions; i++) {
		if (s->decision[i].why != FX_WHY_REPLAY)
			continue;
		while (first + BEFORE < s->steps &&
		       s->step[first + BEFORE].event < s->decision[i].event)
			first++;
		break;
	}
	return first;
}

static void print_row(const struct fx_story *s, const struct fx_step *step, const char *text,
		      unsigned times, const uint16_t *column, size_t columns, FILE *out)
{
	const char mark = fx_story_decided(s, step->event) ? '>' : ' ';
	size_t at = 0;

	fprintf(out, "%c%7" PRIu64 "  ", mark, step->event);
	if (columns > COLUMNS_MOST)
		fprintf(out, "thread %-4u ", step->thread);
	while (at < columns && columns <= COLUMNS_MOST && column[at] != step->thread)
		at++;
	if (columns <= COLUMNS_MOST)
		fprintf(out, "%*s", (int)(at * COLUMN), "");
	fputs(text, out);
	if (times > 1)
		fprintf(out, " (%u times)", times);
	fputc('\n', out);
}

static void print_head(const uint16_t *column, size_t columns, FILE *out)
{
	fputs("\n  event  ", out);
	for (size_t i = 0; i < columns && columns <= COLUMNS_MOST; i++) {
		char name[40];

		snprintf(name, sizeof(name), "thread %u%s", column[i], column[i] ? "" : " (main)");
		fprintf(out, "%-*s", i + 1 < columns ? COLUMN : 0, name);
	}
	fputc('\n', out);
}

void fx_story_table(const struct fx_story *s, FILE *out)
{
	const size_t first = first_row(s);
	uint16_t column[COLUMNS_MOST];
	const size_t columns = columns_of(s, first, column);
	char text[TEXT], next[TEXT];
	const struct fx_step *step;
	unsigned times;

	if (s->steps == 0) {
		fputs("\n(the run has kept no steps to tell)\n", out);
		return;
	}
	print_head(column, columns, out);
	for (size_t i = first; i < s->steps; i += times) {
		step = &s->step[i];
		text_of(s, step, text);
		for (times = 1; i + times < s->steps; times++) {
			const struct fx_step *after = &s->step[i + times];

			text_of(s, after, next);
			if (after->thread != step->thread || strcmp(text, next) != 0 ||
			    fx_story_decided(s, after->event))
				break;
		}
		print_row(s, step, text, times, column, columns, out);
	}
	fputs("\n> here the schedule has another thread go on\n", out);
}
