/* SPDX-License-Identifier: MIT */
/*
 * An initialisation that waits for a thread that waits for it.
 *
 * HANG: cycle main helper
 * waits: main join
 * waits: helper once table_once
 */
#include "guest-progs/hang/hang.h"

static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void init_table(void);

static void *helper(void *arg)
{
	pthread_once(&table_once, init_table); /* here: helper */
	return arg;
}

static void init_table(void)
{
	pthread_join(spawn("helper", helper), NULL); /* here: main */
}

int main(void)
{
	name_self("main");
	pthread_once(&table_once, init_table);
	return 0;
}
