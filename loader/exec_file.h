/* SPDX-License-Identifier: MIT */
/*
 * Opens a file as execve would: it must be a regular file that this user may
 * execute, on a file system that is not mounted noexec. fxbox also has to
 * read it, which execve has not.
 */
#ifndef LOADER_EXEC_FILE_H
#define LOADER_EXEC_FILE_H

#include "loader/refusal.h"

/*
 * Returns a close-on-exec descriptor open for reading and marked as running (shim/exe_mark.h),
 * owned by the caller; or -1 with *why filled, `subject` naming the file in it.
 */
int fx_exec_file_open(const char *path, const char *subject, struct fx_refusal *why);

/*
 * Refuses, with -1 and *why filled, what somebody has open for writing, where the host can tell. Of
 * what a guest executes the shim has asked that before.
 */
int fx_exec_file_written(int fd, const char *subject, struct fx_refusal *why);

#endif
