/* SPDX-License-Identifier: MIT */
/* Memory that may be patched; what does not fit the list is not. Inside patch/. */
#ifndef SHIM_PATCH_CODE_RANGE_H
#define SHIM_PATCH_CODE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* Want the lock of patch.c. All of [start, end) may be patched; or may not any more. */
void fx_code_range_add(uintptr_t start, uintptr_t end);
void fx_code_range_forget(uintptr_t start, uintptr_t end);

/* Whether all of it may be. Wants the lock. */
bool fx_code_range_has(uintptr_t start, uintptr_t end);

/* Whether any of it may be. Takes no lock. */
bool fx_code_range_meets(uintptr_t start, uintptr_t end);

#endif
