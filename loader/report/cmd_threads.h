/* SPDX-License-Identifier: MIT */
#ifndef LOADER_REPORT_CMD_THREADS_H
#define LOADER_REPORT_CMD_THREADS_H

/* `fxbox-report threads [--json] FILE`: argv[0] is "threads". Returns an exit status. */
int fx_cmd_threads(int argc, char **argv);

#endif
