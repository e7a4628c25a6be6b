/* SPDX-License-Identifier: MIT */
#include "manager/platform_bare/cpu.h"

/* The frame that switch_x86_64.S pops, and above it a place for entry's return address. */
void *fx_bare_stack(void *top, void (*entry)(void))
{
	uint64_t *frame = (uint64_t *)top - 8;

	for (int i = 0; i < 8; i++)
		frame[i] = 0;
	frame[6] = (uint64_t)entry;
	return frame;
}
