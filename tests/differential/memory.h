/* SPDX-License-Identifier: MIT */
/*
 * The memory that the operations work on, and its canonical form.
 *
 * Addresses and thread ids differ from run to run, so neither is ever printed:
 * an address has a name, and a word that holds a thread's id says which
 * worker's. All words lie in entries of robust lists, so that any of them can be
 * what an exiting thread owned.
 */
#ifndef TESTS_DIFFERENTIAL_MEMORY_H
#define TESTS_DIFFERENTIAL_MEMORY_H

#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Words that operations compute with, and behind them those that hold thread ids
 * and what goes with these: arithmetic on an id would not be the same twice.
 */
#define PLAIN_WORDS 4
#define WORDS	    6

#define MAX_WORKERS 4

/* No thread has this id: it is beyond the kernel's PID_MAX_LIMIT. */
#define DEAD_TID 0xf00001U

struct node {
	struct robust_list list;
	uint32_t word;
	uint32_t padding;
};

/* Nodes from here on are for lists longer than the kernel's limit of 2048. */
#define LONG_LIST_FIRST WORDS
#define LONG_LIST	2056

enum place {
	PLACE_WORD_0, /* and so on */
	PLACE_EDGE = WORDS, /* the last word of a page, before one without access */
	PLACE_READ_ONLY,
	PLACES_TO_WAIT,
	PLACE_NULL = PLACES_TO_WAIT,
	PLACE_UNMAPPED,
	PLACE_NO_ACCESS,
	PLACE_MISALIGNED,
	PLACE_MISALIGNED_UNMAPPED,
	PLACE_CROSSING, /* misaligned, half of it without access */
	PLACE_USER_TOP, /* the last word that could be the user's */
	PLACE_KERNEL,
	PLACE_NON_CANONICAL,
	PLACES,
};

void memory_init(void);

/* For index < WORDS that of a word. */
struct node *memory_node(unsigned index);
uint32_t *memory_word(unsigned index);
uintptr_t memory_place(enum place place);
/* To another address: of a word or the read-only place. See buckets.h. */
void memory_move(enum place place);
const char *memory_place_name(enum place place);

/* What an operation that compares would find; 0 where nothing can be read. */
uint32_t memory_value(enum place place);

/* Which thread ids mean which worker; a thread that has ended keeps its name until it is replaced. */
void memory_name_thread(unsigned worker, pid_t tid);

/*
 * "0x7", or where it may be a thread id "w2|waiters": at most 40 bytes. Elsewhere
 * arithmetic can make a number that happens to be one.
 */
void memory_describe(uint32_t value, bool thread, char *out, size_t size);

#endif
