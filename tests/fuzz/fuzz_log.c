/* SPDX-License-Identifier: MIT */
/*
 * A log of anybody: read, shown, compared with itself, merged, made a policy, and read again; and
 * made a page, in which nothing of it is an element, folded stacks and trace events.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/audit_diff.h"
#include "loader/report/audit_merge.h"
#include "loader/report/audit_profile.h"
#include "loader/report/audit_summary.h"
#include "loader/report/locks/folded_stacks.h"
#include "loader/report/locks/trace_events.h"
#include "loader/report/log_read.h"
#include "loader/report/profile_shares.h"
#include "loader/report/report_page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(struct fx_log *log, const struct fx_profile_shares *shares)
{
	static char name[] = "a", *names[] = {name};
	struct fx_refusal why;
	struct fx_log again;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	fx_audit_summary_text(log, true, out);
	json_object_put(fx_audit_summary_json(log));
	if (fx_audit_diff(log, log, false, out))
		abort();
	for (int narrow = 0; narrow < 2; narrow++)
		fx_audit_profile(
			log,
			&(struct fx_profile_wish){.narrow = narrow, .shares = shares, .base = out},
			out);
	fx_audit_profile(
		log, &(struct fx_profile_wish){.format = FX_PROFILE_KUBERNETES, .shares = shares},
		out);
	fx_audit_profile(log, &(struct fx_profile_wish){.format = FX_PROFILE_SYSTEMD}, out);
	fx_audit_profile(log, &(struct fx_profile_wish){.format = FX_PROFILE_FXBOX}, out);
	fflush(out);
	rewind(out);
	length = 0;
	fx_audit_merge(log, 1, names, out);
	fclose(out);
	fx_log_init(&again);
	/* What merge writes can be read, and says the same. */
	if (fx_log_read_text(&again, "merged", text, length, NULL, NULL, &why) < 0 ||
	    fx_audit_diff(log, &again, false, stderr) || again.processes != log->processes)
		abort();
	fx_log_free(&again);
	free(text);
}

/* Twice the same log beside each other, as of two runs. */
static void make_page(const char *data, size_t size)
{
	char *text = NULL;
	size_t length = 0;
	struct fx_refusal why;
	struct fx_report r;

	fx_report_init(&r);
	if (fx_report_read_text(&r, "fuzz", data, size, &why) == 0 && r.log.start &&
	    fx_report_read_text(&r, "fuzz", data, size, &why) == 0) {
		FILE *out = open_memstream(&text, &length);

		fx_report_put(&r, out);
		fclose(out);
		/* The seeds have both; only what is escaped comes from the log. */
		if (strstr(text, "<img") || strstr(text, "<script"))
			abort();
		free(text);
	}
	fx_report_free(&r);
}

struct timed {
	struct fx_lock_log locks;
	struct fx_futex_waits futexes;
	struct fx_trace_events events;
};

static void visit(void *context, struct json_object *record)
{
	struct timed *t = context;

	fx_lock_log_add(&t->locks, 0, record);
	fx_futex_waits_add(&t->futexes, 0, record);
	fx_trace_events_add(&t->events, record);
}

/* What is written is JSON, whatever was read. */
static void make_events(const char *data, size_t size)
{
	struct timed t = {0};
	struct json_object *o;
	struct fx_refusal why;
	struct fx_locks locks;
	struct fx_log log;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	fx_log_init(&log);
	fx_log_read_text(&log, "fuzz", data, size, visit, &t, &why);
	fx_futex_waits_settle(&t.futexes);
	fx_locks_make(&locks, &t.locks);
	fx_folded_stacks_put(&locks, out);
	fflush(out);
	rewind(out);
	fx_trace_events_put(&t.events, &t.futexes, &locks, out);
	fclose(out);
	o = json_tokener_parse(text);
	if (!o)
		abort();
	json_object_put(o);
	free(text);
	fx_locks_free(&locks);
	fx_lock_log_free(&t.locks);
	fx_futex_waits_free(&t.futexes);
	fx_trace_events_free(&t.events);
	fx_log_free(&log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_profile_shares shares = {.logs = 2}; /* of which this is the second */
	struct fx_refusal why;
	struct fx_log log;

	fx_log_init(&log);
	if (fx_log_read_text(&log, "fuzz", (const char *)data, size, fx_profile_shares_visit,
			     &shares, &why) == 0 &&
	    log.start)
		show(&log, &shares);
	fx_log_free(&log);
	fx_profile_shares_free(&shares);
	make_page((const char *)data, size);
	make_events((const char *)data, size);
	return 0;
}
