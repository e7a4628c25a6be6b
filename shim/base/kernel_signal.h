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

#endif
