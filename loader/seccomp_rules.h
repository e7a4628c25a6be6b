/* SPDX-License-Identifier: MIT */
/* Of the build: fxbox itself has what is made of this, and no libseccomp. */
#ifndef LOADER_SECCOMP_RULES_H
#define LOADER_SECCOMP_RULES_H

#include <linux/filter.h>
#include <stddef.h>

/*
 * The program that libseccomp makes for a set of enum fx_confine_bits, 0 for --no-confine, from the
 * table of system calls; *length: its instructions. To be freed. What cannot be done ends the
 * process, with a line on standard error.
 */
struct sock_filter *fx_seccomp_rules(unsigned int bits, size_t *length);

/* Of two sets whose programs are the same, the one that it is made for. */
unsigned int fx_seccomp_rules_of(unsigned int bits);

#endif
