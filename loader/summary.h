/* SPDX-License-Identifier: MIT */
/* fxbox's third life: says what could not be given to the guest, then ends as the guest did. */
#ifndef LOADER_SUMMARY_H
#define LOADER_SUMMARY_H

#include "shim/boot.h"

struct fx_audit_table;

/*
 * Writes the summary to a descriptor: nothing at all if the table is empty.
 * The guest could write to the table, so nothing in it is trusted; what it
 * says may be wrong, but is printed safely.
 */
void fx_summary_print(const struct fx_audit_table *table, int fd);

/*
 * The same of the run that this config is of, on its report descriptor; nothing with --quiet, or
 * if the table cannot be read.
 */
void fx_summary_of_run(const struct fx_config *config);

/*
 * Prints the summary of FX_FD_AUDIT to FX_FD_REPORT; then returns the guest's
 * exit status, or dies of its signal without leaving a core of fxbox.
 */
int fx_report_and_end(const struct fx_handover *handover);

#endif
