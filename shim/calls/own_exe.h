/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/exe is fxbox to the host, and the guest's program to the guest. Each process of a run
 * keeps its program open (FX_FD_GUEST), so what is meant is found beside that link: fd/N instead of
 * exe. It stays the same file when that is renamed, replaced or deleted, and is told from others by
 * nobody but the host.
 */
#ifndef SHIM_CALLS_OWN_EXE_H
#define SHIM_CALLS_OWN_EXE_H

#include <stdbool.h>
#include <stdint.h>

#define FX_PATH_SIZE 4096

/* A path in own memory, and the directory that it begins at. */
struct fx_exe_place {
	int dirfd;
	char path[FX_PATH_SIZE];
};

/* Looks at fxbox's own file; once, before the guest runs. */
void fx_exe_init(void);

/* Whether this is fxbox's file: st_dev and st_ino; as statx(2) has them. */
bool fx_exe_is_fxbox(uint64_t dev, uint64_t ino);
bool fx_exe_is_fxbox_at(uint32_t major, uint32_t minor, uint64_t ino);

/*
 * Whether the place leads to fxbox by such a link, of this process or of another of a run, by
 * symbolic links too; it is then where to go instead, by calls that follow links. Else it is
 * spoiled.
 */
bool fx_exe_find(struct fx_exe_place *place);

/* The same for a path in guest memory. */
bool fx_exe_find_at(int dirfd, uintptr_t upath, struct fx_exe_place *place);

/* The same, if its last component is `exe`: of others nothing is asked. */
bool fx_exe_named(int dirfd, uintptr_t upath, struct fx_exe_place *place);

#endif
