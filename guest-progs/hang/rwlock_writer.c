/* SPDX-License-Identifier: MIT */
/*
 * A writer that joins a reader that waits for it.
 *
 * HANG: cycle main reader
 * waits: main join
 * waits: reader rwlock-read table
 */
#include "guest-progs/hang/hang.h"

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;

static void *reader(void *arg)
{
	pthread_rwlock_rdlock(&table); /* here: reader */
	return arg;
}

int main(void)
{
	pthread_rwlock_wrlock(&table);
	pthread_join(spawn("reader", reader), NULL); /* here: main */
	return 0;
}
