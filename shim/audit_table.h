/* SPDX-License-Identifier: MIT */
/*
 * The table of what could not be given to the guest: a memfd that every
 * process of one `fxbox run` maps, filled in life 2 and read in life 3.
 *
 * A slot goes FREE -> CLAIMED (one process writes it) -> READY (text, nr and
 * sub never change again, only count does). The guest shares the mapping's
 * address space, so a reader trusts nothing: every text is bounded anew.
 */
#ifndef SHIM_AUDIT_TABLE_H
#define SHIM_AUDIT_TABLE_H

#include <stdint.h>

#define FX_AUDIT_NAME	   "fxbox-audit" /* of the memfd */

#define FX_AUDIT_SLOTS	   256
#define FX_AUDIT_TEXT	   432
#define FX_AUDIT_MOUNTS	   2048
#define FX_AUDIT_CALLS	   512 /* above every number that has a row */
#define FX_AUDIT_SUBS	   512
#define FX_AUDIT_NOT_THERE 128

enum fx_audit_state { FX_AUDIT_FREE, FX_AUDIT_CLAIMED, FX_AUDIT_READY };

struct fx_audit_slot {
	uint32_t state;	 /* enum fx_audit_state */
	uint32_t nr;	 /* system-call number as the guest gave it */
	uint64_t sub;	 /* the argument that selects a sub-operation, or 0 */
	uint64_t count;	 /* how often, all processes together */
	uint64_t hash;	 /* of what is told together */
	uint64_t others; /* how often it was, in another place and for the first time there */
	/* One line for a person, NUL-terminated, control characters escaped. */
	char text[FX_AUDIT_TEXT];
};

/*
 * `fxbox threads PID`: one question at a time. Who asks takes owner, writes pid and ASKED, sends
 * the process SIGTRAP with FX_ASK_CODE, and waits on state (a futex that is shared). The answer, a
 * dump of threads (shim/thread_dump.h), lies in this file from FX_ASK_FILE_AT on.
 */
enum fx_ask_state { FX_ASK_NONE, FX_ASK_ASKED, FX_ASK_TAKEN, FX_ASK_ANSWERED };

struct fx_ask {
	uint32_t owner;	   /* who asks, as it is numbered there; 0: nobody */
	uint32_t state;	   /* enum fx_ask_state */
	int32_t pid;	   /* who is asked, as it is numbered inside */
	int32_t error;	   /* of the answer, -errno or 0 */
	uint64_t size;	   /* of the dump, bytes */
	uint64_t pause_ns; /* for how long its threads stood still */
};

#define FX_ASK_CODE    (-0x46581) /* si_code; negative, as for all that user space sends */
#define FX_ASK_FILE_AT (1UL << 20)

/* Another build may have another table: its size is in it. */
#define FX_AUDIT_LAYOUT (0x66780000u ^ (uint32_t)sizeof(struct fx_audit_table))

struct fx_audit_table {
	uint32_t layout; /* FX_AUDIT_LAYOUT, for who comes from outside */
	struct fx_ask ask;
	uint64_t dropped;    /* records that found no free slot */
	uint64_t lost;	     /* lines of log and trace that could not be written, */
	uint32_t lost_errno; /* and why not the last of them; 0: the file took no more */
	/*
	 * A bit for each number of system call that was made, and for each whose
	 * record is in the log; keys of the sub-operations that were made, each in its place for
	 * ever, and a bit likewise. audit/calls.c
	 */
	uint64_t used[FX_AUDIT_CALLS / 64];
	uint64_t used_told[FX_AUDIT_CALLS / 64];
	uint64_t sub[FX_AUDIT_SUBS];
	uint64_t sub_told[FX_AUDIT_SUBS / 64];
	/*
	 * Mounts that were read-only before confinement: paths, each with its
	 * NUL, ended by an empty one. Written once, before the guest runs.
	 */
	char read_only[FX_AUDIT_MOUNTS];
	struct fx_audit_slot slot[FX_AUDIT_SLOTS];
	/* With --only, what was looked for where nothing is but places: the text is a path, as it
	 * is. */
	struct fx_audit_slot not_there[FX_AUDIT_NOT_THERE];
	uint64_t not_told; /* how often one found no place there */
};

_Static_assert(sizeof(struct fx_audit_table) <= FX_ASK_FILE_AT, "a dump lies behind it");

#endif
