/* SPDX-License-Identifier: MIT */
/* The sub-command `fxbox syscalls`: the table of system calls as text or JSON. */
#ifndef LOADER_CMD_SYSCALLS_H
#define LOADER_CMD_SYSCALLS_H

/* argv[0] is "syscalls". Returns the exit status: 1 if a name is unknown. */
int fx_cmd_syscalls(int argc, char **argv);

#endif
