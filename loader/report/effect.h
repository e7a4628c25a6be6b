/* SPDX-License-Identifier: MIT */
/* What programs usually do without a call, in a few words. */
#ifndef LOADER_REPORT_EFFECT_H
#define LOADER_REPORT_EFFECT_H

/* Never NULL. what: NULL, or the log's words for the sub-operation. */
const char *fx_effect(const char *name, const char *what);

#endif
