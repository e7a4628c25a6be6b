/* SPDX-License-Identifier: MIT */
#include "loader/proc_identity.h"

#include <string.h>
#include <sys/prctl.h>

/* What the linker says of fxbox itself. */
extern const char __executable_start[], etext[];

/* The kernel takes all of it or nothing. What is nowhere is shown at fxbox's own code. */
static void set_mm(const struct fx_start_layout *layout, const struct fx_proc_places *places,
		   struct prctl_mm_map *map)
{
	struct fx_proc_places at = *places;

	if (at.code.start >= at.code.end)
		at.code = (struct fx_span){(uintptr_t)__executable_start, (uintptr_t)etext};
	if (!at.data.end)
		at.data = at.code;
	if (!at.brk)
		at.brk = FX_PAGE_UP(at.code.end);
	*map = (struct prctl_mm_map){
		.start_code = at.code.start,
		.end_code = at.code.end,
		.start_data = at.data.start,
		.end_data = at.data.end,
		/* Not that by which the host would serve brk(2): the guest's is emulated. */
		.start_brk = at.brk,
		.brk = at.brk,
		.start_stack = layout->sp,
		.arg_start = layout->arg_start,
		.arg_end = layout->arg_end,
		.env_start = layout->env_start,
		.env_end = layout->env_end,
		.auxv = (void *)layout->auxv,
		.auxv_size = (unsigned int)layout->auxv_size,
		.exe_fd = (unsigned int)-1,
	};
	if (prctl(PR_SET_MM, PR_SET_MM_MAP, map, sizeof(*map), 0) < 0)
		*map = (struct prctl_mm_map){0};
	/* Told once; it lies in memory that is the guest's from now on. */
	map->auxv = NULL;
	map->auxv_size = 0;
}

void fx_proc_identity_set(const char *name, const struct fx_start_layout *layout,
			  const struct fx_proc_places *places, struct prctl_mm_map *map)
{
	const char *slash = strrchr(name, '/');

	prctl(PR_SET_NAME, slash ? slash + 1 : name, 0, 0, 0);
	set_mm(layout, places, map);
}
