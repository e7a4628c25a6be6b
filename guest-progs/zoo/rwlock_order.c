/* SPDX-License-Identifier: MIT */
/*
 * Two tables, each with a pthread_rwlock; one is read and the other one written.
 *
 * Breaks: two copy in opposite directions, and each reads when it asks to write what the other one
 * reads. Right: the lower table's lock is taken first.
 */
#include "guest-progs/zoo/zoo.h"

static struct table {
	pthread_rwlock_t lock;
	int value;
} tables[2] = {{PTHREAD_RWLOCK_INITIALIZER, 1}, {PTHREAD_RWLOCK_INITIALIZER, 2}};

static void *copier(void *arg)
{
	int from = number_of(arg), to = 1 - from, write_first = RIGHT && to < from;

	if (write_first)
		pthread_rwlock_wrlock(&tables[to].lock);
	else
		pthread_rwlock_rdlock(&tables[from].lock);
	MEET(1, from, 2);
	if (write_first)
		pthread_rwlock_rdlock(&tables[from].lock);
	else
		pthread_rwlock_wrlock(&tables[to].lock);
	tables[to].value = tables[from].value;
	pthread_rwlock_unlock(&tables[to].lock);
	pthread_rwlock_unlock(&tables[from].lock);
	return NULL;
}

int main(void)
{
	run(2, copier);
	check(tables[0].value == tables[1].value);
	return 0;
}
