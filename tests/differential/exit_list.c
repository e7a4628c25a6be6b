/* SPDX-License-Identifier: MIT */
#include "tests/differential/exit_list.h"

#include <linux/futex.h>

#include "tests/differential/memory.h"
#include "tests/differential/record.h"
#include "tests/differential/rng.h"

#define LIMIT	2048 /* the kernel's ROBUST_LIST_LIMIT */
#define PI_FLAG 1UL

static struct robust_list_head head;
static unsigned long_length;

static struct robust_list *entry(unsigned index, bool pi)
{
	return (struct robust_list *)((uintptr_t)&memory_node(index)->list | (pi ? PI_FLAG : 0));
}

static void own(struct rng *r, const struct worker *w, unsigned index)
{
	uint32_t n = rng_below(r, 10);

	if (n < 8)
		*memory_word(index) = (uint32_t)w->tid | (n < 6 ? FUTEX_WAITERS : 0) |
				      (n == 5 ? FUTEX_OWNER_DIED : 0);
	else if (n == 8)
		*memory_word(index) = 0;
}

/* What the last entry points to. */
static struct robust_list *end(struct rng *r, struct robust_list *first)
{
	uint32_t n = rng_below(r, 20);

	if (n < 16)
		return &head.list;
	if (n == 16)
		return NULL;
	return n == 17 ? first : (struct robust_list *)memory_place(PLACE_KERNEL);
}

static void make_short(struct rng *r, const struct worker *w)
{
	unsigned length = rng_below(r, WORDS + 1), first = rng_below(r, WORDS);
	struct robust_list **link = &head.list.next;
	bool pi = rng_percent(r, 10);

	for (unsigned i = 0; i < length; i++) {
		unsigned index = (first + i) % WORDS;

		own(r, w, index);
		*link = entry(index, rng_percent(r, 10));
		link = &memory_node(index)->list.next;
	}
	*link = length ? end(r, entry(first, pi)) : &head.list;
}

static void make_long(struct rng *r, const struct worker *w)
{
	struct robust_list **link = &head.list.next;

	long_length = LIMIT - 2 + rng_below(r, 5);
	for (unsigned i = 0; i < long_length; i++) {
		unsigned index = LONG_LIST_FIRST + i;

		*memory_word(index) = i + 4 < long_length ? 0 : (uint32_t)w->tid | FUTEX_WAITERS;
		*link = entry(index, false);
		link = &memory_node(index)->list.next;
	}
	*link = rng_percent(r, 50) ? &head.list : head.list.next;
}

static void make_pending(struct rng *r, const struct worker *w)
{
	unsigned index = rng_below(r, WORDS);

	head.list_op_pending = NULL;
	if (rng_percent(r, 40))
		return;
	if (rng_percent(r, 10)) {
		head.list_op_pending = (struct robust_list *)memory_place(PLACE_UNMAPPED);
		return;
	}
	own(r, w, index);
	if (rng_percent(r, 40))
		*memory_word(index) = rng_percent(r, 70) ? 0 : FUTEX_OWNER_DIED;
	head.list_op_pending = entry(index, rng_percent(r, 15));
}

/* What arithmetic left behind may be the thread's id by chance, and is not to be. */
static void avoid_thread_ids(void)
{
	for (unsigned i = 0; i < PLAIN_WORDS; i++) {
		uint32_t id = *memory_word(i) & FUTEX_TID_MASK;

		if (id > 3 && id < DEAD_TID)
			*memory_word(i) = 3;
	}
}

struct robust_list_head *exit_list_make(const struct worker *w, uint64_t seed)
{
	struct rng r = {seed};

	avoid_thread_ids();
	long_length = 0;
	head.futex_offset = offsetof(struct node, word);
	if (rng_percent(&r, 4))
		head.futex_offset += rng_percent(&r, 50) ? 1 : 1L << 47;
	if (rng_percent(&r, 10))
		make_long(&r, w);
	else
		make_short(&r, w);
	make_pending(&r, w);
	return &head;
}

static void scrub(const struct worker *w, uint32_t *word)
{
	if ((*word & FUTEX_TID_MASK) == (uint32_t)w->tid)
		*word = DEAD_TID;
}

void exit_list_record(const struct worker *w)
{
	char text[40];

	for (unsigned i = long_length - (long_length ? 6 : 0); i < long_length; i++) {
		memory_describe(*memory_word(LONG_LIST_FIRST + i), true, text, sizeof(text));
		record("   entry %u of %u: %s\n", i + 1, long_length, text);
		scrub(w, memory_word(LONG_LIST_FIRST + i));
	}
	for (unsigned i = 0; i < WORDS; i++)
		scrub(w, memory_word(i));
}
