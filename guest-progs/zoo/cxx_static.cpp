/* SPDX-License-Identifier: MIT */
/*
 * A thread that begins in the constructor of one global, and uses another one.
 *
 * Breaks: the other one stands behind it in the file, and the thread is faster. Right: before.
 */
#include "guest-progs/zoo/zoo.h"

#include <thread>

extern int *volatile table;

static int *make()
{
	WINDOW(2);
	return new int(7);
}

static void use()
{
	int *mine = table;

	check(*mine == 7);
	WINDOW(1);
}

struct user {
	std::thread thread;

	user() : thread(use)
	{
	}
};

#if RIGHT
int *volatile table = make();
#endif
static user the_user;
#if !RIGHT
int *volatile table = make();
#endif

int main()
{
	the_user.thread.join();
}
