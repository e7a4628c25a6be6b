/* SPDX-License-Identifier: MIT */
/* ETXTBSY, both ways: what runs is not written, and what is written is not run. */
#ifndef SHIM_CALLS_EXE_BUSY_H
#define SHIM_CALLS_EXE_BUSY_H

#include <stdbool.h>

/*
 * Says, by the open file description behind a descriptor to read it by, that the file runs, until
 * that is closed. Whoever opens it for writing from then on is refused. What cannot be marked is
 * not protected.
 */
void fx_exe_mark(int fd);

/* Whether a process of any run runs what is open there. */
bool fx_exe_is_marked(int fd);

/*
 * -ETXTBSY if somebody, in the run or not, has it open for writing; else 0, also where the host
 * cannot tell: before Linux 6.14, and where Landlock lets nothing be executed.
 */
long fx_exe_is_written(int fd);

/* Whether the host knows AT_EXECVE_CHECK, by which it tells that. */
bool fx_exe_host_checks(void);

#endif
