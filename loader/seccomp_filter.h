/* SPDX-License-Identifier: MIT */
/*
 * The one seccomp program of fxbox: a prologue that traps every call made by
 * another's code, then a body that says what our own may ask of the host. The
 * bodies are made by libseccomp when fxbox is built (gen_seccomp_body.c).
 */
#ifndef LOADER_SECCOMP_FILTER_H
#define LOADER_SECCOMP_FILTER_H

#include <linux/filter.h>
#include <stdint.h>

#include "loader/elf_image.h"

/*
 * The program that trusts the code in `text`, which must lie within 4 GiB
 * (both bounds have the same upper half); with the body for these bits of
 * enum fx_confine_bits: 0, or FX_CONFINED and others. The instruction pointer that
 * seccomp sees is the address behind the syscall instruction. Points to
 * static memory that the next call overwrites.
 */
const struct sock_fprog *fx_seccomp_filter(unsigned int confine, struct fx_span text);

#endif
