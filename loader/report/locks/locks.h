/* SPDX-License-Identifier: MIT */
/*
 * What a log of --profile=locks means: locks by name, by the time that was waited for them, and the
 * call paths of who waited and of who let go. Reads the files that the log names.
 */
#ifndef LOADER_REPORT_LOCKS_LOCKS_H
#define LOADER_REPORT_LOCKS_LOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/report/locks/lock_log.h"
#include "loader/report/threads/wait_kind.h"

struct fx_lock_frame {
	char *name;   /* of the function, or `file+0xoffset` */
	char *where;  /* `file:line`; NULL: not known */
	bool guessed; /* found by a search of the stack */
};

/* The function that waits or wakes is the innermost one: what is below is its own business. */
struct fx_lock_path {
	struct fx_lock_frame *frame; /* innermost first */
	size_t frames;
	uint64_t hash; /* of what is in it: equal paths are one */
};

struct fx_lock {
	size_t image;
	uint64_t word;
	enum fx_wait_kind kind;
	char *name; /* "ledger (books.c:12)"; "0x.., ..." */
	uint64_t waits, failed;
	int64_t total_us, longest_us;
};

struct fx_locks {
	struct fx_lock_log *log;
	struct fx_lock_path *path;
	size_t paths;
	struct fx_lock *lock; /* the most time first */
	size_t locks;
};

/* Settles the log, and reads stacks, names and lines; the log lives as long. */
void fx_locks_make(struct fx_locks *l, struct fx_lock_log *log);
void fx_locks_free(struct fx_locks *l);

/* The path of a stack of the log; NULL: there is none, as for FX_LOCK_UNKNOWN. */
const struct fx_lock_path *fx_locks_path(const struct fx_locks *l, size_t stack);

/* Whether somebody has to let go, so that a wait is contention; else it is for something to come.
 */
bool fx_lock_is_held(enum fx_wait_kind kind);

#endif
