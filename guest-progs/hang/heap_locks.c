/* SPDX-License-Identifier: MIT */
/*
 * Locks in accounts from malloc.
 *
 * HANG: cycle left right
 * waits: main join
 * waits: left mutex heap
 * waits: right mutex heap
 */
#include "guest-progs/hang/hang.h"

struct account {
	long balance;
	pthread_mutex_t lock;
};

static struct account *account[2];
static pthread_barrier_t both;

static void transfer(struct account *from, struct account *to)
{
	pthread_mutex_lock(&from->lock);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&to->lock); /* here: left right */
	to->balance += from->balance;
}

static void *left(void *arg)
{
	transfer(account[0], account[1]);
	return arg;
}

static void *right(void *arg)
{
	transfer(account[1], account[0]);
	return arg;
}

int main(void)
{
	pthread_t l;

	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < 2; i++) {
		account[i] = malloc(sizeof(*account[i]));
		account[i]->balance = 0;
		pthread_mutex_init(&account[i]->lock, NULL);
	}
	l = spawn("left", left);
	spawn("right", right);
	pthread_join(l, NULL); /* here: main */
	return 0;
}
