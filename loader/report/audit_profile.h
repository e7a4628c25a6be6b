/* SPDX-License-Identifier: MIT */
/* fxbox audit profile: what the program used, as a policy for other sandboxes. */
#ifndef LOADER_REPORT_AUDIT_PROFILE_H
#define LOADER_REPORT_AUDIT_PROFILE_H

#include <stdbool.h>
#include <stdio.h>

struct fx_log;
struct fx_profile_shares;

enum fx_profile_format {
	FX_PROFILE_OCI,
	FX_PROFILE_SYSTEMD,
	FX_PROFILE_FXBOX,
	FX_PROFILE_KUBERNETES, /* SeccompProfile, of the Security Profiles Operator */
};

/* False if there is no format of this name. */
bool fx_profile_format(const char *name, enum fx_profile_format *format);

struct fx_profile_wish {
	enum fx_profile_format format;
	bool json;   /* systemd's list as an array; the other formats are JSON */
	bool narrow; /* oci: of ioctl and socket options, those that were used only */
	const struct fx_profile_shares *shares; /* in how many of the logs */
	FILE *base; /* oci, kubernetes: where is told what an engine's default has; or NULL */
};

/*
 * Returns how many paths that were denied the profile cannot name, or should
 * not, as the root: only of fxbox's own format, which has paths.
 */
unsigned fx_audit_profile(const struct fx_log *log, const struct fx_profile_wish *wish, FILE *out);

#endif
