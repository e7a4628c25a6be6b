/* SPDX-License-Identifier: MIT */
#include "loader/cmd_syscalls.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/help_word.h"

struct row {
	int nr;
	const char *name;
	const char *verdict;
	const char *restart;
	const char *man;
};

static const struct row table[] = {
#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man)                                 \
	{nr, #name, #verdict, #restart, #man},
#include "shim/syscalls.tbl"
#undef FX_SYSCALL
};

#define ROWS (sizeof(table) / sizeof(table[0]))

/* The table shouts, as macros do; people read it in lower case. */
static const char *lower(const char *word, char out[static 32])
{
	size_t i = 0;

	for (; i < 31 && word[i]; i++)
		out[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] - 'A' + 'a' : word[i]);
	out[i] = '\0';
	return out;
}

static void print_text(const struct row *row, bool first)
{
	char verdict[32], restart[32];

	if (first)
		printf("%3s %-24s %-12s %-8s %s\n", "NR", "NAME", "VERDICT", "RESTART", "MAN PAGE");
	printf("%3d %-24s %-12s %-8s %s", row->nr, row->name, lower(row->verdict, verdict),
	       lower(row->restart, restart), strcmp(row->man, "none") == 0 ? "-" : row->man);
	printf("%s\n", strcmp(row->man, "none") == 0 ? "" : "(2)");
}

static void print_json(const struct row *row, bool first)
{
	char verdict[32], restart[32];

	printf("%s\n  {\"nr\": %d, \"name\": \"%s\", \"verdict\": \"%s\", \"restart\": \"%s\", ",
	       first ? "[" : ",", row->nr, row->name, lower(row->verdict, verdict),
	       lower(row->restart, restart));
	if (strcmp(row->man, "none") == 0)
		printf("\"man\": null}");
	else
		printf("\"man\": \"%s(2)\"}", row->man);
}

/* By name, or by number. */
static const struct row *find(const char *name)
{
	char number[16];

	for (size_t i = 0; i < ROWS; i++) {
		snprintf(number, sizeof(number), "%d", table[i].nr);
		if (strcmp(table[i].name, name) == 0 || strcmp(number, name) == 0)
			return &table[i];
	}
	return NULL;
}

static int usage_error(const char *word, const char *what)
{
	dprintf(STDERR_FILENO, "fxbox: %s: %s\nTry 'fxbox syscalls --help'.\n", word, what);
	return FX_EXIT_FAILED;
}

static int print_help(void)
{
	puts("Usage: fxbox syscalls [--json] [NAME|NUMBER]...\n"
	     "Show what fxbox does with each system call, or with those named.\n\n"
	     "VERDICT  emulated: fxbox answers it; passthrough: the host does;\n"
	     "         partial: the host does but for some arguments;\n"
	     "         unsupported: it fails with ENOSYS and is reported\n"
	     "RESTART  what an interrupting signal handler does to it, see signal(7)");
	return fflush(stdout) == 0 ? 0 : FX_EXIT_FAILED;
}

static int print_rows(int count, char **names, bool json)
{
	void (*print)(const struct row *, bool) = json ? print_json : print_text;
	size_t rows = count ? (size_t)count : ROWS;
	bool first = true;
	int status = 0;

	for (size_t i = 0; i < rows; i++) {
		const struct row *row = count ? find(names[i]) : &table[i];

		if (row) {
			print(row, first);
			first = false;
		} else {
			dprintf(STDERR_FILENO, "fxbox: %s: no such system call\n", names[i]);
			status = 1;
		}
	}
	if (json)
		puts(first ? "[]" : "\n]");
	return fflush(stdout) == 0 ? status : FX_EXIT_FAILED;
}

int fx_cmd_syscalls(int argc, char **argv)
{
	bool json = false;
	int names = 0;

	/* Options may stand anywhere; the names are gathered at the front. */
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (fx_asks_for_help(argv[i]))
			return print_help();
		else if (argv[i][0] == '-')
			return usage_error(argv[i], "this option is unknown");
		else
			argv[names++] = argv[i];
	}
	return print_rows(names, argv, json);
}
