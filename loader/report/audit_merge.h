/* SPDX-License-Identifier: MIT */
/* fxbox audit merge: several logs as one, each kind of call once, with sums; a log again. */
#ifndef LOADER_REPORT_AUDIT_MERGE_H
#define LOADER_REPORT_AUDIT_MERGE_H

#include <stdio.h>

struct fx_log;

void fx_audit_merge(const struct fx_log *log, int count, char **files, FILE *out);

#endif
