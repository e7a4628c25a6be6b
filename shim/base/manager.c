/* SPDX-License-Identifier: MIT */
#include "shim/base/manager.h"

struct fx_manager fx_manager;
