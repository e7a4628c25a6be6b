/* SPDX-License-Identifier: MIT */
/* A system call in progress. */
#ifndef SHIM_BASE_CALL_H
#define SHIM_BASE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fx_thread;

struct fx_call {
	long nr;
	unsigned long arg[6]; /* copied from the registers once */
	uintptr_t site;	      /* address after the syscall instruction */
	struct ucontext *uc;  /* the guest's registers; the result goes to rax on the way out */
	uint8_t restart;      /* enum fx_restart: the row's, unless the handler knows better */
	bool no_result;	      /* rt_sigreturn: rax and the rest are set already */
};

/* Linux's own classes of interrupted calls, see signal(7). */
enum fx_restart {
	FX_RESTART_NONE,   /* is never interrupted */
	FX_RESTART_SYS,	   /* ERESTARTSYS: the handler's SA_RESTART decides */
	FX_RESTART_NOHAND, /* ERESTARTNOHAND: EINTR if a handler ran */
	FX_RESTART_BLOCK,  /* ERESTART_RESTARTBLOCK: EINTR if a handler ran */
	FX_RESTART_EINTR,  /* EINTR in any case */
	FX_RESTART_RECV,   /* ERESTARTSYS, but EINTR on a socket with SO_RCVTIMEO */
	FX_RESTART_SEND,   /* the same with SO_SNDTIMEO */
};

#endif
