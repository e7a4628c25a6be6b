/* SPDX-License-Identifier: MIT */
#include "loader/report/story_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "loader/report/source_line.h"
#include "loader/report/symbol.h"
#include "loader/report/threads/demangle.h"

#define SITE	    700
#define STEPS_ASKED 200
#define KNOWN	    1021

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

/* What came of the thread's call before. */
static const char *woke(const struct fx_story *s, size_t i)
{
	const uint16_t thread = s->step[i].thread;

	while (i-- > 0) {
		const struct fx_step *step = &s->step[i];

		if (step->thread == thread && step->kind == FX_EVENT_CALL)
			return step->what == SYS_clone || step->what == SYS_clone3
				       ? "has made a thread"
				       : "has woken somebody";
	}
	return "has woken somebody";
}

static const char *what(const struct fx_story *s, size_t i)
{
	switch (s->step[i].kind) {
	case FX_EVENT_CALL:
		return call_name(s->step[i].what);
	case FX_EVENT_WOKE:
		return woke(s, i);
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
		return "is stopped: it has run for long";
	default:
		return "?";
	}
}

static bool is_access(const struct fx_step *step)
{
	return step->kind == FX_EVENT_ATOMIC || step->kind == FX_EVENT_LOAD ||
	       step->kind == FX_EVENT_STORE;
}

/* Rust's older names, which are no language's: Channel$LT$T$GT$::send. */
static bool is_left(const char *at)
{
	return *at == '<' || strncmp(at, "$LT$", 4) == 0;
}

static size_t right(const char *at)
{
	return *at == '>' ? 1 : strncmp(at, "$GT$", 4) == 0 ? 4 : 0;
}

void fx_story_short(char *name)
{
	char *to = name;
	int depth = 0;

	for (const char *at = name; *at;) {
		if (strncmp(at, "operator", 8) == 0 && depth == 0 && ispunct((unsigned char)at[8]))
			depth = -1; /* the rest is as it stands */
		if (depth >= 0 && is_left(at))
			depth++;
		if (depth == 0 && *at == '(' && at > name && at[-1] != ':' && at[-1] != ' ')
			break;
		if (depth <= 0)
			*to++ = *at;
		if (depth > 0 && right(at)) {
			depth--;
			at += right(at);
		} else {
			at++;
		}
	}
	*to = '\0';
	to = strchr(name, '$');
	if (to)
		*to = '\0';
	/* Of what cannot be read the line says more. */
	if (strncmp(name, "_R", 2) == 0 || strncmp(name, "_::", 3) == 0 || strcmp(name, "_") == 0)
		*name = '\0';
}

/* The function's name, its offset cut off, or empty if that cannot be read; false: not known. */
static bool function_at(const char *site, char name[static FX_STORY_PLACE])
{
	char symbol[1024] = "", *plus;

	if (!fx_symbol_of_site(site, symbol, sizeof(symbol)))
		return false;
	plus = strrchr(symbol, '+');
	if (plus)
		*plus = '\0';
	fx_demangle(symbol, name, FX_STORY_PLACE);
	fx_story_short(name);
	return true;
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether lines of source are known of where the program is, at some of the steps. */
static bool has_lines(const struct fx_story *s)
{
	static const struct fx_story *of;
	static bool has;
	char site[SITE], line[FX_LINE_TEXT];

	if (of == s)
		return has;
	of = s;
	has = false;
	for (size_t i = 0; i < s->steps && !has; i += s->steps / STEPS_ASKED + 1)
		has = s->step[i].caller &&
		      fx_story_site(s, s->step[i].caller, site, sizeof(site)) &&
		      fx_source_line_own(site, line, sizeof(line));
	return has;
}

/*
 * Where the program itself is: "function file.c:12"; or as much as is known, if it has no lines at
 * all. False: it is not known.
 */
static bool own_place(const struct fx_story *s, const struct fx_step *step,
		      char function[static FX_STORY_PLACE], char out[static FX_STORY_PLACE])
{
	char site[SITE], line[FX_LINE_TEXT];

	if (!step->caller || !fx_story_site(s, step->caller, site, sizeof(site)))
		return false;
	const bool named = function_at(site, function);

	if (fx_source_line_own(site, line, sizeof(line))) {
		snprintf(out, FX_STORY_PLACE, "%.60s%s%.55s", function, *function ? " " : "",
			 base(line));
		return true;
	}
	if (has_lines(s) || (named && !*function))
		return false;
	snprintf(out, FX_STORY_PLACE, "%.100s", *function ? function : base(site));
	return true;
}

static void find_words(const struct fx_story *s, size_t i, struct fx_story_words *to)
{
	const struct fx_step *step = &s->step[i];
	char site[SITE], library[FX_STORY_PLACE] = "", own[FX_STORY_PLACE] = "", *plus;

	/* A site is behind its instruction; that of an access is the instruction's own. */
	const bool found = fx_story_site(s, step->ip + is_access(step), site, sizeof(site));

	memset(to, 0, sizeof(*to));
	snprintf(to->what, sizeof(to->what), "%s", what(s, i));
	if (found)
		function_at(site, library);
	to->own = own_place(s, step, own, to->place);
	/* An access of a library's own is best told by its function. */
	if (is_access(step) && *library && (!to->own || strcmp(library, own) != 0))
		snprintf(to->what, sizeof(to->what), "%.50s", library);
	if (*to->place)
		return;
	to->dull = is_access(step) && !*library;
	if (*library && !is_access(step)) {
		snprintf(to->place, sizeof(to->place), "%.100s", library);
	} else if (found && !*library) {
		plus = strrchr(site, '+');
		if (plus)
			*plus = '\0';
		snprintf(to->place, sizeof(to->place), "%.100s", base(site));
	}
}

/* Steps at the same place say the same, and a loop is many. */
void fx_story_words(const struct fx_story *s, size_t i, struct fx_story_words *to)
{
	static struct known {
		struct fx_step step;
		struct fx_story_words words;
	} known[KNOWN];
	const struct fx_step *step = &s->step[i];
	struct known *k = &known[(step->ip ^ step->caller ^ step->kind * 31U) % KNOWN];
	const bool same = k->step.event && k->step.ip == step->ip &&
			  k->step.caller == step->caller && k->step.kind == step->kind &&
			  (step->kind != FX_EVENT_CALL || k->step.what == step->what);

	if (!same || step->kind == FX_EVENT_WOKE) {
		find_words(s, i, &k->words);
		k->step = *step;
	}
	*to = k->words;
}
