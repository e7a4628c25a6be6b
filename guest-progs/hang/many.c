/* SPDX-License-Identifier: MIT */
/* So many threads, ten without an argument, wait at one place for what nobody signals. */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate = PTHREAD_COND_INITIALIZER;

static void *waiter(void *arg)
{
	pthread_mutex_lock(&lock);
	pthread_cond_wait(&gate, &lock); /* here: waiter */
	pthread_mutex_unlock(&lock);
	return arg;
}

int main(int argc, char **argv)
{
	const int count = argc > 1 ? atoi(argv[1]) : 10;
	pthread_t last = 0;

	for (int i = 0; i < count; i++)
		last = spawn("waiter", waiter);
	pthread_join(last, NULL);
	return 0;
}
