/* SPDX-License-Identifier: MIT */
/*
 * AArch64 at EL1: a core sleeps by WFE, and SEV is the kick. A SEV that comes before the WFE is
 * kept in the core's event register, so none is lost. Deadlines come by the generic timer's event
 * stream, which ends a WFE some thousand times a second: no interrupt controller is needed.
 */
#include "manager/platform_bare/cpu.h"

/* So many events a second at least. */
#define EVENTS_HZ 1000

void fx_bare_cpu_init(unsigned core)
{
	uint64_t bit = 0;

	/* An event at each change of this bit of the counter; there are four to say which. */
	while (bit < 15 && (fx_bare_cpu_hz() >> (bit + 1)) > EVENTS_HZ)
		bit++;
	__asm__ volatile("msr tpidr_el1, %0" : : "r"((uint64_t)core));
	/* CNTKCTL_EL1: EVNTEN, EVNTI. */
	__asm__ volatile("msr cntkctl_el1, %0\n\tisb" : : "r"(bit << 4 | 1 << 2));
}

unsigned fx_bare_cpu_self(void)
{
	uint64_t core;

	__asm__ volatile("mrs %0, tpidr_el1" : "=r"(core));
	return (unsigned)core;
}

uint64_t fx_bare_cpu_ticks(void)
{
	uint64_t ticks;

	/* Not before what came earlier in the program. */
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
}

uint64_t fx_bare_cpu_hz(void)
{
	uint64_t hz;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

void fx_bare_cpu_idle(uint64_t until)
{
	if (until == FX_BARE_NEVER || fx_bare_cpu_ticks() < until)
		__asm__ volatile("wfe" : : : "memory");
}

/* All cores; the others sleep on. */
void fx_bare_cpu_kick(unsigned core)
{
	(void)core;
	/* What it is told about is to be seen by whoever wakes. */
	__asm__ volatile("dsb ish\n\tsev" : : : "memory");
}

void fx_bare_cpu_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

/* The frame that switch_aarch64.S pops: x19 to x28, x29, x30. */
void *fx_bare_stack(void *top, void (*entry)(void))
{
	uint64_t *frame = (uint64_t *)top - 12;

	for (int i = 0; i < 11; i++)
		frame[i] = 0;
	frame[11] = (uint64_t)entry;
	return frame;
}
