/* SPDX-License-Identifier: MIT */
#include "loader/cmd_summary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/find_table.h"
#include "loader/help_word.h"
#include "loader/process_word.h"
#include "loader/summary.h"

static int print_help(FILE *out)
{
	fputs("Usage: fxbox summary PID\n"
	      "Show which calls were not supported or denied so far, in the run that the process is\n"
	      "of: what fxbox says at the end of a run, of a server that goes on.\n",
	      out);
	return fflush(out) == 0 ? 0 : FX_EXIT_FAILED;
}

static int show(pid_t pid)
{
	static struct fx_refusal why;
	int fd;
	struct fx_audit_table *table = fx_find_table(pid, &fd, &why), *copy;

	if (!table) {
		fx_refusal_print(&why, STDERR_FILENO);
		return why.status;
	}
	/* It may be written to meanwhile. */
	copy = malloc(sizeof(*copy));
	if (!copy) {
		dprintf(STDERR_FILENO, "fxbox: summary: %s\n", strerror(errno));
		return FX_EXIT_FAILED;
	}
	memcpy(copy, table, sizeof(*copy));
	if (copy->slot[0].state != FX_AUDIT_READY && !copy->dropped && !copy->lost)
		puts("fxbox: nothing was refused so far");
	fx_summary_print(copy, STDOUT_FILENO);
	free(copy);
	munmap(table, sizeof(*table));
	close(fd);
	return fflush(stdout) == 0 ? 0 : FX_EXIT_FAILED;
}

int fx_cmd_summary(int argc, char **argv)
{
	pid_t pid;

	if (argc == 2 && fx_asks_for_help(argv[1]))
		return print_help(stdout);
	if (argc != 2) {
		print_help(stderr);
		return FX_EXIT_FAILED;
	}
	if (!fx_is_process_word(argv[1], &pid)) {
		dprintf(STDERR_FILENO, "fxbox: summary: %s: is no number of a process\n", argv[1]);
		return FX_EXIT_FAILED;
	}
	return show(pid);
}
