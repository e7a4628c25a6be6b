/* SPDX-License-Identifier: MIT */
/* `fxbox report`: logs as a page for a browser. */
#ifndef LOADER_REPORT_CMD_REPORT_H
#define LOADER_REPORT_CMD_REPORT_H

int fx_cmd_report(int argc, char **argv);

#endif
