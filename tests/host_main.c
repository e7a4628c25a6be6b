/* SPDX-License-Identifier: MIT */
/*
 *	host [NAME...]
 *
 * What the host has, a line for each: name, yes or no, and the reason or detail, with tabs between.
 */
#include <stdio.h>

#include "tests/host.h"

static void tell(const char *name)
{
	const char *reason = host_lacks(name);

	printf("%s\t%s\t%s\n", name, reason ? "no" : "yes", reason ? reason : host_detail(name));
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		tell(argv[i]);
	for (size_t i = 0; argc == 1 && host_features[i].name; i++)
		tell(host_features[i].name);
	return 0;
}
