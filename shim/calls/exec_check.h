/* SPDX-License-Identifier: MIT */
/*
 * What of an execve Linux finds out before the point of no return, from the file's name to the
 * header of its interpreter, with the errors that Linux gives and in its order. What is wrong
 * behind that kills the process on Linux, and the next fxbox makes it so.
 */
#ifndef SHIM_CALLS_EXEC_CHECK_H
#define SHIM_CALLS_EXEC_CHECK_H

#include <stdbool.h>

/* As execveat(2) takes them; path is in own memory. */
struct fx_exec_name {
	int dirfd;
	const char *path;
	int at_flags;
};

/*
 * 0, or what open would say: whether there is such a file, it may be executed, and nobody writes
 * it. *fd is a descriptor to read it by, close-on-exec, to be given back by fx_exec_close. Where
 * all descriptors are taken it is the kept spare one's place.
 */
long fx_exec_open(const struct fx_exec_name *name, int *fd);

/* Also of what did not become open: -1. */
void fx_exec_close(int fd);

/*
 * 0, or why what has been opened cannot be executed: ENOEXEC, or what is wrong with the interpreter
 * of the ELF file, or of the script. *fd may be another descriptor of the same file afterwards.
 * *is_script: whether it begins with #!. -ENOMEM: it is to be loaded where fxbox itself lies.
 */
long fx_exec_judge(const struct fx_exec_name *name, int *fd, bool *is_script);

/*
 * Whether Linux would give the process another user or group for this program, which no_new_privs
 * forbids: set-user-ID or set-group-ID, of somebody else, on a mount where that counts.
 */
bool fx_exec_would_gain(int fd);

#endif
