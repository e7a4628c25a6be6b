/* SPDX-License-Identifier: MIT */
/*
 * Maps a checked ELF image as Linux's binfmt_elf does: segment by segment, in the file's order,
 * later ones over earlier ones. But first all of it is tried, so that nothing of ours is ever
 * mapped over.
 */
#ifndef LOADER_MAP_GUEST_H
#define LOADER_MAP_GUEST_H

#include "loader/elf_image.h"
#include "loader/refusal.h"

enum fx_placement {
	FX_PLACE_PROGRAM, /* where Linux puts a PIE, with room for brk above it */
	FX_PLACE_HOLE,	  /* wherever mmap finds room: interpreters */
};

/* Pages that images were mapped to before: a fixed interpreter may lie over its program. */
struct fx_taken {
	struct fx_span *span; /* owned, as by free(3) */
	size_t count;
};

/*
 * Maps the image and adds its pages to *taken; a fixed one goes to its own addresses whatever
 * `placement`. Returns 0 and in *bias what to add to the image's addresses; or -1 with *why filled,
 * and then parts may be mapped: the caller is going to end.
 */
int fx_map_guest(const struct fx_elf_image *image, enum fx_placement placement, const char *subject,
		 struct fx_taken *taken, uintptr_t *bias, struct fx_refusal *why);

#endif
