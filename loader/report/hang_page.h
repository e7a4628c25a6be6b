/* SPDX-License-Identifier: MIT */
/* What the page says first, if threads stood: who waits for whom, where, and each stack. */
#ifndef LOADER_REPORT_HANG_PAGE_H
#define LOADER_REPORT_HANG_PAGE_H

#include <stdio.h>

#include "loader/report/log_read.h"

/* A section for each hang record of the logs; nothing if there is none. */
void fx_hang_page_put(const struct fx_log *log, FILE *out);

#endif
