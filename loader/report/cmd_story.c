/* SPDX-License-Identifier: MIT */
#include "loader/report/cmd_story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/help_word.h"
#include "loader/refusal.h"
#include "loader/report/read_only.h"
#include "loader/report/story_table.h"
#include "loader/report/threads/demangle.h"

static int print_help(FILE *out)
{
	fputs("Usage: fxbox-report story --fd N\n"
	      "Tell what the threads of a scheduled run did last: of the file that\n"
	      "'fxbox run --schedule' has written, which is open as descriptor N.\n",
	      out);
	return fflush(out) == 0 ? 0 : FX_EXIT_FAILED;
}

int fx_cmd_story(int argc, char **argv)
{
	struct fx_refusal why;
	struct fx_story story;
	char *end;
	long fd;

	if (argc == 2 && fx_asks_for_help(argv[1]))
		return print_help(stdout);
	if (argc != 3 || strcmp(argv[1], "--fd") != 0) {
		print_help(stderr);
		return FX_EXIT_FAILED;
	}
	fd = strtol(argv[2], &end, 10);
	if (*end || end == argv[2] || fd < 0 || fd > INT32_MAX) {
		dprintf(STDERR_FILENO, "fxbox: story: %s: is no number of a descriptor\n", argv[2]);
		return FX_EXIT_FAILED;
	}
	fx_demangle_open();
	fx_read_only("story");
	if (fx_story_read(&story, (int)fd, &why) < 0) {
		fx_refusal_print(&why, STDERR_FILENO);
		return why.status;
	}
	fx_story_table(&story, stdout);
	fx_story_free(&story);
	return fflush(stdout) == 0 ? 0 : FX_EXIT_FAILED;
}
