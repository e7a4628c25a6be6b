/* SPDX-License-Identifier: MIT */
#include "loader/cmd_profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/confine/profile.h"
#include "loader/exit_status.h"
#include "loader/options.h"

static int failed(const struct fx_refusal *why)
{
	fx_refusal_print(why, STDERR_FILENO);
	return why->status;
}

int fx_cmd_profile(int argc, char **argv)
{
	static struct fx_refusal why;
	static struct fx_options options;
	int first = fx_options_parse(argc, argv, &options, &why);

	if (first < 0)
		return failed(&why);
	if (options.help) {
		printf("Usage: fxbox profile [OPTION]...\n"
		       "Print the policy that 'fxbox run' with these options would enforce, as a\n"
		       "file for --profile.\n\n");
		fx_options_print(stdout);
		return fflush(stdout) == 0 ? 0 : FX_EXIT_FAILED;
	}
	if (first < argc)
		fx_refuse(&why, FX_EXIT_FAILED, argv[first], "no program is run here");
	else if (options.no_confine)
		fx_refuse(&why, FX_EXIT_FAILED, "--no-confine", "has no policy to print");
	else if (fx_profile_print(&options.policy, stdout) < 0)
		fx_refuse(&why, FX_EXIT_FAILED, "standard output", "%s", strerror(errno));
	else
		return 0;
	return failed(&why);
}
