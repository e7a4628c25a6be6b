/* SPDX-License-Identifier: MIT */
#include "loader/test/run_source.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/test/run.h"

/* What it can be a copy of; NULL: it is a whole run. */
struct fx_source *fx_run_source(const struct fx_workers *w, struct fx_run *run)
{
	struct fx_source *s = &run->source[run->order.points][run->order.uses];

	return w->command.copies && !run->order.told && !run->order.stop ? s : NULL;
}

int fx_run_source_begin(struct fx_workers *w, struct fx_run *run, struct fx_refusal *why)
{
	int orders, result;

	if (fx_source_open(run->of, &orders) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "test", "%s", strerror(errno));
	result = fx_run_begin(w, run, orders, why);
	close(orders);
	run->of->pid = run->pid;
	if (result < 0)
		close(run->of->orders);
	return result;
}

bool fx_run_source_end(struct fx_source *s)
{
	const pid_t pid = s->pid;
	bool worth;

	if (!pid)
		return true;
	worth = fx_source_gone(s);
	kill(-pid, SIGCONT);
	waitpid(pid, NULL, 0);
	return worth;
}
