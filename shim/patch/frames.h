/* SPDX-License-Identifier: MIT */
/*
 * Where functions lie in an ELF file, by its .eh_frame: what is between them may be data, and where
 * one begins an instruction does. Linux Standard Base 5.0, chapter 10. Inside patch/.
 */
#ifndef SHIM_PATCH_FRAMES_H
#define SHIM_PATCH_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fx_function {
	uint64_t start, end; /* addresses as the file has them */
};

struct fx_frames {
	struct fx_function *function; /* in memory of the host's, until fx_frames_free */
	size_t count, room;
	uint64_t text_start, text_end; /* of the segment that was asked for, page-aligned below */
	bool partial;		       /* they cover less than half of .text: so that is one, too */
};

/*
 * Of the executable segment that lies at offset in the file. False: it has none, or nothing that
 * tells. The file may be anything.
 */
bool fx_frames_read(int fd, uint64_t offset, struct fx_frames *out);
void fx_frames_free(struct fx_frames *f);

#endif
