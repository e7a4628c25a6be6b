/* SPDX-License-Identifier: MIT */
/*
 * A machine of one core whose time passes only when somebody asks for it, in an ordinary process:
 * the platform without an operating system, its scheduler too, under a seed. With FX_STEP_HOOK the
 * manager tells each place where another thread could see what it does; there the seed decides
 * whether another one goes on.
 */
#include "manager/platform_bare/bare.h"
#include "manager/platform_bare/cpu.h"
#include "manager/step.h"
#include "tests/unit/manager/harness.h"

#define HZ 1000000

/* Of so many steps one is followed by another thread's. */
#define STEPS_TO_A_SWITCH 3

static uint64_t ticks;
static uint64_t random_state;

void fx_bare_cpu_init(unsigned core)
{
	(void)core;
}

unsigned fx_bare_cpu_self(void)
{
	return 0;
}

uint64_t fx_bare_cpu_ticks(void)
{
	return ++ticks;
}

uint64_t fx_bare_cpu_hz(void)
{
	return HZ;
}

/* Nothing comes from outside. */
void fx_bare_cpu_idle(uint64_t until)
{
	if (until == FX_BARE_NEVER)
		harness_fail(__FILE__, __LINE__, "all threads sleep, for ever");
	if (ticks < until)
		ticks = until;
}

void fx_bare_cpu_kick(unsigned core)
{
	(void)core;
}

/* Who spins waits for another. */
void fx_bare_cpu_relax(void)
{
	if (fx_bare_self())
		fx_bare_yield();
}

static uint64_t next_random(void)
{
	if (random_state == 0)
		random_state = harness_amount("seed", 1) * 0x9e3779b97f4a7c15ULL + 1;
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state >> 32;
}

void fx_step(enum fx_step_kind kind, const void *address)
{
	(void)address;
	/* What lies between such places is not seen by others. */
	if (kind != FX_STEP_QUEUE && next_random() % STEPS_TO_A_SWITCH == 0)
		fx_bare_yield();
}
