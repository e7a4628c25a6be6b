/* SPDX-License-Identifier: MIT */
#include "tests/differential/memory.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096UL

/* Below vm.mmap_min_addr's default, so nothing of this process will ever be there. */
#define NEVER_MAPPED 0x8000UL

/* Behind the long list: where words may be. */
#define SPARE 2000

static struct node *nodes;
static unsigned word_node[WORDS], next_spare;
static uintptr_t read_only_offset = 64;
static char *pages; /* writable, without access, read-only */
static pid_t named[MAX_WORKERS];

void memory_init(void)
{
	nodes = mmap(NULL, (LONG_LIST + SPARE) * sizeof(*nodes), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (nodes == MAP_FAILED || pages == MAP_FAILED)
		err(2, "mmap");
	memset(pages, 0, 3 * PAGE);
	if (mprotect(pages + PAGE, PAGE, PROT_NONE) != 0 ||
	    mprotect(pages + 2 * PAGE, PAGE, PROT_READ) != 0)
		err(2, "mprotect");
	for (unsigned i = 0; i < WORDS; i++)
		memory_move((enum place)i);
}

void memory_move(enum place place)
{
	if (place == PLACE_READ_ONLY)
		read_only_offset += 4;
	else
		word_node[place] = LONG_LIST + next_spare++;
}

struct node *memory_node(unsigned index)
{
	return &nodes[index < WORDS ? word_node[index] : index - LONG_LIST_FIRST];
}

uint32_t *memory_word(unsigned index)
{
	return &memory_node(index)->word;
}

uintptr_t memory_place(enum place place)
{
	uintptr_t page = (uintptr_t)pages;

	switch (place) {
	case PLACE_EDGE:
		return page + PAGE - 4;
	case PLACE_READ_ONLY:
		return page + 2 * PAGE + read_only_offset;
	case PLACE_NULL:
		return 0;
	case PLACE_UNMAPPED:
		return NEVER_MAPPED;
	case PLACE_NO_ACCESS:
		return page + PAGE + 64;
	case PLACE_MISALIGNED:
		return (uintptr_t)memory_word(0) + 2;
	case PLACE_MISALIGNED_UNMAPPED:
		return NEVER_MAPPED + 1;
	case PLACE_CROSSING:
		return page + PAGE - 2;
	case PLACE_USER_TOP:
		return 0x7fffffffeffcUL;
	case PLACE_KERNEL:
		return 0xffff888000000000UL;
	case PLACE_NON_CANONICAL:
		return 0x0000900000000000UL;
	default:
		return (uintptr_t)memory_word((unsigned)place);
	}
}

const char *memory_place_name(enum place place)
{
	static const char *const names[PLACES] = {
		"word0",
		"word1",
		"word2",
		"word3",
		"word4",
		"word5",
		[PLACE_EDGE] = "edge",
		[PLACE_READ_ONLY] = "read-only",
		[PLACE_NULL] = "NULL",
		[PLACE_UNMAPPED] = "unmapped",
		[PLACE_NO_ACCESS] = "no-access",
		[PLACE_MISALIGNED] = "misaligned",
		[PLACE_MISALIGNED_UNMAPPED] = "misaligned-unmapped",
		[PLACE_CROSSING] = "crossing",
		[PLACE_USER_TOP] = "user-top",
		[PLACE_KERNEL] = "kernel",
		[PLACE_NON_CANONICAL] = "non-canonical",
	};

	return names[place];
}

uint32_t memory_value(enum place place)
{
	return place < PLACES_TO_WAIT ? *(const volatile uint32_t *)memory_place(place) : 0;
}

void memory_name_thread(unsigned worker, pid_t tid)
{
	named[worker] = tid;
}

static int find_thread(uint32_t tid)
{
	for (int i = 0; i < MAX_WORKERS; i++)
		if (tid != 0 && (uint32_t)named[i] == tid)
			return i;
	return -1;
}

void memory_describe(uint32_t value, bool thread, char *out, size_t size)
{
	int worker = thread ? find_thread(value & FUTEX_TID_MASK) : -1;

	if (worker < 0 && (value & FUTEX_TID_MASK) != DEAD_TID) {
		snprintf(out, size, "%#x", value);
		return;
	}
	snprintf(out, size, "%s%c%s%s", worker < 0 ? "dead" : "w", worker < 0 ? ' ' : '0' + worker,
		 value & FUTEX_WAITERS ? "|waiters" : "", value & FUTEX_OWNER_DIED ? "|died" : "");
}
