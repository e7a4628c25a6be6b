/* SPDX-License-Identifier: MIT */
#include "shim/base/config.h"

struct fx_config fx_config;
char fx_guest_exe[4096];
uintptr_t fx_guest_stack;
struct fx_own_image fx_own_image;
bool fx_running;
