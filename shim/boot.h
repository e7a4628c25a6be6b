/* SPDX-License-Identifier: MIT */
/*
 * What the hosted lives of fxbox and the freestanding one say to each other:
 * the boot block (life 1 to life 2) and the hand-over state (life 2 to the
 * next fxbox in the same process: after a guest's execve, or for the report).
 */
#ifndef SHIM_BOOT_H
#define SHIM_BOOT_H

#include <linux/prctl.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Descriptors that fxbox keeps, as offsets from fx_boot.fd_base. They are above the soft limit if
 * they can be (ADR 29), or above what programs use; not open to any call of the guest's, and not
 * close-on-exec, since only fxbox is ever executed.
 */
enum fx_fd {
	FX_FD_EXE,	/* fxbox itself, O_PATH */
	FX_FD_LOG,	/* --log FILE, O_APPEND; without --log FX_FD_EXE again */
	FX_FD_REPORT,	/* a dup of the first fxbox's stderr, made in life 1 */
	FX_FD_AUDIT,	/* memfd of struct fx_audit_table, shared by the process tree */
	FX_FD_SPARE,	/* FX_FD_EXE again: a place for when all others are taken */
	FX_FD_GUEST,	/* the guest's program; not open where a limit leaves no such number */
	FX_FD_TERMINAL, /* what keeps the terminal's name (loader/confine/terminals.h), or FX_FD_EXE
			   again */
	FX_FD_SCHEDULE, /* the file of the schedule (shim/schedule.h), or FX_FD_EXE again */
	FX_FD_COUNT,
};

enum fx_shared_futex {
	FX_SHARED_REJECT, /* ENOSYS and a record for words other processes can map */
	FX_SHARED_STRICT, /* for every operation without FUTEX_PRIVATE_FLAG but exit words */
	FX_SHARED_HOST,	  /* forwarded to the host kernel */
};

enum fx_trace {
	FX_TRACE_NONE,
	FX_TRACE_FUTEX, /* futex family only */
	FX_TRACE_ALL,
};

/* When a call site is patched, so that its calls reach the shim without a trap: patch.h. */
enum fx_intercept {
	FX_INTERCEPT_TRAP,  /* never */
	FX_INTERCEPT_PATCH, /* when it has trapped often enough to pay for it */
	FX_INTERCEPT_EAGER, /* when it has trapped once */
};

/* How trampolines find the block of their thread: patch/find.h. */
enum fx_find {
	FX_FIND_GS,
	FX_FIND_FS,
};

/* What is done when every thread waits for ever: hang/stuck.h. */
enum fx_deadlock {
	FX_DEADLOCK_REPORT,
	FX_DEADLOCK_ABORT, /* and then SIGABRT */
	FX_DEADLOCK_IGNORE,
};

/* A program of fxbox's own that runs as a guest does, of which nothing is told. */
enum fx_aside {
	FX_ASIDE_NOT,
	FX_ASIDE,
	FX_ASIDE_LOGS, /* and FX_FD_LOG is a log, to which it may add a record */
};

/* How the process is confined; the first six also choose the body of the filter. */
enum fx_confine_bits {
	FX_CONFINED = 1,
	FX_CONFINE_METADATA = 2, /* owners, modes, times and attributes may be changed */
	FX_CONFINE_NET = 4,
	FX_CONFINE_UNIX = 8,
	FX_CONFINE_IPC = 16, /* has an IPC namespace of its own */
	FX_CONFINE_TCP =
		32, /* of the network TCP alone, whose ports Landlock judges; less than NET */
	FX_CONFINE_BODIES = 64,
	FX_CONFINE_MOUNTS = 64, /* has a mount namespace of its own */
	FX_CONFINE_ONLY = 128,	/* and a root with nothing but what is to be seen */
};

/* What the user asked for; carried unchanged through fork and exec. */
struct fx_config {
	int32_t fd_base;   /* see enum fx_fd */
	int32_t root_pid;  /* the process that `fxbox run` became: it reports at its end */
	uint8_t shared;	   /* enum fx_shared_futex */
	uint8_t trace;	   /* enum fx_trace */
	uint8_t log;	   /* FX_FD_LOG is open */
	uint8_t quiet;	   /* no text report at the end */
	uint8_t color;	   /* the report descriptor is a terminal */
	uint8_t confine;   /* enum fx_confine_bits; 0 with --no-confine */
	uint8_t intercept; /* enum fx_intercept */
	uint8_t gather; /* what --trace and --profile=locks write goes to a regular file: gather.h
			 */
	uint32_t spin;	/* looks at a word before a wait sleeps, at most */
	uint8_t tsc;	/* the host keeps its time by the processor's counter: clock.h */
	uint8_t on_deadlock; /* enum fx_deadlock */
	uint8_t on_crash;    /* the report of threads after a crash */
	uint8_t locks;	     /* waits that are long are told: hang/long_wait.h */
	uint8_t aside;	     /* enum fx_aside */
	uint8_t signalfd; /* there may be a signalfd of signals that the shim has: signals/lend.h */
	uint8_t scheduled; /* its threads take turns: schedule/turn.h */
	uint8_t points;	   /* enum fx_points */
	uint8_t find;	   /* enum fx_find */
	uint64_t seed;	   /* of its schedule, and of what is random to it */
};

#define FX_BOOT_TEXTS 8

struct sock_fprog;

/* Life 1 to life 2. Owned by the caller of fx_start; copied by it. */
struct fx_boot {
	struct fx_config config;
	uintptr_t entry;     /* first guest instruction: the interpreter's, or the program's */
	uintptr_t stack;     /* guest's initial stack pointer, at argc */
	uintptr_t brk_start; /* page-aligned end of the program's bss */
	size_t data_size;    /* of its last segment in the file: what RLIMIT_DATA counts of it */
	struct prctl_mm_map map; /* what the kernel was told of its memory; zero if it takes none */
	uintptr_t own_start;	 /* fxbox's image, text to bss, page-aligned */
	uintptr_t own_end;
	uintptr_t heap_start; /* life 1's own heap, which goes when life 2 begins; 0 if not known */
	uintptr_t heap_end;
	/* Segments of program and interpreter with code and nothing but; 0, 0 if there are less. */
	struct {
		uintptr_t start, end;
		uint64_t offset; /* in its file, of the first page */
		uint8_t own;	 /* the program's; else the interpreter's */
	} text[FX_BOOT_TEXTS];
	int interp_fd;		/* the interpreter's file, or -1 */
	uint64_t sigmask;	/* the guest's signal mask, SIGSEGV and its kind included */
	uint64_t ignored_sync;	/* of FX_SYNC_SIGNALS: those the guest ignores */
	const void *sent_traps; /* siginfo_t of SIGSYS that was sent for the guest meanwhile */
	unsigned sent_traps_count;
	size_t minsigstksz; /* AT_MINSIGSTKSZ */
	/* The seccomp program to install; NULL when an earlier fxbox did. */
	const struct sock_fprog *filter;
	char exe[4096]; /* absolute path of the guest's program, for /proc/self/exe */
};

/*
 * Installs handlers and filter and enters the guest. Hosted state (TLS, libc)
 * must not be needed any more. Never returns; a failure ends the process with
 * status 125 after one line on the report descriptor.
 */
_Noreturn void fx_start(const struct fx_boot *boot);

enum fx_handover_kind { FX_HANDOVER_EXEC = 1, FX_HANDOVER_REPORT = 2, FX_HANDOVER_THREADS = 3 };

#define FX_HANDOVER_MAGIC 0x3166666f78627866ULL

/*
 * Life 2 to the next fxbox, as the first string of its environment: FX_HANDOVER_ENV, the members
 * before path as hexadecimal digits of their bytes, a colon, and path. Nothing else of a process
 * outlives an exec whatever the limits on its files and descriptors are, and is not
 * shared with others. fxbox recognises itself by AT_EXECFN "/dev/fd/N" and this string.
 */
#define FX_HANDOVER_ENV "FXBOX_HANDOVER="

struct fx_handover {
	uint64_t magic;
	uint32_t size; /* sizeof(struct fx_handover): another build may be another shape */
	uint32_t kind; /* enum fx_handover_kind */
	struct fx_config config;
	uint64_t sigmask;
	uint64_t ignored_sync;
	int32_t pid;	 /* whose hand-over this is */
	int32_t status;	 /* REPORT: the guest's exit status, if signal is 0; THREADS: whose dump */
	int32_t signal;	 /* REPORT: the signal the guest died of; THREADS: enum fx_dump_reason */
	int32_t fd;	 /* EXEC: what to run, open for reading, to be closed; THREADS: the dump */
	int32_t unnamed; /* EXEC: it was named by that descriptor alone */
	char path[4128]; /* EXEC: its name, as the guest gave it or /dev/fd/N or /dev/fd/N/NAME */
};

/* Bytes of the string, NUL included, at most. */
#define FX_HANDOVER_FIXED offsetof(struct fx_handover, path)
#define FX_HANDOVER_STRING                                                                         \
	(sizeof(FX_HANDOVER_ENV) + 2 * FX_HANDOVER_FIXED + 1 +                                     \
	 sizeof(((struct fx_handover *)0)->path))

#endif
