/* SPDX-License-Identifier: MIT */
/*
 * What a log of --profile=locks tells: waits that were long, who ended them, and the stacks of both
 * with what lies where. Whoever wrote the log may have been hostile: what does not fit is left out.
 */
#ifndef LOADER_REPORT_LOCKS_LOCK_LOG_H
#define LOADER_REPORT_LOCKS_LOCK_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

#define FX_LOCK_SLICE	16384 /* bytes of a stack that are told at most */
#define FX_LOCK_UNKNOWN SIZE_MAX

/* A process as long as it executes one program. */
struct fx_lock_image {
	unsigned run; /* of several logs */
	int64_t pid;
	unsigned number; /* that of its program: they are counted by pid */
};

/* What lies where in a process; those with the same files share one. */
struct fx_lock_module {
	uint64_t start;
	char *path; /* owned */
};
struct fx_lock_space {
	struct fx_lock_module *module;
	size_t modules;
	size_t image; /* the one that it is of, as an index */
};

enum fx_lock_register {
	FX_LOCK_RIP,
	FX_LOCK_RSP,
	FX_LOCK_RBP,
	FX_LOCK_RBX,
	FX_LOCK_R12,
	FX_LOCK_R13,
	FX_LOCK_R14,
	FX_LOCK_R15,
	FX_LOCK_REGISTERS
};

struct fx_lock_stack {
	size_t image, space;
	uint64_t number;
	uint64_t reg[FX_LOCK_REGISTERS];
	struct fx_lock_word {
		uint32_t at; /* from the stack pointer, whose last three bits count as 0 */
		uint64_t value;
	} * word;
	size_t words;
	size_t path; /* made by fx_lock_paths_read: an index */
};

struct fx_lock_wait {
	size_t image;
	int64_t tid, begin_us, us;
	uint64_t word, number; /* of the stack; 0: none */
	uint32_t value;
	int op;		     /* of futex(2); -1: another call */
	int64_t owner;	     /* 0: not known */
	int64_t waker, wake; /* 0: not known */
	bool failed;
	size_t stack, by; /* made by fx_lock_log_settle: indices, or FX_LOCK_UNKNOWN */
	size_t lock;	  /* made by fx_lock_paths_read */
};

struct fx_lock_wake {
	size_t image;
	int64_t tid, wake, time_us;
	uint64_t number;
	size_t stack; /* made */
};

struct fx_lock_log {
	struct fx_lock_image *image;
	size_t images;
	struct fx_lock_space *space;
	size_t spaces;
	struct fx_lock_stack *stack; /* settled: in the order of image and number */
	size_t stacks;
	struct fx_lock_wait *wait; /* in the order of the log */
	size_t waits;
	struct fx_lock_wake *wake; /* settled: in the order of image, thread and wake */
	size_t wakes;
	uint64_t left_out; /* records that were no use */
	size_t last;	   /* image that was asked for */
};

/* A record of the log that is being read, number run; others than these are left out. */
void fx_lock_log_add(struct fx_lock_log *l, unsigned run, struct json_object *record);
/* When all is added: sorts, and finds stacks and wakes of waits. */
void fx_lock_log_settle(struct fx_lock_log *l);
void fx_lock_log_free(struct fx_lock_log *l);

#endif
