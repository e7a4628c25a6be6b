/* SPDX-License-Identifier: MIT */
/* fxbox audit diff: kinds of calls that one log has and the other has not; never how often. */
#ifndef LOADER_REPORT_AUDIT_DIFF_H
#define LOADER_REPORT_AUDIT_DIFF_H

#include <stdbool.h>
#include <stdio.h>

struct fx_log;

/* Whether they differ. Prints only what differs; as JSON, always an object. */
bool fx_audit_diff(const struct fx_log *a, const struct fx_log *b, bool json, FILE *out);

#endif
