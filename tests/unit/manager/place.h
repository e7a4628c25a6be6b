/* SPDX-License-Identifier: MIT */
/*
 * All that the conformance suite and the stress need of where they run, so that they run where
 * there is neither a C library's thread nor a process: place_posix.c, place_win32.c,
 * tests/bare/place_bare.c. The functions may be called by any thread of a test; none allocates
 * but place_memory.
 */
#ifndef TESTS_UNIT_MANAGER_PLACE_H
#define TESTS_UNIT_MANAGER_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "manager/platform.h"

extern const char place_name[];

/* The platform under test. */
extern const struct fx_platform_ops *const place_platform;

/* The caller's, from place_start until place_join has returned. */
struct place_thread {
	void *(*run)(void *);
	void *arg;
	void *own; /* the place's */
};

/* Starts a thread that runs run(arg). Ends the program if there can be no more threads. */
void place_start(struct place_thread *t, void *(*run)(void *), void *arg);

/* Returns when the thread has ended, and sees all that it did. */
void place_join(struct place_thread *t);

/* Lets others run, if there are any. */
void place_yield(void);

/* Why no signal can end a park here, or NULL: then place_interrupt sends the thread one. */
extern const char *const place_lacks_signals;
void place_interrupt(struct place_thread *t);

/*
 * Puts the clock of FX_CLOCK_REALTIME, as the platform under test sees it, so many seconds ahead.
 * Returns why that cannot be done here, or NULL.
 */
const char *place_set_clock(int64_t seconds);

/*
 * Guest memory as the platform has it, or NULL and why it has none: then a word of its own that
 * is not there, and one that can only be read and is 0.
 */
extern const struct fx_memory_ops *const place_memory_ops;
extern const char *const place_lacks_memory;
uintptr_t place_hole(void);
uintptr_t place_read_only(void);

/* Zeroed, aligned to 64 bytes; NULL: there is no more. */
void *place_memory(size_t bytes);
void place_memory_free(void *memory);

/* To where results go: at once, so that they are there if the next thing is a hang. */
void place_print(const char *text);

/* Ends the program; its status is 0 or another. */
_Noreturn void place_exit(int status);

#endif
