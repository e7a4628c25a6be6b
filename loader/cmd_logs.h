/* SPDX-License-Identifier: MIT */
/* fxbox audit and fxbox report: answered by fxbox-report, a program of its own (ADR 21). */
#ifndef LOADER_CMD_LOGS_H
#define LOADER_CMD_LOGS_H

#include <limits.h>

/*
 * Becomes fxbox-report, which lies beside fxbox or in its libexec directory.
 * argv[0] is the command; argv ends with NULL. Returns, with the exit status, only
 * if there is no such program; then it has said so.
 */
int fx_cmd_logs(char **argv);

/*
 * Opens that program for reading and says its path. The descriptor, close-on-exec, or -1 with
 * errno: ENOENT if it is nowhere.
 */
int fx_report_program_open(char path[static 2 * PATH_MAX]);

#endif
