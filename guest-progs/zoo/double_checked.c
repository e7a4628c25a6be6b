/* SPDX-License-Identifier: MIT */
/*
 * Looked at without the lock and again with it; the word that says that it is made is set too
 * early.
 *
 * Breaks: somebody looks between the two stores. Right: the pointer first.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int number = 7, *table, is_made;

static void make(void)
{
	if (RIGHT)
		set(table, &number);
	else
		set(is_made, 1);
	WINDOW(1);
	WINDOW(4);
	if (RIGHT)
		set(is_made, 1);
	else
		set(table, &number);
}

static void *user(void *arg)
{
	int id = number_of(arg), *mine;

	(void)id;
	WINDOW(id ? 2 : 0);
	if (!get(is_made)) {
		pthread_mutex_lock(&lock);
		if (!is_made)
			make();
		pthread_mutex_unlock(&lock);
	}
	mine = get(table);
	check(*mine == 7);
	WINDOW(id ? 3 : 0);
	return NULL;
}

int main(void)
{
	run(2, user);
	return 0;
}
