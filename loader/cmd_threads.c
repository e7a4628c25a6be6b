/* SPDX-License-Identifier: MIT */
#include "loader/cmd_threads.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/ask_threads.h"
#include "loader/cmd_logs.h"
#include "loader/exit_status.h"
#include "loader/help_word.h"
#include "loader/process_word.h"

#define LONGEST_MS 5000

static int print_help(FILE *out)
{
	fputs("Usage: fxbox threads [--json] [--all-frames] PID|DUMP\n"
	      "Show where the threads of a process are that runs under fxbox: what each does or\n"
	      "waits for, who holds it, and its stack; and which of them wait for each other.\n\n"
	      "  PID           a process of your own; it stands still for a few milliseconds\n"
	      "  DUMP          a file: a core dump\n"
	      "  --json        everything, as docs/fxbox-threads.schema.json has it\n"
	      "  --all-frames  the C library's own functions on the stacks too\n",
	      out);
	return fflush(out) == 0 ? 0 : FX_EXIT_FAILED;
}

static int ask(pid_t pid, char **argv, int last)
{
	static struct fx_refusal why;
	static char number[16];
	static char *with_fd[16];
	uint64_t pause_ns;
	int fd = fx_ask_threads(pid, LONGEST_MS, &pause_ns, &why), n = 0;
	bool json = false;

	if (fd < 0) {
		fx_refusal_print(&why, STDERR_FILENO);
		return why.status;
	}
	fcntl(fd, F_SETFD, 0);
	snprintf(number, sizeof(number), "%d", fd);
	for (int i = 0; i < last && n < 12; i++) {
		json = json || strcmp(argv[i], "--json") == 0;
		with_fd[n++] = argv[i];
	}
	with_fd[n++] = "--fd";
	with_fd[n] = number;
	if (!json)
		dprintf(STDERR_FILENO,
			"fxbox: process %d stood still for %" PRIu64 ".%03" PRIu64 " ms\n",
			(int)pid, pause_ns / 1000000, pause_ns / 1000 % 1000);
	return fx_cmd_logs(with_fd);
}

int fx_cmd_threads(int argc, char **argv)
{
	pid_t pid;

	if (argc == 2 && fx_asks_for_help(argv[1]))
		return print_help(stdout);
	if (argc < 2) {
		print_help(stderr);
		return FX_EXIT_FAILED;
	}
	/* A number that is a file's name as well is the file. */
	if (fx_is_process_word(argv[argc - 1], &pid) && access(argv[argc - 1], F_OK) != 0)
		return ask(pid, argv, argc - 1);
	return fx_cmd_logs(argv);
}
