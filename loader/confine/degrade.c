/* SPDX-License-Identifier: MIT */
#include "loader/confine/degrade.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "loader/exit_status.h"

int fx_degrade(const struct fx_policy *policy, struct fx_refusal *why, const char *fmt, ...)
{
	struct fx_refusal line;
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (policy->require)
		return fx_refuse(why, FX_EXIT_FAILED, "--require-confinement", "%s", text);
	fx_refuse(&line, 0, "weaker confinement", "%s", text);
	fx_refusal_print(&line, STDERR_FILENO);
	return 0;
}
