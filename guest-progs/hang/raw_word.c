/* SPDX-License-Identifier: MIT */
/*
 * A lock of the program's own, of futex(2) alone, with an id near it: no mutex.
 *
 * HANG: nobody other
 * waits: main join
 * waits: other word own.word
 */
#include "guest-progs/hang/hang.h"

#include <linux/futex.h>
#include <sys/syscall.h>

static struct {
	int word, id, near, kind;
} own = {.word = 1};

static void *other(void *arg)
{
	syscall(SYS_futex, &own.word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0); /* here: other */
	return arg;
}

int main(void)
{
	own.id = own.near = (int)getpid();
	pthread_join(spawn("other", other), NULL); /* here: main */
	return 0;
}
