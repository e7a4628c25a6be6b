/* SPDX-License-Identifier: MIT */
/* A process as a board of one core; see cpu_simulated.c. */
#undef main /* of the tests, which goes by another name here */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bare/board.h"

static char line[256] = "simulated ";

void board_put(char c)
{
	if (write(STDOUT_FILENO, &c, 1) != 1)
		abort();
}

const char *board_command_line(void)
{
	return line;
}

unsigned board_start_cores(void)
{
	return 1;
}

void board_exit(int status)
{
	exit(status);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		strncat(line, argv[i], sizeof(line) - strlen(line) - 1);
		strncat(line, " ", sizeof(line) - strlen(line) - 1);
	}
	board_main();
}
