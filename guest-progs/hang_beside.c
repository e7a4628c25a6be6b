/* SPDX-License-Identifier: MIT */
/* Two threads wait for each other for ever; the first goes on, and ends the program in a while. */
#include "guest-progs/guest.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *up(void *arg)
{
	pthread_mutex_lock(&first);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&second);
	return arg;
}

static void *down(void *arg)
{
	pthread_mutex_lock(&second);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&first);
	return arg;
}

/* Until standard input ends. */
int main(void)
{
	char c;

	pthread_barrier_init(&both, NULL, 2);
	start_thread(up, NULL);
	start_thread(down, NULL);
	need(read(STDIN_FILENO, &c, 1) == 0);
	puts("goes on");
	return 0;
}
