/* SPDX-License-Identifier: MIT */
/*
 * A hand-made pthread_once: who comes second does not wait.
 *
 * Breaks: it uses what the first one has not made yet. Right: it waits for the end.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static int state, number = 7, *table;

static void once(void)
{
	if (cas(state, 0, 1)) {
		WINDOW(1);
		WINDOW(4);
		pthread_mutex_lock(&registry);
		set(table, &number);
		pthread_mutex_unlock(&registry);
		swap(state, 2);
		futex_wake(&state, 1000);
	}
	while (RIGHT && get(state) != 2)
		futex_wait(&state, 1);
}

static void *user(void *arg)
{
	int id = number_of(arg), *mine;

	(void)id;
	WINDOW(id ? 2 : 0);
	once();
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
