/* SPDX-License-Identifier: MIT */
/* What the platform without an operating system needs of an architecture. */
#ifndef MANAGER_PLATFORM_BARE_CPU_H
#define MANAGER_PLATFORM_BARE_CPU_H

#include <stdint.h>

/* On each core, first: it is the one of this number from now on. */
void fx_bare_cpu_init(unsigned core);

unsigned fx_bare_cpu_self(void);

/* A counter that all cores agree on, and how fast it is; x86-64 is told by who boots. */
uint64_t fx_bare_cpu_ticks(void);
uint64_t fx_bare_cpu_hz(void);

#define FX_BARE_NEVER UINT64_MAX

/*
 * Sleeps until the counter is at `until`, or until a kick: also one that came since this core
 * last slept. May return for no reason.
 */
void fx_bare_cpu_idle(uint64_t until);

/* Wakes this core, or more, from fx_bare_cpu_idle. */
void fx_bare_cpu_kick(unsigned core);

/* A pause inside a spin. */
void fx_bare_cpu_relax(void);

/* Saves where we are to *from and goes on at `to`; returns when somebody goes on at *from. */
void fx_bare_switch(void **from, void *to);

/* A stack, whose end is top, on which fx_bare_switch goes on at entry. */
void *fx_bare_stack(void *top, void (*entry)(void));

#endif
