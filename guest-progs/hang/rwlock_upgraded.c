/* SPDX-License-Identifier: MIT */
/*
 * A reader that wants to write, and does not stop reading.
 *
 * HANG: nobody main
 * waits: main rwlock-write table
 */
#include "guest-progs/hang/hang.h"

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;

int main(void)
{
	name_self("main");
	pthread_rwlock_rdlock(&table);
	pthread_rwlock_wrlock(&table); /* here: main */
	return 0;
}
