/* SPDX-License-Identifier: MIT */
/* fxbox audit and fxbox report: answered by fxbox-report, a program of its own (ADR 21). */
#ifndef LOADER_CMD_LOGS_H
#define LOADER_CMD_LOGS_H

/*
 * Becomes fxbox-report, which lies beside fxbox or in its libexec directory.
 * argv[0] is the command; argv ends with NULL. Returns, with the exit status, only
 * if there is no such program; then it has said so.
 */
int fx_cmd_logs(char **argv);

#endif
