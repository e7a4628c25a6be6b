/* SPDX-License-Identifier: MIT */
/*
 * A lock that prefers writers, read again by a reader while a writer waits.
 *
 * HANG: nobody main
 * HANG: nobody writer
 * waits: main rwlock-read table
 * waits: writer rwlock-write table
 */
#include "guest-progs/hang/hang.h"

static pthread_rwlock_t table;

static void *writer(void *arg)
{
	pthread_rwlock_wrlock(&table); /* here: writer */
	return arg;
}

int main(void)
{
	pthread_rwlockattr_t prefer;

	pthread_rwlockattr_init(&prefer);
	pthread_rwlockattr_setkind_np(&prefer, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&table, &prefer);
	pthread_rwlock_rdlock(&table);
	spawn("writer", writer);
	/* Until the writer waits, one more may read. */
	while (pthread_rwlock_tryrdlock(&table) == 0) {
		pthread_rwlock_unlock(&table);
		sched_yield();
	}
	pthread_rwlock_rdlock(&table); /* here: main */
	return 0;
}
