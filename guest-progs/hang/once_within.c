/* SPDX-License-Identifier: MIT */
/*
 * An initialisation that needs itself.
 *
 * HANG: self main
 * waits: main once table_once
 */
#include "guest-progs/hang/hang.h"

static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void init_table(void)
{
	pthread_once(&table_once, init_table); /* here: main */
}

int main(void)
{
	name_self("main");
	pthread_once(&table_once, init_table);
	return 0;
}
