/* SPDX-License-Identifier: MIT */
#ifndef SHIM_BASE_TABLE_H
#define SHIM_BASE_TABLE_H

/*
 * Of a large variable, most of which few runs touch: it lies behind all others of .bss, so that
 * these share a few pages. Each page that is written first is a fault, at every start.
 */
#define FX_TABLE __attribute__((section(".bss.table")))

#endif
