/* SPDX-License-Identifier: MIT */
/* Memory near the code, where trampolines lie. What is placed stays. Inside patch/. */
#ifndef SHIM_PATCH_ISLAND_H
#define SHIM_PATCH_ISLAND_H

#include <stdint.h>

struct fx_patch_site;

/*
 * A place for the trampoline of a site, where its jump can lead; 0: there is none near by.
 * Wants the lock of patch.c.
 */
uintptr_t fx_island_place(struct fx_patch_site *s);

/*
 * The site whose trampoline this address lies in, and where that begins; NULL: in none. Takes
 * no lock.
 */
const struct fx_patch_site *fx_island_site(uintptr_t ip, uintptr_t *start);

#endif
