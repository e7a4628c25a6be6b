/* SPDX-License-Identifier: MIT */
/*
 * Makes /proc/self show the guest rather than fxbox: cmdline, environ, auxv,
 * code and data addresses by PR_SET_MM_MAP, comm by PR_SET_NAME.
 */
#ifndef LOADER_PROC_IDENTITY_H
#define LOADER_PROC_IDENTITY_H

#include <linux/prctl.h>
#include <stdint.h>

#include "loader/elf_image.h"
#include "loader/start_stack.h"

/* Where the program lies, as load_elf_binary() of Linux tells the kernel; empty: nowhere. */
struct fx_proc_places {
	struct fx_span code; /* from its first segment that is code to the end of the last */
	struct fx_span
		data;  /* the beginning of the last segment; the end of the last in the file */
	uintptr_t brk; /* page-aligned, behind all of them */
};

/*
 * `name` is the path that was run; its last part becomes comm. What the kernel was told is in *map,
 * for who moves the break. Best effort: a kernel without CONFIG_CHECKPOINT_RESTORE keeps
 * showing fxbox's command line and addresses, and *map is zero then.
 */
void fx_proc_identity_set(const char *name, const struct fx_start_layout *layout,
			  const struct fx_proc_places *places, struct prctl_mm_map *map);

#endif
