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
 * Of the calling thread, not of the process: /proc/self is the first thread, which may have ended
 * and then has neither memory nor descriptors, or may have another table of descriptors.
 */
#define FX_PROC_MAPS	    "/proc/thread-self/maps"
#define FX_PROC_DESCRIPTORS "/proc/thread-self/fd/"

#define FX_PROC_LINK	    40

/* The name of the link that a descriptor of the calling thread is in /proc. */
void fx_proc_link(int fd, char link[static FX_PROC_LINK]);

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
