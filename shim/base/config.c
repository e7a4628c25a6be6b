/* SPDX-License-Identifier: MIT */
#include "shim/base/config.h"

#include "shim/base/host.h"

struct fx_config fx_config;
char fx_guest_exe[4096];
uintptr_t fx_guest_stack;
struct fx_own_image fx_own_image;
bool fx_running;
long (*fx_host_instead)(long nr, long a, long b, long c, long d, long e, long f);
