/* SPDX-License-Identifier: MIT */
/* A system call in progress, and the table that says what becomes of each. */
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

enum fx_verdict {
	FX_EMULATED,	/* answered by the shim */
	FX_PASSTHROUGH, /* goes to the host as it is */
	FX_PARTIAL,	/* goes to the host but for some arguments */
	FX_DENIED,	/* the policy refuses it */
	FX_UNSUPPORTED, /* ENOSYS and a record */
};

/* Returns what the guest finds in rax; -FX_EBAIL: not begun, execute it anew. */
typedef long fx_handler(struct fx_thread *t, struct fx_call *c);

struct fx_syscall {
	const char *name; /* NULL: no such number */
	fx_handler *handler;
	const char *args; /* one letter an argument, see syscalls.tbl */
	uint8_t verdict;
	uint8_t restart;
};

#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man) fx_handler handler;
#include "shim/base/kernel_signal.h"
#include "shim/syscalls.tbl"
#undef FX_SYSCALL

#define FX_SYSCALL_LAST 470
extern const struct fx_syscall fx_syscall_rows[FX_SYSCALL_LAST + 1]; /* dispatch.c */

/* NULL for a number without a row. */
static inline const struct fx_syscall *fx_syscall_get(long nr)
{
	if (nr < 0 || nr > FX_SYSCALL_LAST || !fx_syscall_rows[nr].name)
		return NULL;
	return &fx_syscall_rows[nr];
}

#endif
