/* SPDX-License-Identifier: MIT */
#include "shim/base/config.h"

struct fx_config fx_config;
char fx_guest_exe[4096];
bool fx_running;
