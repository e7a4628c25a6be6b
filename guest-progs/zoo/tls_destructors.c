/* SPDX-License-Identifier: MIT */
/*
 * Two modules, each with a key of a value for each thread, made when it is used first. At the end
 * of a thread the log's goes through the buffer's.
 *
 * Breaks: the buffer's key is made first, so its value is gone first. Right: the log asks.
 */
#include "guest-progs/zoo/zoo.h"

static pthread_once_t log_once = PTHREAD_ONCE_INIT, buffer_once = PTHREAD_ONCE_INIT;
static pthread_key_t log_key, buffer_key;
static int flushed;

static void end_log(void *value)
{
	int *buffer = pthread_getspecific(buffer_key);

	if (buffer || !RIGHT)
		*(volatile int *)buffer = 0;
	add(flushed, *(int *)value);
}

static void make_log(void)
{
	pthread_key_create(&log_key, end_log);
}

static void make_buffer(void)
{
	pthread_key_create(&buffer_key, free);
}

static void use_log(void)
{
	static int one = 1;

	pthread_once(&log_once, make_log);
	pthread_setspecific(log_key, &one);
}

static void use_buffer(void)
{
	pthread_once(&buffer_once, make_buffer);
	pthread_setspecific(buffer_key, malloc(sizeof(int)));
}

static void *logs_first(void *arg)
{
	WINDOW(2);
	use_log();
	use_buffer();
	return arg;
}

static void *buffers_first(void *arg)
{
	work();
	use_buffer();
	use_log();
	WINDOW(1);
	return arg;
}

int main(void)
{
	run_two(logs_first, buffers_first);
	check(flushed == 2);
	return 0;
}
