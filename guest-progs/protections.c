/* SPDX-License-Identifier: MIT */
/* What may be read, written and executed: code, constants, RELRO, data, heap, stack. */
#include <link.h>

#include "guest-progs/guest.h"

static const char constant[] = "constant";
static int data = 1;
static int *const volatile relro = &data;

static void show(const char *what, const volatile void *address)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], perms[8];
	unsigned long from, to;

	need(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, perms) == 3 &&
		    (unsigned long)address >= from && (unsigned long)address < to)
			printf("%s %s\n", what, perms);
	}
	fclose(maps);
}

int main(void)
{
	int local = 0;
	char *heap = malloc(100);

	show("code", (const void *)(unsigned long)main);
	show("constant", constant);
	show("relro", &relro);
	show("data", &data);
	show("heap", heap);
	show("stack", &local);
	free(heap);
	return *relro - 1;
}
