/* SPDX-License-Identifier: MIT */
/*
 * A dump of a process's threads: what life 2 writes (shim/hang/) and fxbox-report reads
 * (loader/report/threads/). It is an ELF core file, as core(5) and the kernel's
 * fs/binfmt_elf.c have it, so that gdb opens it too:
 *
 *   PT_NOTE   of "CORE": NT_PRSTATUS for each thread (the one that is to be told first comes
 *             first), NT_PRPSINFO, NT_AUXV (the guest's), NT_FILE (its mappings with files),
 *             NT_SIGINFO (after a crash); and of FX_DUMP_NAME: one FX_DUMP_PROCESS, and one
 *             FX_DUMP_THREAD for each thread, in the order of NT_PRSTATUS.
 *   PT_LOAD   what was copied of memory, p_filesz == p_memsz: stacks from the red zone below
 *             the stack pointer up to FX_DUMP_STACK bytes, the words that are waited for, or were
 * refused, with FX_DUMP_AROUND bytes before and behind, the vDSO. Text and constant data are in the
 * files that NT_FILE names.
 *
 * A core file of the kernel's or of gdb's has no notes of FX_DUMP_NAME; all in it is read that can
 * be.
 */
#ifndef SHIM_THREAD_DUMP_H
#define SHIM_THREAD_DUMP_H

#include <stdint.h>

#define FX_DUMP_NAME "FXBOX"

enum fx_dump_note {
	FX_DUMP_PROCESS = 0x66780001,
	FX_DUMP_THREAD = 0x66780002,
};

#define FX_DUMP_VERSION 2
#define FX_DUMP_STACK	65536
#define FX_DUMP_AROUND	128

/* Why it was made. */
enum fx_dump_reason {
	FX_DUMP_ASKED,	    /* fxbox threads PID */
	FX_DUMP_STUCK,	    /* every thread waits, and nothing can come */
	FX_DUMP_STUCK_SOFT, /* every thread waits; only a signal's handler, see handlers, can go on
			     */
	FX_DUMP_CYCLE,	    /* a cycle of locks may be in it, beginning with the first thread */
	FX_DUMP_QUIT,	    /* SIGQUIT */
	FX_DUMP_TIMEOUT,    /* --timeout */
	FX_DUMP_CRASH,	    /* it dies of signo; NT_SIGINFO */
};

enum fx_dump_state {
	FX_DUMP_RUNS,	 /* guest code */
	FX_DUMP_IN_CALL, /* in the system call nr, not at a futex of the manager's */
	FX_DUMP_WAITS,	 /* asleep on a futex word, see uaddr */
	FX_DUMP_GONE,	 /* could not be stopped in time: its registers are not known */
};

struct fx_dump_process {
	uint32_t version; /* FX_DUMP_VERSION */
	uint32_t reason;  /* enum fx_dump_reason */
	int32_t pid;
	int32_t ppid;
	uint32_t signo;
	uint32_t threads;  /* how many there are; more than have notes if some could not be told */
	uint64_t handlers; /* bit n-1: the guest has a handler for signal n */
	uint64_t realtime_ns; /* CLOCK_REALTIME when it was made */
	uint64_t pause_ns;    /* for how long threads that ran were stopped */
	char exe[256];	      /* the guest's program, cut off if longer */
};

struct fx_dump_thread {
	int32_t tid;
	uint32_t state; /* enum fx_dump_state */
	int64_t nr;	/* the system call that it is in, -1: none */
	uint64_t arg[6];
	uint64_t since_ns; /* for how long it is in it; 0: not known */
	int64_t left_ns;   /* to the wait's deadline; -1: it has none, or it is not known */
	/* FX_DUMP_WAITS: the first word that it waits for, and what it was to be. */
	uint64_t uaddr;
	uint32_t expected;
	uint32_t bitset;
	uint32_t owner;	  /* of a priority inheritance word, as the manager knows; 0: not known */
	uint32_t flags;	  /* 0 */
	uint64_t refused; /* such a word that it was not given the last time that it was refused
			     one: its owner had ended or waited for this thread; 0: never */
	uint64_t blocked; /* signal mask of the guest */
	uint64_t clear_child_tid; /* the word of set_tid_address(2): glibc's pthread_t lies around
				     it */
	uint64_t robust_list;	  /* set_robust_list(2), 0: none */
	char name[16];		  /* comm */
};

#endif
