/* SPDX-License-Identifier: MIT */
/* Names of socket options, setsockopt(2); NULL for a number that has none. */
#ifndef SHIM_DECODE_DECODE_SOCKOPT_H
#define SHIM_DECODE_DECODE_SOCKOPT_H

#include <stddef.h>
#include <stdint.h>

const char *fx_sockopt_level_name(uint32_t level);
const char *fx_sockopt_name(uint32_t level, uint32_t name);

#endif
