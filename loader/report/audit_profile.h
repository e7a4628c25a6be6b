/* SPDX-License-Identifier: MIT */
/* fxbox audit profile: what the program used, as a policy for other sandboxes. */
#ifndef LOADER_REPORT_AUDIT_PROFILE_H
#define LOADER_REPORT_AUDIT_PROFILE_H

#include <stdbool.h>
#include <stdio.h>

struct fx_log;

enum fx_profile_format { FX_PROFILE_OCI, FX_PROFILE_SYSTEMD, FX_PROFILE_FXBOX };

/* False if there is no format of this name. */
bool fx_profile_format(const char *name, enum fx_profile_format *format);

/* json: systemd's list as an array; the other formats are JSON. */
void fx_audit_profile(const struct fx_log *log, enum fx_profile_format format, bool json,
		      FILE *out);

#endif
