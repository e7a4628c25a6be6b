/* SPDX-License-Identifier: MIT */
/* fxbox summary: what a run that goes on has been refused so far. */
#ifndef LOADER_CMD_SUMMARY_H
#define LOADER_CMD_SUMMARY_H

/* argv[0] is the command. Returns the exit status. */
int fx_cmd_summary(int argc, char **argv);

#endif
