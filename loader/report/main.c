/* SPDX-License-Identifier: MIT */
/*
 * fxbox-report: what `fxbox audit`, `fxbox report` and `fxbox threads` become. It reads logs,
 * dumps of threads and the ELF files that they name, and is linked dynamically (ADR 21).
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/report/cmd_audit.h"
#include "loader/report/cmd_places.h"
#include "loader/report/cmd_report.h"
#include "loader/report/cmd_story.h"
#include "loader/report/cmd_threads.h"

/* argv[0] is the command, if fxbox calls it; called by its own name it has it as its first word. */
int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[0], "threads") != 0 && strcmp(argv[1], "threads") == 0)
		return fx_cmd_threads(argc - 1, argv + 1);
	if (argc > 0 && strcmp(argv[0], "threads") == 0)
		return fx_cmd_threads(argc, argv);
	if (argc > 0 && strcmp(argv[0], "audit") == 0)
		return fx_cmd_audit(argc, argv);
	if (argc > 0 && strcmp(argv[0], "report") == 0)
		return fx_cmd_report(argc, argv);
	if (argc > 0 && strcmp(argv[0], "story") == 0)
		return fx_cmd_story(argc, argv);
	if (argc > 0 && strcmp(argv[0], "places") == 0)
		return fx_cmd_places(argc, argv);
	dprintf(STDERR_FILENO,
		"fxbox-report: call 'fxbox audit', 'fxbox report' or 'fxbox threads'\n");
	return FX_EXIT_FAILED;
}
