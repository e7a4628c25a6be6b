/* SPDX-License-Identifier: MIT */
/*
 * A lock that is static in a function.
 *
 * HANG: self main
 * waits: main mutex guard
 */
#include "guest-progs/hang/hang.h"

static int enter(int depth)
{
	static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&guard); /* here: main */
	if (depth)
		enter(depth - 1);
	return pthread_mutex_unlock(&guard);
}

int main(void)
{
	name_self("main");
	return enter(1);
}
