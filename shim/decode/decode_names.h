/* SPDX-License-Identifier: MIT */
/*
 * Linux's names for numbers, for the audit log and the tracer. Freestanding:
 * constant tables, no libc, safe inside the SIGSYS handler.
 *
 * Every function returns NULL for a number that has no name.
 */
#ifndef SHIM_DECODE_DECODE_NAMES_H
#define SHIM_DECODE_DECODE_NAMES_H

#include <stdint.h>

struct fx_flag_name {
	uint64_t value;
	const char *name;
};

/*
 * Tables of flags, ended by a NULL name. A name of several bits stands before
 * the names of its bits (O_SYNC before O_DSYNC), so the reader takes, from the
 * front, each entry whose bits are all set, clears these bits, and prints what
 * is left at the end as a number.
 *
 * Zero is not in them: it is O_RDONLY, PROT_NONE, and no flag for the others.
 * The low eight bits of clone(2)'s flags are the signal sent at exit and have
 * to be cleared first; in clone3, unshare and setns they are flags as well.
 */
extern const struct fx_flag_name fx_open_flags[];
extern const struct fx_flag_name fx_prot_flags[];
extern const struct fx_flag_name fx_mmap_flags[];
extern const struct fx_flag_name fx_clone_flags[];
extern const struct fx_flag_name fx_futex_flags[]; /* what is or-ed to the operation */

const char *fx_errno_name(int err);    /* positive: 1 to 133 */
const char *fx_signal_name(int sig);   /* 1 to 64: SIGHUP .., SIGRTMIN, SIGRT_1 .. SIGRT_32 */
const char *fx_clock_name(int clock);  /* NULL also for the clocks of processes (negative) */
const char *fx_futex_op_name(int cmd); /* the operation without its flags */
const char *fx_prctl_name(int option);
const char *fx_fcntl_name(int cmd);
const char *fx_ioctl_name(unsigned int request);

#endif
