/* SPDX-License-Identifier: MIT */
/* The sub-command `fxbox run`, and its continuation in a re-executed fxbox. */
#ifndef LOADER_CMD_RUN_H
#define LOADER_CMD_RUN_H

#include "shim/boot.h"

/* argv[0] is "run"; whole is what fxbox was called with. Returns the exit status, unless it becomes
 * the guest. */
int fx_cmd_run(int argc, char **argv, char **envp, char **whole);

/* After a guest's execve: argv and envp are the next guest's. Returns only on failure. */
int fx_run_again(const struct fx_handover *handover, char **argv, char **envp);

#endif
