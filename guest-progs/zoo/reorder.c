/* SPDX-License-Identifier: MIT */
/*
 * Two words that change together.
 *
 * Breaks: the checker sees the first one changed and the second one not. Right: with a lock.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int a, b;

static void *setter(void *arg)
{
	if (RIGHT)
		pthread_mutex_lock(&lock);
	set(a, 1);
	WINDOW(1);
	WINDOW(4);
	set(b, -1);
	if (RIGHT)
		pthread_mutex_unlock(&lock);
	return arg;
}

static void *checker(void *arg)
{
	int x, y;

	WINDOW(2);
	if (RIGHT)
		pthread_mutex_lock(&lock);
	x = get(a);
	y = get(b);
	if (RIGHT)
		pthread_mutex_unlock(&lock);
	check(x + y == 0);
	WINDOW(3);
	return arg;
}

int main(void)
{
	run_two(setter, checker);
	return 0;
}
