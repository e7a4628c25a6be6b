/* SPDX-License-Identifier: MIT */
/*
 * One object for all, made by who needs it first.
 *
 * Breaks: two see that there is none, and each has its own. Right: pthread_once.
 */
#include "guest-progs/zoo/zoo.h"

static struct object {
	int value;
} objects[2];
static struct object *made, *got[2];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make(void)
{
	set(made, &objects[0]);
}

static void *user(void *arg)
{
	int id = number_of(arg);
	struct object *mine;

	if (RIGHT)
		pthread_once(&once, make);
	mine = get(made);
	if (!mine) {
		MEET(1, id, 2);
		mine = &objects[id];
		set(made, mine);
	}
	got[id] = mine;
	return NULL;
}

int main(void)
{
	run(2, user);
	check(got[0] == got[1]);
	return 0;
}
