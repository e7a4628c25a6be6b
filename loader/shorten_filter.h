/* SPDX-License-Identifier: MIT */
#ifndef LOADER_SHORTEN_FILTER_H
#define LOADER_SHORTEN_FILTER_H

#include <linux/filter.h>
#include <stddef.h>

/* Jumps reach no further. */
#define FX_FILTER_SHORT 256

/*
 * Makes of a seccomp program as libseccomp writes them another one that decides the same for every
 * call of x86-64, with about a third of its instructions: it is for behind a test of
 * seccomp_data.arch. Returns how many they are; 0 if that cannot be done: code has instructions
 * that libseccomp does not use, or much to decide.
 */
size_t fx_shorten_filter(const struct sock_filter *code, size_t length,
			 struct sock_filter out[static FX_FILTER_SHORT]);

#endif
