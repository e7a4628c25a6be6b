/* SPDX-License-Identifier: MIT */
/*
 * A stack whose head is changed by compare and exchange.
 *
 * Breaks: between one's look at the head and its exchange another one takes two and puts the first
 * back; the head then is what the other one still has. Right: a count in the head changes, too.
 */
#include "guest-progs/zoo/zoo.h"

#include <stdint.h>

enum { NODES = 3 };

static uint64_t head = 1;
static unsigned int next[NODES + 1] = {0, 2, 3, 0};
static int owned[NODES + 1];

static int change_head(uint64_t old, unsigned int node)
{
	uint64_t count = RIGHT ? (old >> 32) + 1 : 0;

	return __atomic_compare_exchange_n(&head, &old, count << 32 | node, 0, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static unsigned int pop(int slow)
{
	unsigned int node, below;
	uint64_t old;

	(void)slow;
	do {
		old = get(head);
		node = (unsigned int)old;
		if (node == 0)
			return 0;
		below = get(next[node]);
		WINDOW(slow ? 1 : 0);
		WINDOW(slow ? 4 : 0);
	} while (!change_head(old, below));
	check(add(owned[node], 1) == 0);
	return node;
}

static void push(unsigned int node)
{
	uint64_t old;

	add(owned[node], -1);
	do {
		old = get(head);
		set(next[node], (unsigned int)old);
	} while (!change_head(old, node));
}

static void *one(void *arg)
{
	pop(1);
	return arg;
}

static void *other(void *arg)
{
	unsigned int node;

	WINDOW(2);
	node = pop(0);
	pop(0);
	push(node);
	WINDOW(3);
	return arg;
}

int main(void)
{
	run_two(one, other);
	while (pop(0))
		;
	check(owned[1] + owned[2] + owned[3] == NODES);
	return 0;
}
