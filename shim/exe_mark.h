/* SPDX-License-Identifier: MIT */
/*
 * What runs is marked, for to the kernel it is only mapped and may be written: by a read lock of
 * the open file description that is kept of it (fcntl F_OFD_SETLK), on one byte where no file has
 * any. The kernel takes it away with the last process that runs the file, however that ends. Only a
 * lock to write would be in its way, and that takes a descriptor to write the file by, which nobody
 * has on Linux either.
 */
#ifndef SHIM_EXE_MARK_H
#define SHIM_EXE_MARK_H

#define FX_EXE_MARK_AT 0x7ffffffffffffffeL

/* execveat(2): looks whether it may be executed, and does not execute it. Linux 6.14. */
#define FX_EXECVE_CHECK 0x10000

#endif
