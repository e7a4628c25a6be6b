/* SPDX-License-Identifier: MIT */
/* From the boot of a board to main(), which is a task like others, and from its end to the exit. */
#include <stdbool.h>

#include "manager/platform_bare/bare.h"
#include "tests/bare/board.h"
#include "tests/unit/manager/harness.h"

#define WORDS_MAX  16
#define MAIN_STACK 262144

int main(int argc, char **argv);

static struct fx_bare_task main_task;
static _Alignas(16) char main_stack[MAIN_STACK];

static char text[256];
static char *words[WORDS_MAX + 1];
static int nwords;

static void split(const char *line)
{
	char *t = text;

	while (*line && nwords < WORDS_MAX) {
		while (*line == ' ')
			line++;
		if (*line)
			words[nwords++] = t;
		while (*line && *line != ' ' && t < &text[sizeof(text) - 1])
			*t++ = *line++;
		*t++ = '\0';
	}
}

static void run_main(void *arg)
{
	(void)arg;
	place_exit(main(nwords, words));
}

void board_main(void)
{
	split(board_command_line());
	board_set_memory();
	fx_bare_start(&main_task, main_stack, sizeof(main_stack), run_main, NULL, 1);
	harness_note("cores", board_start_cores());
	fx_bare_core(0);
}

void board_core(unsigned core)
{
	fx_bare_core(core);
}

/* From the assembly: an exception that nobody expects. */
_Noreturn void board_exception(uint64_t where, uint64_t why);

void board_exception(uint64_t where, uint64_t why)
{
	char line[120] = "Bail out! exception at ";

	harness_append_number(line, sizeof(line), (int64_t)where);
	harness_append(line, sizeof(line), ", of kind ");
	harness_append_number(line, sizeof(line), (int64_t)why);
	harness_append(line, sizeof(line), "\n");
	place_print(line);
	board_exit(3);
}
