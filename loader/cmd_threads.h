/* SPDX-License-Identifier: MIT */
/* fxbox threads: where the threads of a process are, or were in a dump. */
#ifndef LOADER_CMD_THREADS_H
#define LOADER_CMD_THREADS_H

/* argv[0] is the command. Becomes fxbox-report; returns the exit status only if it cannot. */
int fx_cmd_threads(int argc, char **argv);

#endif
