/* SPDX-License-Identifier: MIT */
/* What who boots an x86-64 machine has to do for this platform. */
#ifndef MANAGER_PLATFORM_BARE_CPU_X86_64_H
#define MANAGER_PLATFORM_BARE_CPU_X86_64_H

#include <stdint.h>

/* Interrupts are off, but where a core sleeps; this vector leads to this handler. */
#define FX_BARE_VECTOR 0x40
void fx_bare_interrupt(void);

/* Before any core is initialised: how fast the TSC and the local APIC's timer count. */
void fx_bare_cpu_set_hz(uint64_t tsc_hz, uint64_t apic_hz);

#endif
