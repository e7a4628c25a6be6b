/* SPDX-License-Identifier: MIT */
#ifndef SHIM_VERSION_H
#define SHIM_VERSION_H

#define FX_VERSION "0.1.0"

#endif
