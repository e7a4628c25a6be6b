/* SPDX-License-Identifier: MIT */
/*
 * fxbox-report: what `fxbox audit` and `fxbox report` become. It reads logs and the
 * ELF files that they name, and is linked dynamically (ADR 21).
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/report/cmd_audit.h"
#include "loader/report/cmd_report.h"

/* argv[0] is the command: it is fxbox that is to be called. */
int main(int argc, char **argv)
{
	if (argc > 0 && strcmp(argv[0], "audit") == 0)
		return fx_cmd_audit(argc, argv);
	if (argc > 0 && strcmp(argv[0], "report") == 0)
		return fx_cmd_report(argc, argv);
	dprintf(STDERR_FILENO, "fxbox-report: call 'fxbox audit' or 'fxbox report'\n");
	return FX_EXIT_FAILED;
}
