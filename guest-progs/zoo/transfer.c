/* SPDX-License-Identifier: MIT */
/*
 * Transfers between two accounts, each with a lock; that of the payer is taken first.
 *
 * Breaks: two transfers in opposite directions, each with its first lock when it asks for the
 * second. Right: the lock of the lower account is taken first.
 */
#include "guest-progs/zoo/zoo.h"

static struct account {
	pthread_mutex_t lock;
	int balance;
} accounts[2] = {{PTHREAD_MUTEX_INITIALIZER, 10}, {PTHREAD_MUTEX_INITIALIZER, 10}};

static void transfer(int from, int to, int amount)
{
	int first = RIGHT && to < from ? to : from;

	pthread_mutex_lock(&accounts[first].lock);
	MEET(1, from, 2);
	pthread_mutex_lock(&accounts[from + to - first].lock);
	accounts[from].balance -= amount;
	accounts[to].balance += amount;
	pthread_mutex_unlock(&accounts[to].lock);
	pthread_mutex_unlock(&accounts[from].lock);
}

static void *payer(void *arg)
{
	int from = number_of(arg);

	transfer(from, 1 - from, 3 + from);
	return NULL;
}

int main(void)
{
	run(2, payer);
	check(accounts[0].balance == 11 && accounts[1].balance == 9);
	return 0;
}
