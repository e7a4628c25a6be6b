/* SPDX-License-Identifier: MIT */
/* All that is known of a dump's threads: what each does, what it waits for, who holds that. */
#ifndef LOADER_REPORT_THREADS_THREADS_H
#define LOADER_REPORT_THREADS_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/report/threads/dump_read.h"
#include "loader/report/threads/modules.h"
#include "loader/report/threads/place.h"
#include "loader/report/threads/stack.h"
#include "loader/report/threads/wait_kind.h"

enum fx_owner {
	FX_OWNER_UNKNOWN, /* this kind of lock names none, or it cannot be read */
	FX_OWNER_NOBODY,  /* it is free: who waits is about to go on */
	FX_OWNER_THREAD,  /* of this process */
	FX_OWNER_GONE,	  /* a thread that is not in it */
	FX_OWNER_DIED,	  /* of a robust lock: it ended with it, as the kernel noted */
};

/*
 * A lock's owner is believed only if two things say so that do not depend on one another: see
 * lock.c, which has them.
 */
struct fx_wait {
	bool waits; /* on a word; else nothing below is set but `user` */
	enum fx_wait_kind kind;
	enum fx_wait_library library;
	const char *function; /* that the program called; NULL: not known */
	size_t user;	      /* the first frame of the program's own */
	bool by_function;     /* the stack says what it is */
	bool by_fields;	      /* so does what lies around the word */
	uint64_t object;      /* where it begins, as far as that is known */
	struct fx_place place;
	uint32_t now;	  /* the word */
	bool now_known;	  /* it is in the dump */
	const char *type; /* of a mutex: "recursive", ...; NULL: normal, or not known */
	enum fx_owner owner;
	uint32_t owner_tid; /* FX_OWNER_THREAD, FX_OWNER_GONE */
	bool refused;	    /* a mutex that Linux would not wait for, and nobody knows which */
	bool certain;	    /* two witnesses for the owner */
	uint32_t count;	    /* barrier: for how many; reader-writer lock: by how many it is read */
	uint32_t arrived;   /* barrier: how many have come */
};

struct fx_thread_report {
	const struct fx_dump_task *task;
	struct fx_stack stack;
	struct fx_wait wait;
	size_t next; /* the index of the owner, if that is certain; else FX_NO_THREAD */
};

#define FX_NO_THREAD SIZE_MAX

struct fx_threads {
	struct fx_dump *dump;
	struct fx_modules *modules;
	struct fx_thread_report *thread; /* in the order of the dump */
	size_t threads;
	struct fx_stack *stack; /* of each; shared with `thread` */
	uint32_t once_maker;	/* of fx_maker_only */
	bool all_wait;		/* without a deadline, on words that only this process has */
};

/* Reads it all from a dump and its modules (fx_stack_attach was called). Reads files only. */
void fx_threads_read(struct fx_threads *t, struct fx_dump *dump, struct fx_modules *modules);
void fx_threads_free(struct fx_threads *t);

/* The index of a thread; FX_NO_THREAD if it is not in the dump. */
size_t fx_threads_index(const struct fx_threads *t, uint32_t tid);

/* The name of a frame's function, or NULL. */
const char *fx_threads_function(const struct fx_threads *t, const struct fx_frame *f);

/* Whether a frame is of the C library, or of a runtime's inside. */
bool fx_threads_inside(const struct fx_threads *t, const struct fx_frame *f);

#endif
