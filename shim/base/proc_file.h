/* SPDX-License-Identifier: MIT */
/* Small files in /proc that a thread or a process has. */
#ifndef SHIM_BASE_PROC_FILE_H
#define SHIM_BASE_PROC_FILE_H

#include <stddef.h>
#include <stdint.h>

/* Where those of this process's threads are, and those of any process. */
#define FX_PROC_OWN_THREADS "/proc/self/task/"
#define FX_PROC_PROCESSES   "/proc/"

/*
 * Reads the beginning of the file of this name that number has in dir: as many bytes as there are
 * or fit, less one, and a NUL. How many, or a negative errno, and then to is empty. Takes a
 * descriptor for a moment, and no lock.
 */
long fx_proc_file_read(const char *dir, uint32_t number, const char *name, char *to, size_t size);

/*
 * In the text of `stat`: the state, which is the first word behind the name in parentheses; that
 * may have any character. At the NUL if the text ends before.
 */
const char *fx_proc_file_behind_name(const char *stat);

#endif
