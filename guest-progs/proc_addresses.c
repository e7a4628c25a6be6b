/* SPDX-License-Identifier: MIT */
/*
 * What /proc says of the program's addresses is true of this program: code, data, break and stack
 * in stat, the break in maps; also in a child, and in what that executes.
 */
#include <inttypes.h>

#include "guest-progs/guest.h"

/* Fields of /proc/self/stat, as proc(5) numbers them. */
enum { START_CODE = 26, END_CODE, START_STACK, START_DATA = 45, END_DATA, START_BRK, FIELDS = 53 };

#define HUGE_PAGE (2UL * 1024 * 1024)

extern char etext[], edata[];
int main(int argc, char **argv);
static char in_bss[1 << 16], in_data[] = "data";

static void read_stat(uintptr_t field[static FIELDS])
{
	char text[2048], *at;
	int fd = open("/proc/self/stat", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	need(n > 0);
	close(fd);
	text[n] = '\0';
	at = strrchr(text, ')') + 2;
	for (int i = 3; i < FIELDS; i++) {
		field[i] = strtoul(at, NULL, 10);
		at = strchr(at, ' ') + 1;
	}
}

static void line_with(uintptr_t address, char *line, size_t size)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	uintptr_t from, to;

	need(maps);
	while (fgets(line, (int)size, maps))
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2 && address >= from &&
		    address < to)
			break;
	fclose(maps);
}

static void addresses(const char *who, char **argv, uintptr_t first_break)
{
	uintptr_t field[FIELDS];
	char line[4096];

	read_stat(field);
	printf("%s\n", who);
	printf("code holds main: %d\n",
	       field[START_CODE] <= (uintptr_t)main && (uintptr_t)main < field[END_CODE]);
	printf("code ends at etext: %d\n", field[END_CODE] - (uintptr_t)etext < 64);
	line_with(field[START_CODE], line, sizeof(line));
	printf("code begins in %.4s of the program: %d\n", strchr(line, ' ') + 1,
	       strstr(line, "proc_addresses") != NULL);
	printf("data holds data: %d\n",
	       field[START_DATA] <= (uintptr_t)in_data && (uintptr_t)in_data < field[END_DATA]);
	printf("data ends at edata: %d\n", field[END_DATA] == (uintptr_t)edata);
	printf("data holds bss: %d\n", (uintptr_t)in_bss < field[END_DATA]);
	printf("the break begins where it did: %d\n", field[START_BRK] == first_break);
	printf("the stack begins at argc: %d\n",
	       *(long *)field[START_STACK] == 1 + (argv[1] != NULL) &&
		       (char **)(field[START_STACK] + sizeof(long)) == argv);
}

static void heap(const char *when, uintptr_t address)
{
	char line[4096];

	line_with(address, line, sizeof(line));
	printf("%s: in [heap]: %d\n", when, strstr(line, "[heap]\n") != NULL);
}

int main(int argc, char **argv)
{
	uintptr_t first;
	uintptr_t field[FIELDS];
	static char room[BUFSIZ];

	setvbuf(stdout, room, _IOFBF, sizeof(room));
	/* The C library may have moved the break before. */
	read_stat(field);
	first = field[START_BRK];
	need(first <= (uintptr_t)sbrk(0) && (uintptr_t)sbrk(0) - first < HUGE_PAGE);
	addresses(argc > 1 ? "executed" : "first", argv, first);
	need(sbrk(1 << 20) != (void *)-1);
	heap("grown", (uintptr_t)sbrk(0) - 4096);
	heap("its beginning", first);
	need(sbrk(-(1 << 19)) != (void *)-1);
	heap("shrunk", (uintptr_t)sbrk(0) - 4096);
	heap("what is no more", (uintptr_t)sbrk(0) + 8192);
	fflush(stdout);
	if (argc > 1)
		return 0;
	if (fork() == 0) {
		addresses("child", argv, first);
		need(sbrk(1 << 19) != (void *)-1);
		heap("grown in a child", (uintptr_t)sbrk(0) - 4096);
		fflush(stdout);
		execl("/proc/self/exe", argv[0], "again", NULL);
		_exit(1);
	}
	wait(NULL);
	heap("as before", (uintptr_t)sbrk(0) - 4096);
	return 0;
}
