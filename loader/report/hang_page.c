/* SPDX-License-Identifier: MIT */
#include "loader/report/hang_page.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "loader/report/hang_graph.h"
#include "loader/report/hang_read.h"
#include "loader/report/html.h"

#define SENTENCE_SHOWN 600
#define NAME_SHOWN     120
#define FINDINGS_SHOWN 12
#define NAMED_SHOWN    16  /* threads of one finding */
#define STACKS_OPEN    12  /* if there are no more threads, each stack is seen at once */
#define STACKS_SHOWN   200 /* in all */
#define ROWS_SHOWN     64  /* of a stack */

static void put_place(const struct fx_hang_row *at, bool marked, FILE *out)
{
	if (at->file) {
		fputs(marked ? "<code class=\"line\">" : "<code>", out);
		fx_html_text_cut(out, at->file, NAME_SHOWN);
		fprintf(out, ":%" PRId64 "</code>", at->line);
	} else {
		fputs("<code>", out);
		fx_html_text_cut(out, at->address ? at->address : "?", NAME_SHOWN);
		fputs("</code>", out);
	}
}

static void put_function(const struct fx_hang_row *at, FILE *out)
{
	if (at->handler) {
		fputs("<i>signal handler</i>", out);
		return;
	}
	fputs("<code>", out);
	fx_html_text_cut(out, at->function ? at->function : "?", NAME_SHOWN);
	fputs(at->guessed ? "</code> ?" : "</code>", out);
}

static void put_who(struct json_object *thread, FILE *out)
{
	const char *name = fx_log_string(thread, "name");

	fprintf(out, "thread %" PRId64, fx_log_int(thread, "tid", -1));
	if (name) {
		fputs(" (", out);
		fx_html_text_cut(out, name, NAME_SHOWN);
		fputc(')', out);
	}
}

static void put_does(struct json_object *thread, FILE *out)
{
	const char *does = fx_log_string(thread, "does");

	fx_html_text_cut(out, does ? does : "stood", SENTENCE_SHOWN);
}

static bool same_place(const struct fx_hang_row *a, const struct fx_hang_row *b)
{
	return a->file && b->file && strcmp(a->file, b->file) == 0 && a->line == b->line;
}

/* Whether two threads of a finding stand in the same line: then their callers tell them apart. */
static bool any_same_place(struct json_object *const *thread, size_t threads)
{
	struct fx_hang_row at[NAMED_SHOWN] = {0};

	for (size_t i = 0; i < threads; i++) {
		if (!fx_hang_rows(thread[i], &at[i], 1))
			continue;
		for (size_t k = 0; k < i; k++) {
			if (same_place(&at[k], &at[i]))
				return true;
		}
	}
	return false;
}

static void put_where(struct json_object *thread, bool caller, FILE *out)
{
	struct fx_hang_row at[2];
	const size_t rows = fx_hang_rows(thread, at, caller ? 2 : 1);

	fputs("<li>", out);
	for (size_t i = 0; i < rows; i++) {
		fputs(i ? ", called from " : "", out);
		put_place(&at[i], true, out);
		fputs(" in ", out);
		put_function(&at[i], out);
	}
	fputs(rows ? ": " : "", out);
	put_who(thread, out);
	fputc(' ', out);
	put_does(thread, out);
	fputs("</li>\n", out);
}

/* What was found, and where each of its threads stands: what somebody looks for. */
static void put_finding(struct json_object *hang, struct json_object *finding, FILE *out)
{
	const char *title = fx_log_string(finding, "title"), *text = fx_log_string(finding, "text");
	const size_t named = fx_hang_count(finding, "threads");
	struct json_object *thread[NAMED_SHOWN];
	size_t threads = 0;
	bool callers;

	for (size_t i = 0; i < named && i < NAMED_SHOWN; i++) {
		thread[threads] = fx_hang_named(hang, finding, i);
		threads += thread[threads] != NULL;
	}
	callers = any_same_place(thread, threads);
	fputs("<p class=\"finding\"><strong>", out);
	fx_html_text_cut(out, title ? title : "found", NAME_SHOWN);
	fputs(":</strong> ", out);
	fx_html_text_cut(out, text ? text : "?", SENTENCE_SHOWN);
	fputs("</p>\n<ul class=\"where\">\n", out);
	for (size_t i = 0; i < threads; i++)
		put_where(thread[i], callers, out);
	if (named > NAMED_SHOWN)
		fprintf(out, "<li class=\"gap\">... and %zu more threads</li>\n",
			named - NAMED_SHOWN);
	fputs("</ul>\n", out);
}

static void put_findings(struct json_object *hang, FILE *out)
{
	const size_t findings = fx_hang_count(hang, "findings");

	for (size_t i = 0; i < findings && i < FINDINGS_SHOWN; i++) {
		struct json_object *finding = fx_hang_at(hang, "findings", i);

		if (finding)
			put_finding(hang, finding, out);
	}
	if (findings > FINDINGS_SHOWN)
		fprintf(out, "<p class=\"gap\">%zu more findings are not shown.</p>\n",
			findings - FINDINGS_SHOWN);
}

static void put_holds(struct json_object *thread, FILE *out)
{
	const size_t holds = fx_hang_count(thread, "holds");

	for (size_t i = 0; i < holds && i < NAMED_SHOWN; i++) {
		struct json_object *hold = fx_hang_at(thread, "holds", i);
		const char *text = fx_log_string(hold, "text");

		fputs(i ? ", " : "<p>It holds ", out);
		fx_html_text_cut(out, text ? text : "?", SENTENCE_SHOWN);
	}
	if (holds > NAMED_SHOWN)
		fprintf(out, ", and %zu more", holds - NAMED_SHOWN);
	if (holds)
		fputs("</p>\n", out);
}

static void put_stack(struct json_object *thread, FILE *out)
{
	struct fx_hang_row row[ROWS_SHOWN + 1];
	const size_t rows = fx_hang_rows(thread, row, ROWS_SHOWN + 1);

	fputs("<div class=\"stack\">\n<h3>", out);
	put_who(thread, out);
	fputs("</h3>\n<p>", out);
	put_does(thread, out);
	fputs("</p>\n", out);
	put_holds(thread, out);
	if (rows)
		fputs("<ol>\n", out);
	for (size_t i = 0; i < rows && i < ROWS_SHOWN; i++) {
		fputs("<li>", out);
		put_function(&row[i], out);
		if (!row[i].handler) {
			fputc(' ', out);
			put_place(&row[i], i == 0, out);
		}
		fputs("</li>\n", out);
	}
	fputs(rows > ROWS_SHOWN ? "<li>...</li>\n</ol>\n" : rows ? "</ol>\n" : "", out);
	fputs("</div>\n", out);
}

static void put_stacks(struct json_object *hang, FILE *out)
{
	const size_t threads = fx_hang_count(hang, "threads");
	const int64_t left_out = fx_log_int(hang, "threads_left_out", 0);

	if (threads) {
		fprintf(out,
			"<details%s>\n<summary>Where each thread stands, innermost function "
			"first</summary>\n<div class=\"stacks\">\n",
			threads <= STACKS_OPEN ? " open" : "");
		for (size_t i = 0; i < threads && i < STACKS_SHOWN; i++) {
			struct json_object *thread = fx_hang_at(hang, "threads", i);

			if (thread)
				put_stack(thread, out);
		}
		fputs("</div>\n</details>\n", out);
	}
	if (threads > STACKS_SHOWN)
		fprintf(out, "<p class=\"gap\">%zu more threads are in the log.</p>\n",
			threads - STACKS_SHOWN);
	if (left_out > 0)
		fprintf(out, "<p class=\"gap\">The log leaves out %" PRId64 " threads.</p>\n",
			left_out);
}

static void put_hang(struct json_object *hang, size_t n, FILE *out)
{
	struct fx_graph graph;

	fprintf(out, "<section class=\"hang\">\n<h2 id=\"hang-%zu\">", n);
	fx_html_text_cut(out, fx_hang_head(hang), SENTENCE_SHOWN);
	fputs("</h2>\n", out);
	put_findings(hang, out);
	fx_graph_make(&graph, hang);
	if (graph.rows)
		fx_graph_svg(&graph, n, out);
	if (graph.rows && graph.more)
		fputs("<p class=\"gap\">More threads wait than are drawn.</p>\n", out);
	put_stacks(hang, out);
	fputs("</section>\n", out);
}

void fx_hang_page_put(const struct fx_log *log, FILE *out)
{
	for (size_t i = 0; i < log->hangs; i++)
		put_hang(log->hang[i], i + 1, out);
}
