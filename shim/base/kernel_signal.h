/* SPDX-License-Identifier: MIT */
/* The kernel's own signal structures, in the one order in which its headers compile. */
#ifndef SHIM_BASE_KERNEL_SIGNAL_H
#define SHIM_BASE_KERNEL_SIGNAL_H

#include <stddef.h>

#include <asm/signal.h>
#include <asm/siginfo.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>

/* linux/signal.h has these, but would bring in the rest a second time. */
#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM (1U << 31)

/*
 * The state of the processor's other registers, to which a frame points: an area of fixed layout,
 * in which lies what the kernel says of it (struct _fpx_sw_bytes); if that says so, xsave's header
 * and the further components come behind it.
 */
#define FX_STATE_SW	464
#define FX_STATE_LEGACY 512

static inline struct _fpx_sw_bytes fx_state_sw(const unsigned char *state)
{
	struct _fpx_sw_bytes sw;

	__builtin_memcpy(&sw, state + FX_STATE_SW, sizeof(sw));
	return sw;
}

/* How many bytes it takes, magic2 at its end included. */
static inline unsigned fx_state_size(const unsigned char *state)
{
	struct _fpx_sw_bytes sw = fx_state_sw(state);

	return sw.magic1 == FP_XSTATE_MAGIC1 ? sw.extended_size : FX_STATE_LEGACY;
}

#endif
