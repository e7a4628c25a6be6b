/* SPDX-License-Identifier: MIT */
/*
 * A deque: its owner takes from the bottom, a thief from the top.
 *
 * Breaks: the owner takes the last item while the thief stands before its exchange. Right: for the
 * last item the owner does as the thief.
 */
#include "guest-progs/zoo/zoo.h"

enum { ITEMS = 2 };

static int top, bottom = ITEMS, taken[ITEMS];

static void take(int item)
{
	check(add(taken[item], 1) == 0);
}

static void pop(void)
{
	int last = get(bottom) - 1, first, mine = 1;

	swap(bottom, last);
	first = get(top);
	if (first > last) {
		set(bottom, first);
		return;
	}
	if (RIGHT && first == last) {
		mine = cas(top, first, first + 1);
		set(bottom, first + 1);
	}
	if (mine)
		take(last);
}

static void *thief(void *arg)
{
	int first = get(top);

	if (first >= get(bottom))
		return arg;
	WINDOW(1);
	WINDOW(4);
	if (cas(top, first, first + 1))
		take(first);
	return arg;
}

static void *owner(void *arg)
{
	int i;

	WINDOW(2);
	for (i = 0; i < ITEMS; i++)
		pop();
	WINDOW(3);
	return arg;
}

int main(void)
{
	run_two(thief, owner);
	check(taken[0] == 1 && taken[1] == 1);
	return 0;
}
