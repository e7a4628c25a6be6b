/* SPDX-License-Identifier: MIT */
#include "loader/report/audit_summary.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/effect.h"
#include "loader/report/hang_read.h"
#include "loader/report/log_read.h"
#include "loader/report/source_line.h"
#include "loader/report/symbol.h"

/* Told of a hang; the log and the page have all. */
#define HANG_FINDINGS 6
#define HANG_THREADS  8

static const struct {
	const char *name;
	const char *verdict;
} rows[] = {
#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man) {#name, #verdict},
#include "shim/syscalls.tbl"
#undef FX_SYSCALL
};

static const char *verdict_of(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].verdict;
	}
	return "UNSUPPORTED";
}

const char *fx_audit_answer(const struct fx_log_entry *e)
{
	const char *v;

	if (e->kind != FX_LOG_USED && !e->answer)
		return fx_log_int(e->first, "result", -1) == 0 ? "done" : "an error";
	if (e->kind != FX_LOG_USED)
		return e->answer;
	v = verdict_of(e->name);
	if (strcmp(v, "EMULATED") == 0)
		return "fxbox";
	if (strcmp(v, "PASSTHROUGH") == 0)
		return "kernel";
	return strcmp(v, "PARTIAL") == 0 ? "either" : "ENOSYS";
}

void fx_audit_put_clean(FILE *out, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		fputc(c < ' ' || c >= 0x7f ? '?' : c, out);
	}
}

static void put_caller(FILE *out, const struct fx_log_entry *e)
{
	char symbol[300], line[FX_LINE_TEXT];
	const char *site = e->site ? e->site : "?", *slash = strrchr(site, '/');

	fx_audit_put_clean(out, slash ? slash + 1 : site);
	if (fx_symbol_of_site(e->site, symbol, sizeof(symbol))) {
		fputs(" (", out);
		fx_audit_put_clean(out, symbol);
		fputc(')', out);
	}
	if (fx_source_line(e->site, line, sizeof(line))) {
		fputc(' ', out);
		fx_audit_put_clean(out, line);
	}
}

const char *fx_audit_effect(const struct fx_log_entry *e)
{
	const char *advice = fx_log_string(e->first, "advice");

	if (e->kind == FX_LOG_UNSUPPORTED)
		return fx_effect(e->name, e->what);
	return advice ? advice : "";
}

void fx_audit_put_name(FILE *out, const struct fx_log_entry *e)
{
	/* What names the call itself where only a part of it is meant. */
	const char *name = e->what && strstr(e->what, e->name) ? e->what : e->name;

	fx_audit_put_clean(out, name);
	if (e->what && name == e->name) {
		fputs(": ", out);
		fx_audit_put_clean(out, e->what);
	}
	if (e->path) {
		fputc(' ', out);
		fx_audit_put_clean(out, e->path);
	}
}

static void put_number(FILE *out, int width, uint64_t n, const char *after)
{
	char text[32] = "-";

	if (n)
		snprintf(text, sizeof(text), "%" PRIu64 "%s", n, after);
	fprintf(out, "%*s", width, text);
}

struct ranked {
	const struct fx_log_entry *entry, *call;
};

/* Calls in the order of the log; of one, first the whole and then its sub-operations. */
static int compare_ranks(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->call != y->call)
		return x->call < y->call ? -1 : 1;
	if (x->entry == x->call || y->entry == y->call)
		return (y->entry == y->call) - (x->entry == x->call);
	return x->entry < y->entry ? -1 : 1;
}

size_t fx_audit_entries(const struct fx_log *log, enum fx_log_kind kind,
			const struct fx_log_entry ***entries)
{
	struct ranked *ranked = NULL;
	size_t n = 0;

	for (size_t i = 0; i < log->entries; i++) {
		const struct fx_log_entry *e = &log->entry[i], *call = NULL;

		if (e->kind != kind)
			continue;
		if (kind == FX_LOG_USED && e->what)
			call = fx_log_find_call(log, kind, e->name);
		ranked = fx_log_grow(ranked, n, sizeof(*ranked));
		ranked[n++] = (struct ranked){e, call ? call : e};
	}
	if (n)
		qsort(ranked, n, sizeof(*ranked), compare_ranks);
	*entries = NULL;
	for (size_t i = 0; i < n; i++) {
		*entries = fx_log_grow(*entries, i, sizeof(**entries));
		(*entries)[i] = ranked[i].entry;
	}
	free(ranked);
	return n;
}

/* A sub-operation is set off from its call, whose name need not be said again. */
static void put_used(FILE *out, const struct fx_log_entry *e)
{
	size_t length = strlen(e->name);
	const char *name = e->what ? e->what : e->name;
	int width;

	if (e->what && strncmp(e->what, e->name, length) == 0 && e->what[length] == ' ')
		name += length + 1;
	width = 25 - (int)strlen(name) - (e->what ? 2 : 0);
	fputs(e->what ? "  " : "", out);
	fx_audit_put_clean(out, name);
	fprintf(out, "%*s", width > 1 ? width : 1, "");
}

static void put_row(FILE *out, const struct fx_log_entry *e)
{
	put_number(out, 9, e->calls, "");
	put_number(out, 9, e->threads, e->more_threads ? "+" : "");
	fputs("  ", out);
	fx_audit_put_clean(out, fx_audit_answer(e));
	fprintf(out, "%*s",
		strlen(fx_audit_answer(e)) < 7 ? (int)(9 - strlen(fx_audit_answer(e))) : 2, "");
	if (e->kind == FX_LOG_USED) {
		put_used(out, e);
	} else {
		fx_audit_put_name(out, e);
		fputc('\n', out);
		if (*fx_audit_effect(e)) {
			fprintf(out, "%29s", "");
			fx_audit_put_clean(out, fx_audit_effect(e));
			fputc('\n', out);
		}
		fprintf(out, "%29sfirst at ", "");
	}
	put_caller(out, e);
	fputc('\n', out);
}

static void put_kind(FILE *out, const struct fx_log *log, enum fx_log_kind kind, const char *title)
{
	const struct fx_log_entry **entry;
	size_t entries = fx_audit_entries(log, kind, &entry);

	if (entries)
		fprintf(out, "\n%s\n    CALLS  THREADS  ANSWER   NAME, %sFIRST CALLER\n", title,
			kind == FX_LOG_UNSUPPORTED ? "USUAL EFFECT, " : "");
	for (size_t i = 0; i < entries; i++)
		put_row(out, entry[i]);
	free(entry);
}

static uint64_t count(const struct fx_log *log, enum fx_log_kind kind)
{
	uint64_t n = 0;

	for (size_t i = 0; i < log->entries; i++)
		n += log->entry[i].kind == kind;
	return n;
}

static uint64_t count_names(const struct fx_log *log)
{
	uint64_t n = 0;

	for (size_t i = 0; i < log->entries; i++)
		n += log->entry[i].kind == FX_LOG_USED && !log->entry[i].what;
	return n;
}

static const char *plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

static void put_head(FILE *out, const struct fx_log *log)
{
	fputs("Programs:", out);
	for (size_t i = 0; i < log->programs; i++) {
		fputc(' ', out);
		fx_audit_put_clean(out, json_object_get_string(log->program[i]));
	}
	fprintf(out, "\n%" PRIu64 " %s", log->processes,
		plural(log->processes, "process", "processes"));
	if (log->has_used)
		fprintf(out, ", %" PRIu64 " system %s", count_names(log),
			plural(count_names(log), "call", "calls of different names"));
	fputc('\n', out);
}

static void put_hang_thread(FILE *out, struct json_object *thread)
{
	const char *name = fx_log_string(thread, "name"), *does = fx_log_string(thread, "does");
	struct fx_hang_row at;

	fprintf(out, "    thread %" PRId64, fx_log_int(thread, "tid", -1));
	if (name) {
		fputs(" (", out);
		fx_audit_put_clean(out, name);
		fputc(')', out);
	}
	fputc(' ', out);
	fx_audit_put_clean(out, does ? does : "stood");
	if (fx_hang_rows(thread, &at, 1) && at.file) {
		fputs("; at ", out);
		fx_audit_put_clean(out, at.function ? at.function : "?");
		fputc(' ', out);
		fx_audit_put_clean(out, at.file);
		fprintf(out, ":%" PRId64, at.line);
	}
	fputc('\n', out);
}

/* What was found, and the threads that it is about. */
static void put_finding(FILE *out, struct json_object *hang, struct json_object *finding)
{
	const char *title = fx_log_string(finding, "title"), *text = fx_log_string(finding, "text");
	const size_t named = fx_hang_count(finding, "threads");

	fputs("  ", out);
	fx_audit_put_clean(out, title ? title : "found");
	fputs(": ", out);
	fx_audit_put_clean(out, text ? text : "?");
	fputc('\n', out);
	for (size_t i = 0; i < named && i < HANG_THREADS; i++) {
		struct json_object *thread = fx_hang_named(hang, finding, i);

		if (thread)
			put_hang_thread(out, thread);
	}
	if (named > HANG_THREADS)
		fprintf(out, "    ... and %zu more threads\n", named - HANG_THREADS);
}

static void put_hangs(FILE *out, const struct fx_log *log)
{
	for (size_t i = 0; i < log->hangs; i++) {
		struct json_object *hang = log->hang[i];
		const size_t findings = fx_hang_count(hang, "findings");

		fputc('\n', out);
		fx_audit_put_clean(out, fx_hang_head(hang));
		fputc('\n', out);
		for (size_t k = 0; k < findings && k < HANG_FINDINGS; k++) {
			struct json_object *finding = fx_hang_at(hang, "findings", k);

			if (finding)
				put_finding(out, hang, finding);
		}
		if (findings > HANG_FINDINGS)
			fprintf(out, "  ... and %zu more\n", findings - HANG_FINDINGS);
	}
}

void fx_audit_put_gaps(FILE *out, const struct fx_log *log)
{
	if (log->unended)
		fprintf(out,
			"\n%" PRIu64 " %s in the log, killed or still running: what %s repeated is "
			"not counted.\n",
			log->unended,
			plural(log->unended, "process has no end", "processes have no end"),
			plural(log->unended, "it", "they"));
	if (log->uncounted)
		fprintf(out, "\n%" PRIu64 " calls more could not be counted.\n", log->uncounted);
	if (log->subs_lost)
		fprintf(out,
			"\nThe sub-operations of %" PRIu64 " calls could not be told apart, for "
			"there were too many.\n",
			log->subs_lost);
	if (log->cut)
		fprintf(out, "\nThe last line of %" PRIu64 " %s is cut off.\n", log->cut,
			plural(log->cut, "log", "logs"));
	if (log->hangs_lost)
		fprintf(out, "\n%" PRIu64 " records of threads that stood are left out.\n",
			log->hangs_lost);
	if (!log->has_used)
		fputs("\nThe log does not tell which calls were used.\n", out);
}

static void put_missing(FILE *out, const struct fx_log *log)
{
	if (log->missings)
		fputs("\nNot there, with --only:\n    TIMES  PATH, WHAT SHOWS IT\n", out);
	for (size_t i = 0; i < log->missings; i++) {
		put_number(out, 9, log->missing[i].count, "");
		fputs("  ", out);
		fx_audit_put_clean(out, log->missing[i].path);
		fputs(" (", out);
		fx_audit_put_clean(out, log->missing[i].advice);
		fputs(")\n", out);
	}
}

static struct json_object *missing_json(const struct fx_log *log)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < log->missings; i++) {
		const struct fx_log_missing *m = &log->missing[i];
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "path", json_object_new_string(m->path));
		json_object_object_add(o, "count", json_object_new_uint64(m->count));
		json_object_object_add(o, "advice", json_object_new_string(m->advice));
		json_object_array_add(list, o);
	}
	return list;
}

void fx_audit_summary_text(const struct fx_log *log, bool all, FILE *out)
{
	put_head(out, log);
	put_hangs(out, log);
	put_kind(out, log, FX_LOG_UNSUPPORTED, "Not supported:");
	put_kind(out, log, FX_LOG_DENIED, "Denied:");
	put_missing(out, log);
	put_kind(out, log, FX_LOG_REFUSED,
		 "Refused, for it is fxbox's own, or not to be had under it:");
	if (count(log, FX_LOG_USED) == log->entries && log->missings == 0)
		fputs("\nAll that the program asked for was supported.\n", out);
	if (all)
		put_kind(out, log, FX_LOG_USED,
			 "Used (answered by fxbox, by the kernel, or by either):");
	fx_audit_put_gaps(out, log);
}

static struct json_object *string_or_null(const char *s)
{
	return s ? json_object_new_string(s) : NULL;
}

static struct json_object *number_or_null(uint64_t n)
{
	return n ? json_object_new_uint64(n) : NULL;
}

struct json_object *fx_audit_entry_json(const struct fx_log_entry *e)
{
	struct json_object *o = json_object_new_object();
	char symbol[300], line[FX_LINE_TEXT];
	bool lined = fx_source_line(e->site, line, sizeof(line));
	bool known = fx_symbol_of_site(e->site, symbol, sizeof(symbol));

	json_object_object_add(o, "nr", json_object_new_int64(e->nr));
	json_object_object_add(o, "name", json_object_new_string(e->name));
	if (e->kind != FX_LOG_USED || e->what)
		json_object_object_add(o, "what", string_or_null(e->what));
	json_object_object_add(o, "calls", number_or_null(e->calls));
	json_object_object_add(o, "threads", number_or_null(e->threads));
	if (e->more_threads)
		json_object_object_add(o, "more_threads", json_object_new_boolean(true));
	json_object_object_add(o, "answer", json_object_new_string(fx_audit_answer(e)));
	if (e->path)
		json_object_object_add(o, "path", json_object_new_string(e->path));
	if (e->kind == FX_LOG_UNSUPPORTED)
		json_object_object_add(o, "effect",
				       json_object_new_string(fx_effect(e->name, e->what)));
	if (e->kind != FX_LOG_USED)
		json_object_object_add(o, "advice",
				       string_or_null(fx_log_string(e->first, "advice")));
	json_object_object_add(o, "site", string_or_null(e->site));
	json_object_object_add(o, "symbol", string_or_null(known ? symbol : NULL));
	json_object_object_add(o, "line", string_or_null(lined ? line : NULL));
	return o;
}

static struct json_object *hang_thread_json(struct json_object *thread)
{
	struct json_object *o = json_object_new_object();
	struct fx_hang_row at = {0};

	fx_hang_rows(thread, &at, 1);
	json_object_object_add(o, "tid", json_object_new_int64(fx_log_int(thread, "tid", -1)));
	json_object_object_add(o, "name", string_or_null(fx_log_string(thread, "name")));
	json_object_object_add(o, "does", string_or_null(fx_log_string(thread, "does")));
	json_object_object_add(o, "function", string_or_null(at.function));
	json_object_object_add(o, "file", string_or_null(at.file));
	json_object_object_add(o, "line", at.file ? json_object_new_int64(at.line) : NULL);
	return o;
}

static struct json_object *hang_json(struct json_object *hang)
{
	struct json_object *o = json_object_new_object(), *threads = json_object_new_array();
	struct json_object *findings = json_object_new_array();

	json_object_object_add(o, "time_us", json_object_new_int64(fx_log_int(hang, "time_us", 0)));
	json_object_object_add(o, "pid", json_object_new_int64(fx_log_int(hang, "pid", -1)));
	json_object_object_add(o, "reason", string_or_null(fx_log_string(hang, "reason")));
	json_object_object_add(o, "head", json_object_new_string(fx_hang_head(hang)));
	for (size_t i = 0; i < fx_hang_count(hang, "findings"); i++) {
		struct json_object *finding = fx_hang_at(hang, "findings", i);

		if (finding)
			json_object_array_add(findings, json_object_get(finding));
	}
	for (size_t i = 0; i < fx_hang_count(hang, "threads"); i++) {
		struct json_object *thread = fx_hang_at(hang, "threads", i);

		if (thread)
			json_object_array_add(threads, hang_thread_json(thread));
	}
	json_object_object_add(o, "findings", findings);
	json_object_object_add(o, "threads", threads);
	return o;
}

struct json_object *fx_audit_summary_json(const struct fx_log *log)
{
	struct json_object *o = json_object_new_object(), *programs = json_object_new_array();
	struct json_object *hangs = json_object_new_array();

	for (size_t i = 0; i < log->programs; i++)
		json_object_array_add(programs, json_object_get(log->program[i]));
	for (size_t i = 0; i < log->hangs; i++)
		json_object_array_add(hangs, hang_json(log->hang[i]));
	json_object_object_add(o, "programs", programs);
	json_object_object_add(o, "hangs", hangs);
	json_object_object_add(o, "hangs_lost", json_object_new_uint64(log->hangs_lost));
	json_object_object_add(o, "processes", json_object_new_uint64(log->processes));
	json_object_object_add(o, "unended", json_object_new_uint64(log->unended));
	json_object_object_add(o, "uncounted", json_object_new_uint64(log->uncounted));
	json_object_object_add(o, "cut", json_object_new_uint64(log->cut));
	json_object_object_add(o, "subs_lost", json_object_new_uint64(log->subs_lost));
	for (int kind = 0; kind < FX_LOG_KINDS; kind++) {
		struct json_object *list = json_object_new_array();
		const struct fx_log_entry **entry;
		size_t entries = fx_audit_entries(log, (enum fx_log_kind)kind, &entry);

		for (size_t i = 0; i < entries; i++)
			json_object_array_add(list, fx_audit_entry_json(entry[i]));
		free(entry);
		json_object_object_add(o, fx_log_kind_names[kind], list);
	}
	json_object_object_add(o, "not_there", missing_json(log));
	return o;
}
