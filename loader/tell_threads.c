/* SPDX-License-Identifier: MIT */
#include "loader/tell_threads.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/cmd_logs.h"
#include "loader/descriptors.h"
#include "loader/exit_status.h"
#include "loader/launch.h"
#include "loader/start_stack.h"
#include "shim/no_report.h"

static int say_without(const struct fx_handover *handover, const char *why)
{
	dprintf(handover->config.fd_base + (int)FX_FD_REPORT, "fxbox: %s (%d) %sfxbox-report %s\n",
		handover->path, (int)handover->status,
		fx_no_report((enum fx_dump_reason)handover->signal), why);
	return FX_EXIT_FAILED;
}

int fx_tell_threads(const struct fx_handover *handover, char **envp)
{
	static struct fx_refusal why;
	static char path[2 * PATH_MAX], number[16], log[16];
	static char *argv[] = {"threads", "--fd", number, NULL, NULL, NULL};
	int report = handover->config.fd_base + (int)FX_FD_REPORT;
	struct fx_launch launch = {
		.config = handover->config,
		.fd = fx_report_program_open(path),
		.path = path,
		.argv = argv,
		.envp = envp,
		.auxv = fx_auxv_behind(envp),
		.filtered = true,
	};

	/* A seed is the program's. */
	launch.config.scheduled = launch.config.points = 0;
	if (launch.fd < 0)
		return say_without(handover, errno == ENOENT ? "is not there" : strerror(errno));
	if (dup2(report, STDOUT_FILENO) < 0 || dup2(report, STDERR_FILENO) < 0)
		return say_without(handover, "has no output");
	/* The shim has set an alarm, which the program may ignore, but not its reader. */
	signal(SIGALRM, SIG_DFL);
	snprintf(number, sizeof(number), "%d", (int)handover->fd);
	if (handover->config.aside == FX_ASIDE_LOGS) {
		int fd = dup(handover->config.fd_base + (int)FX_FD_LOG);

		snprintf(log, sizeof(log), "%d", fd);
		argv[3] = fd < 0 ? NULL : "--log-fd";
		argv[4] = log;
	}
	fx_descriptors_settle(&launch.config, &launch.fd);
	fx_launch(&launch, &why);
	return say_without(handover, "cannot be run");
}
