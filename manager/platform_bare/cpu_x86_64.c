/* SPDX-License-Identifier: MIT */
/*
 * x86-64 in ring 0: a core sleeps by HLT with interrupts on, which are off everywhere else. A kick
 * is an interrupt from another core, a deadline one from the local APIC's timer. One that comes
 * before the HLT waits, since STI lets the next instruction begin first: so none is lost.
 */
#include "manager/platform_bare/cpu_x86_64.h"

#include "manager/platform_bare/bare.h"
#include "manager/platform_bare/cpu.h"

/* The local APIC, where it is after a reset; of 32 bits each. */
#define APIC		   ((volatile uint32_t *)0xfee00000)
#define APIC_ID		   (0x020 / 4)
#define APIC_SPURIOUS	   (0x0f0 / 4)
#define APIC_COMMAND	   (0x300 / 4)
#define APIC_TARGET	   (0x310 / 4)
#define APIC_TIMER	   (0x320 / 4)
#define APIC_COUNT	   (0x380 / 4)
#define APIC_DIVIDE	   (0x3e0 / 4)

#define APIC_ENABLE	   0x100
#define APIC_COMMAND_BUSY  0x1000
#define APIC_DIVIDE_BY_ONE 0xb

#define MSR_GS_BASE	   0xc0000101

static uint64_t tsc_hz, apic_hz;
static uint32_t apic_ids[FX_BARE_CORES_MAX];
static uint32_t numbers[FX_BARE_CORES_MAX]; /* each core's GS points to its own */

void fx_bare_cpu_set_hz(uint64_t tsc, uint64_t apic)
{
	tsc_hz = tsc;
	apic_hz = apic;
}

void fx_bare_cpu_init(unsigned core)
{
	uintptr_t base = (uintptr_t)&numbers[core];

	numbers[core] = core;
	__asm__ volatile("wrmsr"
			 :
			 : "c"(MSR_GS_BASE), "a"((uint32_t)base), "d"((uint32_t)(base >> 32)));
	apic_ids[core] = APIC[APIC_ID] & 0xff000000U;
	APIC[APIC_SPURIOUS] = APIC_ENABLE | 0xff;
	APIC[APIC_DIVIDE] = APIC_DIVIDE_BY_ONE;
	APIC[APIC_TIMER] = FX_BARE_VECTOR; /* once, when the count is 0 */
}

unsigned fx_bare_cpu_self(void)
{
	uint32_t core;

	__asm__ volatile("movl %%gs:0, %0" : "=r"(core));
	return core;
}

uint64_t fx_bare_cpu_ticks(void)
{
	uint32_t low, high;

	/* Not before what came earlier in the program. */
	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

uint64_t fx_bare_cpu_hz(void)
{
	return tsc_hz;
}

/* In steps of the local timer; a longer time is slept in parts. */
static uint32_t count_until(uint64_t until)
{
	const uint64_t now = fx_bare_cpu_ticks();
	uint64_t left = until > now ? until - now : 0;

	if (left >= tsc_hz)
		left = tsc_hz;
	left = left * (apic_hz / 1000) / (tsc_hz / 1000) + 1;
	return left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
}

void fx_bare_cpu_idle(uint64_t until)
{
	/* 0 stops the timer. */
	APIC[APIC_COUNT] = until == FX_BARE_NEVER ? 0 : count_until(until);
	__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

void fx_bare_cpu_kick(unsigned core)
{
	while (APIC[APIC_COMMAND] & APIC_COMMAND_BUSY)
		fx_bare_cpu_relax();
	APIC[APIC_TARGET] = apic_ids[core];
	APIC[APIC_COMMAND] = FX_BARE_VECTOR;
}

void fx_bare_cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}
