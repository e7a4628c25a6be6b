/* SPDX-License-Identifier: MIT */
/*
 * A normal mutex, locked again by who holds it.
 *
 * HANG: self main
 * waits: main mutex lock
 */
#include "guest-progs/hang/hang.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void deposit(void)
{
	pthread_mutex_lock(&lock); /* here: main */
	pthread_mutex_unlock(&lock);
}

int main(void)
{
	name_self("main");
	pthread_mutex_lock(&lock);
	deposit();
	return 0;
}
