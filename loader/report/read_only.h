/* SPDX-License-Identifier: MIT */
/*
 * Logs name files that the program may have written, ELF and DWARF among them, and what parses
 * these is large. So it is done by a process that can read, and write to what is open, and nothing
 * else.
 */
#ifndef LOADER_REPORT_READ_ONLY_H
#define LOADER_REPORT_READ_ONLY_H

#include <stdbool.h>

/*
 * Gives up all other system calls, by a seccomp filter: to open for writing, to change anything by
 * a path, to make processes, to send signals, sockets, executable memory. They fail with EPERM. For
 * good, for the calling thread and what it makes. Where the host has no filters that is said on
 * standard error, after the command's name (NULL: not said), and the answer is false.
 */
bool fx_read_only(const char *command);

#endif
