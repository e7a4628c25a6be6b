/* SPDX-License-Identifier: MIT */
#include "loader/report/report_page.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader/report/audit_summary.h"
#include "loader/report/hang_page.h"
#include "loader/report/html.h"
#include "loader/report/locks/lock_page.h"
#include "loader/report/source_line.h"
#include "loader/report/symbol.h"
#include "loader/report/wakers.h"

struct fx_report_run {
	struct json_object *start, *end; /* end: exit of the process that began; may be NULL */
	int64_t first_us, last_us;	 /* -1: none */
};

void fx_report_init(struct fx_report *r)
{
	*r = (struct fx_report){0};
	fx_log_init(&r->log);
}

static struct fx_report_run *add_run(struct fx_report *r)
{
	r->run = fx_log_grow(r->run, r->runs, sizeof(r->run[0]));
	r->run[r->runs] = (struct fx_report_run){.first_us = -1, .last_us = -1};
	return &r->run[r->runs++];
}

static void note_time(struct fx_report_run *run, int64_t us)
{
	if (us < 0 || us > FX_LOG_TIME_MAX)
		return;
	if (run->first_us < 0 || us < run->first_us)
		run->first_us = us;
	if (us > run->last_us)
		run->last_us = us;
}

static void visit(void *context, struct json_object *record)
{
	struct fx_report *r = context;
	struct fx_report_run *run = &r->run[r->runs - 1];
	const char *type = fx_log_string(record, "type");

	note_time(run, fx_log_int(record, "time_us", -1));
	if (!run->start)
		run->start = json_object_get(record);
	/* The last, should its number have been given anew. */
	if (strcmp(type, "exit") == 0 &&
	    fx_log_int(record, "pid", -1) == fx_log_int(run->start, "pid", -1)) {
		json_object_put(run->end);
		run->end = json_object_get(record);
	}
	fx_timeline_add(&r->timeline, r->runs - 1, record);
	fx_futex_waits_add(&r->futexes, r->runs - 1, record);
	fx_open_waits_add(&r->open, r->runs - 1, record);
	fx_lock_log_add(&r->locks, r->runs - 1, record);
}

int fx_report_read(struct fx_report *r, const char *path, struct fx_refusal *why)
{
	add_run(r);
	return fx_log_read(&r->log, path, visit, r, why);
}

int fx_report_read_text(struct fx_report *r, const char *name, const char *text, size_t size,
			struct fx_refusal *why)
{
	add_run(r);
	return fx_log_read_text(&r->log, name, text, size, visit, r, why);
}

/* Of something that writes to a FILE: as text of the page. */
static void put_memory(FILE *memory, char **text, FILE *out)
{
	fclose(memory);
	fx_html_text(out, *text);
	free(*text);
}

static uint64_t kinds(const struct fx_report *r, enum fx_log_kind kind)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->log.entries; i++)
		n += r->log.entry[i].kind == kind;
	return n;
}

static void put_head(const struct fx_report *r, FILE *out)
{
	const char *exe = r->runs ? fx_log_string(r->run[0].start, "exe") : NULL;
	const char *slash = exe ? strrchr(exe, '/') : NULL;
	const char *name = slash ? slash + 1 : exe ? exe : "?";

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; img-src data:\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n<title>",
	      out);
	fx_html_text_cut(out, name, 80);
	fputs(" under fxbox</title>\n<style>\n", out);
	fputs(fx_report_style, out);
	fputs("</style>\n</head>\n<body>\n<main>\n<h1>", out);
	fx_html_text_cut(out, name, 80);
	fputs(" under fxbox</h1>\n", out);
}

static void put_number_of(uint64_t n, const char *one, const char *many, FILE *out)
{
	fx_html_count(out, n);
	fprintf(out, " %s", n == 1 ? one : many);
}

static void put_verdict(const struct fx_report *r, FILE *out)
{
	uint64_t missing = kinds(r, FX_LOG_UNSUPPORTED), denied = kinds(r, FX_LOG_DENIED);
	uint64_t used = 0;

	fputs("<p class=\"verdict\">", out);
	if (!missing && !denied)
		fputs(r->log.hangs
			      ? "Apart from that, all that the program asked for was supported "
				"and allowed."
			      : "All that the program asked for was supported and allowed.",
		      out);
	if (missing)
		put_number_of(missing, "kind of call is not supported.",
			      "kinds of calls are not supported.", out);
	if (missing && denied)
		fputc(' ', out);
	if (denied)
		put_number_of(denied, "kind of access was denied.", "kinds of access were denied.",
			      out);
	fputs("</p>\n<p class=\"lead\">", out);
	put_number_of(r->log.processes, "process", "processes", out);
	for (size_t i = 0; i < r->log.entries; i++) {
		const struct fx_log_entry *e = &r->log.entry[i];

		if (e->kind == FX_LOG_USED && !e->what)
			used += e->calls;
	}
	if (used) {
		fputs(", ", out);
		put_number_of(used, "system call", "system calls", out);
	}
	fputs(".</p>\n", out);
}

static void put_fact(const char *name, FILE *out)
{
	fprintf(out, "<tr><th scope=\"row\">%s</th><td>", name);
}

static void end_fact(FILE *out)
{
	fputs("</td></tr>\n", out);
}

static void put_string_fact(const char *name, struct json_object *record, const char *member,
			    FILE *out)
{
	const char *s = fx_log_string(record, member);

	if (!s)
		return;
	put_fact(name, out);
	fx_html_text(out, s);
	end_fact(out);
}

static void put_word(const char *word, FILE *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@%+=:,./_-";
	bool quote = !*word || word[strspn(word, plain)];

	if (quote)
		fx_html_text(out, "'");
	for (const char *s = word; *s; s++) {
		char c[2] = {*s, 0};

		/* As a shell reads it. */
		fx_html_text(out, *s == '\'' ? "'\\''" : c);
	}
	if (quote)
		fx_html_text(out, "'");
}

static void put_command(struct json_object *start, FILE *out)
{
	struct json_object *argv;

	if (!json_object_object_get_ex(start, "argv", &argv) ||
	    !json_object_is_type(argv, json_type_array))
		return;
	put_fact("Command", out);
	for (size_t i = 0; i < json_object_array_length(argv); i++) {
		struct json_object *word = json_object_array_get_idx(argv, i);

		if (i)
			fputc(' ', out);
		if (json_object_is_type(word, json_type_string))
			put_word(json_object_get_string(word), out);
	}
	end_fact(out);
}

static void put_times(const struct fx_report_run *run, FILE *out)
{
	time_t seconds = run->first_us / 1000000;
	char text[64];
	struct tm tm;

	if (run->first_us < 0 || !gmtime_r(&seconds, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		return;
	put_fact("Began", out);
	fprintf(out, "<time>%s</time>", text);
	end_fact(out);
	put_fact("Duration", out);
	fx_html_time(out, run->last_us - run->first_us);
	end_fact(out);
}

static void put_end(const struct fx_report_run *run, FILE *out)
{
	const char *signal = fx_log_string(run->end, "signal");

	put_fact("Ended", out);
	if (signal) {
		fputs("by ", out);
		fx_html_text(out, signal);
	} else if (run->end) {
		fprintf(out, "with status %" PRId64, fx_log_int(run->end, "status", -1));
	} else {
		fputs("not in the log: killed, or still running", out);
	}
	end_fact(out);
}

static void put_run(const struct fx_report *r, unsigned number, FILE *out)
{
	const struct fx_report_run *run = &r->run[number];

	fputs("<table class=\"facts\">\n", out);
	if (r->runs > 1)
		fprintf(out, "<caption>Log %u</caption>\n", number + 1);
	fputs("<tbody>\n", out);
	put_string_fact("Program", run->start, "exe", out);
	put_command(run->start, out);
	put_fact("Process", out);
	fprintf(out, "%" PRId64, fx_log_int(run->start, "pid", -1));
	end_fact(out);
	put_times(run, out);
	put_end(run, out);
	put_string_fact("Confinement", run->start, "confinement", out);
	put_string_fact("Shared futexes", run->start, "shared_futex", out);
	put_string_fact("fxbox", run->start, "fxbox", out);
	fputs("</tbody></table>\n", out);
}

static void put_runs(const struct fx_report *r, FILE *out)
{
	fputs("<section>\n<h2>What was run</h2>\n", out);
	for (unsigned i = 0; i < r->runs; i++)
		put_run(r, i, out);
	if (r->log.programs > 1) {
		fputs("<p>Programs that were executed:</p>\n<ul>\n", out);
		for (size_t i = 0; i < r->log.programs; i++) {
			fputs("<li><code>", out);
			fx_html_text(out, json_object_get_string(r->log.program[i]));
			fputs("</code></li>\n", out);
		}
		fputs("</ul>\n", out);
	}
	fputs("</section>\n", out);
}

static void put_caller(const struct fx_log_entry *e, FILE *out)
{
	char symbol[300], line[FX_LINE_TEXT];

	fputs("<td class=\"code\">", out);
	fx_html_text(out, e->site ? e->site : "?");
	if (fx_symbol_of_site(e->site, symbol, sizeof(symbol))) {
		fputs("<small>", out);
		fx_html_text(out, symbol);
		fputs("</small>", out);
	}
	if (fx_source_line(e->site, line, sizeof(line))) {
		fputs("<small>", out);
		fx_html_text(out, line);
		fputs("</small>", out);
	}
	fputs("</td>", out);
}

static void put_row(const struct fx_log_entry *e, FILE *out)
{
	const char *effect = fx_audit_effect(e);
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	fprintf(out, "<tr><th scope=\"row\" class=\"what%s\">",
		e->kind == FX_LOG_USED && e->what ? " sub" : "");
	fx_audit_put_name(memory, e);
	put_memory(memory, &text, out);
	fputs("</th>", out);
	fx_html_td_count(out, e->calls, "");
	fx_html_td_count(out, e->threads, e->more_threads ? "+" : "");
	fputs("<td class=\"answer\">", out);
	fx_html_text(out, fx_audit_answer(e));
	fputs("</td>", out);
	if (e->kind != FX_LOG_USED) {
		fputs("<td class=\"said\">", out);
		fx_html_text(out, effect);
		fputs("</td>", out);
	}
	put_caller(e, out);
	fputs("</tr>\n", out);
}

struct section {
	enum fx_log_kind kind;
	const char *id, *title, *about, *effect;
};

static const struct section sections[] = {
	{FX_LOG_UNSUPPORTED, "unsupported", "Not supported",
	 "Calls that fxbox does not have, and what programs usually do then.", "Usual effect"},
	{FX_LOG_DENIED, "denied", "Denied",
	 "Calls that confinement refused, and the option that allows each.", "Advice"},
	{FX_LOG_REFUSED, "refused", "Refused",
	 "Calls for something that is fxbox's own, its memory or its descriptors.", "Advice"},
	{FX_LOG_USED, "used", "Used",
	 "All calls that were made, answered by fxbox, by the kernel, or by either.", NULL},
};

static void put_kind(const struct fx_report *r, const struct section *s, FILE *out)
{
	const struct fx_log_entry **entry;
	size_t entries = fx_audit_entries(&r->log, s->kind, &entry);

	if (!entries)
		return;
	fprintf(out, "<section>\n<h2 id=\"%s\">%s</h2>\n<p>%s</p>\n", s->id, s->title, s->about);
	fprintf(out,
		"<div class=\"wide\" role=\"region\" aria-labelledby=\"%s\" tabindex=\"0\">\n"
		"<table id=\"%s-table\">\n<thead><tr>",
		s->id, s->id);
	fx_html_th(out, "Call", 0);
	fx_html_th(out, "Calls", 1);
	fx_html_th(out, "Threads", 1);
	fx_html_th(out, "Answer", 0);
	if (s->effect)
		fx_html_th(out, s->effect, 0);
	fx_html_th(out, "First caller", 0);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < entries; i++)
		put_row(entry[i], out);
	free(entry);
	fputs("</tbody></table></div>\n</section>\n", out);
}

static void put_missing(const struct fx_log *log, FILE *out)
{
	if (log->missings == 0)
		return;
	fputs("<section>\n<h2 id=\"not-there\">Not there</h2>\n"
	      "<p>What was looked for, is outside, and was not shown, with what shows each.</p>\n"
	      "<div class=\"wide\" role=\"region\" aria-labelledby=\"not-there\" tabindex=\"0\">\n"
	      "<table id=\"not-there-table\">\n<thead><tr>",
	      out);
	fx_html_th(out, "Path", 0);
	fx_html_th(out, "Times", 1);
	fx_html_th(out, "Advice", 0);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < log->missings; i++) {
		fputs("<tr><th scope=\"row\" class=\"what\">", out);
		fx_html_text(out, log->missing[i].path);
		fputs("</th>", out);
		fx_html_td_count(out, log->missing[i].count, "");
		fputs("<td class=\"said\">", out);
		fx_html_text(out, log->missing[i].advice);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n</section>\n", out);
}

/* What the figures do not hold; as in the summary. */
static void put_gaps(const struct fx_report *r, FILE *out)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return;
	fx_audit_put_gaps(memory, &r->log);
	fflush(memory);
	if (size == 0) {
		fclose(memory);
		free(text);
		return;
	}
	fclose(memory);
	fputs("<section>\n<h2 id=\"gaps\">What is missing</h2>\n<ul>\n", out);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		fputs("<li>", out);
		fx_html_text(out, line);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n</section>\n", out);
	free(text);
}

static void add_open_waits(struct fx_report *r)
{
	fx_open_waits_settle(&r->open);
	for (size_t i = 0; i < r->open.waits; i++) {
		fx_timeline_add_open(&r->timeline, &r->open.wait[i]);
		fx_futex_waits_add_open(&r->futexes, &r->open.wait[i]);
	}
}

static void put_locks(struct fx_report *r, FILE *out)
{
	struct fx_locks locks;

	if (!r->locks.waits)
		return;
	fx_locks_make(&locks, &r->locks);
	fx_lock_page_put(&locks, out);
	fx_locks_free(&locks);
}

static void add_wakes(struct fx_report *r)
{
	const struct fx_futex_waits *w = &r->futexes;

	fx_futex_waits_settle(&r->futexes);
	for (size_t i = 0; i < w->calls; i++) {
		const struct fx_futex_call *wait = &w->call[i], *by;

		if (wait->by == FX_WAKER_UNKNOWN)
			continue;
		by = &w->call[wait->by];
		fx_timeline_add_wake(&r->timeline,
				     &(struct fx_wake){.run = wait->run,
						       .pid = wait->pid,
						       .by_tid = by->tid,
						       .tid = wait->tid,
						       .at_us = by->end_us - by->took_us,
						       .end_us = wait->end_us});
	}
}

void fx_report_put(struct fx_report *r, FILE *out)
{
	add_open_waits(r);
	add_wakes(r);
	put_head(r, out);
	fx_hang_page_put(&r->log, out);
	put_verdict(r, out);
	put_runs(r, out);
	put_missing(&r->log, out);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		/* What went wrong comes first, then the picture, then the long list. */
		if (sections[i].kind == FX_LOG_USED) {
			put_locks(r, out);
			fx_timeline_put(&r->timeline, out);
			fx_futex_waits_put(&r->futexes, out);
		}
		put_kind(r, &sections[i], out);
	}
	put_gaps(r, out);
	fputs("</main>\n</body>\n</html>\n", out);
}

void fx_report_free(struct fx_report *r)
{
	for (unsigned i = 0; i < r->runs; i++) {
		json_object_put(r->run[i].start);
		json_object_put(r->run[i].end);
	}
	free(r->run);
	fx_timeline_free(&r->timeline);
	fx_futex_waits_free(&r->futexes);
	fx_open_waits_free(&r->open);
	fx_lock_log_free(&r->locks);
	fx_log_free(&r->log);
	*r = (struct fx_report){0};
}
