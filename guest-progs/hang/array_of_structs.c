/* SPDX-License-Identifier: MIT */
/*
 * Locks in an array of structures.
 *
 * HANG: cycle left right
 * waits: main join
 * waits: left mutex bank.account[2].lock
 * waits: right mutex bank.account[1].lock
 */
#include "guest-progs/hang/hang.h"

static struct {
	int accounts;
	struct {
		long balance;
		pthread_mutex_t lock;
	} account[3];
} bank = {
	.accounts = 3,
	.account = {{0, PTHREAD_MUTEX_INITIALIZER},
		    {0, PTHREAD_MUTEX_INITIALIZER},
		    {0, PTHREAD_MUTEX_INITIALIZER}},
};
static pthread_barrier_t both;

static void transfer(int from, int to)
{
	pthread_mutex_lock(&bank.account[from].lock);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&bank.account[to].lock); /* here: left right */
}

static void *left(void *arg)
{
	transfer(1, 2);
	return arg;
}

static void *right(void *arg)
{
	transfer(2, 1);
	return arg;
}

int main(void)
{
	pthread_t l;

	pthread_barrier_init(&both, NULL, 2);
	l = spawn("left", left);
	spawn("right", right);
	pthread_join(l, NULL); /* here: main */
	return 0;
}
