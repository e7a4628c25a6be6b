/* SPDX-License-Identifier: MIT */
/*
 * The second of two values follows from the first; each has a lock.
 *
 * Breaks: the reader comes when the first is there and the second is not. Right: the writer keeps
 * the first lock until both are there.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second_lock = PTHREAD_MUTEX_INITIALIZER;
static int first, second;

static void *writer(void *arg)
{
	pthread_mutex_lock(&first_lock);
	first = 1;
	if (!RIGHT)
		pthread_mutex_unlock(&first_lock);
	WINDOW(1);
	WINDOW(4);
	pthread_mutex_lock(&second_lock);
	second = first + 1;
	pthread_mutex_unlock(&second_lock);
	if (RIGHT)
		pthread_mutex_unlock(&first_lock);
	return arg;
}

static void *reader(void *arg)
{
	int x, y;

	WINDOW(2);
	pthread_mutex_lock(&first_lock);
	x = first;
	pthread_mutex_unlock(&first_lock);
	if (x == 0)
		return arg;
	pthread_mutex_lock(&second_lock);
	y = second;
	pthread_mutex_unlock(&second_lock);
	if (y != x + 1)
		wrong("the second stage is missing");
	WINDOW(3);
	return arg;
}

int main(void)
{
	run_two(writer, reader);
	return 0;
}
