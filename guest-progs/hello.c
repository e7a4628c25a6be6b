/* SPDX-License-Identifier: MIT */
/* Writes to both streams and ends with the status given as its argument. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	printf("hello\n");
	fprintf(stderr, "hello, stderr\n");
	return argc > 1 ? atoi(argv[1]) : 0;
}
