/* SPDX-License-Identifier: MIT */
/* fxbox audit summary. */
#ifndef LOADER_REPORT_AUDIT_SUMMARY_H
#define LOADER_REPORT_AUDIT_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "loader/report/log_read.h"

/* all: what was answered as well. */
void fx_audit_summary_text(const struct fx_log *log, bool all, FILE *out);
/* The caller's; everything, whatever was asked for as text. */
struct json_object *fx_audit_summary_json(const struct fx_log *log);

/* One entry as an object of the summary. */
struct json_object *fx_audit_entry_json(const struct fx_log_entry *e);
/* Those of a kind; what the caller frees. Sub-operations come behind their call. */
size_t fx_audit_entries(const struct fx_log *log, enum fx_log_kind kind,
			const struct fx_log_entry ***entries);
/* What the program got for a call: an errno, or who answered it. */
const char *fx_audit_answer(const struct fx_log_entry *e);
/* What programs usually do without it, or the option that allows it; never NULL. */
const char *fx_audit_effect(const struct fx_log_entry *e);
/* The call, with what of it is meant, cleaned. */
void fx_audit_put_name(FILE *out, const struct fx_log_entry *e);
/* What the figures do not hold, in sentences of a line each. */
void fx_audit_put_gaps(FILE *out, const struct fx_log *log);
/* A string of the log on a terminal: no byte of it is more than text. */
void fx_audit_put_clean(FILE *out, const char *s);

#endif
