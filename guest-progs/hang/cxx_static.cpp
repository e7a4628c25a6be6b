/* SPDX-License-Identifier: MIT */
/*
 * A static variable of a function, whose making waits for a thread that needs it.
 *
 * HANG: cycle main helper
 * waits: main join
 * waits: helper static
 */
#include <sys/prctl.h>
#include <thread>

struct table {
	table();
};

static table &the_table()
{
	static table one; /* here: helper */

	return one;
}

table::table()
{
	std::thread helper([] {
		prctl(PR_SET_NAME, "helper");
		the_table();
	});

	helper.join(); /* here: main */
}

int main()
{
	prctl(PR_SET_NAME, "main");
	the_table();
}
