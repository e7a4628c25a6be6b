/* SPDX-License-Identifier: MIT */
/* Its arguments and environment, in order, and where they lie to each other. */
#include "guest-progs/guest.h"

extern char **environ;

int main(int argc, char **argv, char **envp)
{
	printf("argc %d\n", argc);
	for (int i = 0; i < argc; i++)
		printf("argv[%d] %s\n", i, argv[i]);
	for (char **e = envp; *e; e++)
		printf("env %s\n", *e);
	printf("argv ends with NULL: %d\n", argv[argc] == NULL);
	printf("envp follows argv: %d\n", envp == argv + argc + 1);
	printf("environ is envp: %d\n", environ == envp);
	for (int i = 1; i < argc; i++)
		printf("argv[%d] is packed: %d\n", i,
		       argv[i] == argv[i - 1] + strlen(argv[i - 1]) + 1);
	return 0;
}
