/* SPDX-License-Identifier: MIT */
#include "loader/cmd_run.h"

#include <asm/hwcap2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/confine/confine.h"
#include "loader/confine/environment.h"
#include "loader/descriptors.h"
#include "loader/exit_status.h"
#include "loader/launch.h"
#include "loader/options.h"
#include "loader/output.h"
#include "loader/path_lookup.h"
#include "loader/scheduled.h"
#include "loader/start_stack.h"

static uint64_t signal_bit(int signal)
{
	return 1ULL << (signal - 1);
}

/* The kernel's 64 bits, of which sigset_t would hide two. */
static uint64_t current_mask(void)
{
	uint64_t mask = 0;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof(mask));
	return mask;
}

/* fxbox will need these signals; that the guest was to ignore them becomes virtual. */
static uint64_t ignored_synchronous(void)
{
	static const int synchronous[] = {SIGSYS, SIGSEGV, SIGBUS, SIGTRAP, SIGILL};
	uint64_t ignored = 0;

	for (size_t i = 0; i < sizeof(synchronous) / sizeof(synchronous[0]); i++) {
		struct sigaction action;

		if (sigaction(synchronous[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			ignored |= signal_bit(synchronous[i]);
	}
	return ignored;
}

/* By FS where a program could not set GS itself, and a switch of threads would be dear. */
static uint8_t way_to_find(bool other)
{
	bool gs = getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;

	return gs != other ? FX_FIND_GS : FX_FIND_FS;
}

static int print_help(void)
{
	printf("Usage: fxbox run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	       "Run PROGRAM confined, its system calls trapped and its futexes served by fxbox.\n");
	fx_options_print(stdout);
	printf("Exit status: PROGRAM's; %d: fxbox failed, %d: it cannot run, %d: not found.\n",
	       FX_EXIT_FAILED, FX_EXIT_CANNOT_RUN, FX_EXIT_NOT_FOUND);
	return fflush(stdout) == 0 ? 0 : FX_EXIT_FAILED;
}

static int usage_error(const struct fx_refusal *why)
{
	fx_refusal_print(why, STDERR_FILENO);
	dprintf(STDERR_FILENO, "Try 'fxbox run --help'.\n");
	return why->status;
}

static int failed(const struct fx_refusal *why)
{
	fx_refusal_print(why, STDERR_FILENO);
	return why->status;
}

/* Said once, before the program is there to be blamed. */
static void warn_of_log(const struct fx_options *options)
{
	char place[PATH_MAX];

	for (size_t i = 0; i < options->policy.grants; i++) {
		const struct fx_grant *grant = &options->policy.grant[i];

		if (grant->kind == FX_GRANT_RW && realpath(grant->path, place) &&
		    fx_output_passes(options->log, place))
			dprintf(STDERR_FILENO,
				"fxbox: the program can change its log, which lies below --rw %s\n",
				grant->path);
	}
}

int fx_cmd_run(int argc, char **argv, char **envp, char **whole)
{
	static struct fx_refusal why;
	static struct fx_options options;
	char path[PATH_MAX];
	const pid_t parent = getppid(); /* before anything can take time */
	int first = fx_options_parse(argc, argv, &options, &why);

	if (first < 0)
		return usage_error(&why);
	if (options.help)
		return print_help();
	if (first == argc) {
		fx_refuse(&why, FX_EXIT_FAILED, "run", "no program is named");
		return usage_error(&why);
	}

	if ((options.locks || options.append) && !options.log) {
		fx_refuse(&why, FX_EXIT_FAILED, options.locks ? "--profile=locks" : "--append",
			  "needs a log: --log=FILE");
		return usage_error(&why);
	}
	if (options.scheduled)
		fx_schedule_fix_layout(whole, envp);
	if (options.no_confine && fx_policy_confines(&options.policy)) {
		char name[32];

		snprintf(name, sizeof(name), "--%s", fx_policy_confines(&options.policy));
		fx_refuse(&why, FX_EXIT_FAILED, name, "is not had with --no-confine");
		return usage_error(&why);
	}

	struct fx_launch launch = {
		.config = {.root_pid = getpid(),
			   .shared = (uint8_t)options.shared,
			   .trace = (uint8_t)options.trace,
			   .intercept = (uint8_t)options.intercept,
			   .find = way_to_find(options.other_way),
			   .on_deadlock = (uint8_t)options.on_deadlock,
			   .on_crash = options.on_crash,
			   .locks = options.locks,
			   .spin = options.spin,
			   .quiet = options.quiet},
		.fd = -1,
		.path = path,
		.argv = argv + first,
		.keep_log = options.append,
		.envp = fx_environment(&options.policy, envp),
		.auxv = fx_auxv_behind(envp),
		.sigmask = current_mask(),
		.ignored_sync = ignored_synchronous(),
	};

	if (options.log && !options.no_confine)
		warn_of_log(&options);
	if (fx_descriptors_open(&launch.config, options.log, &why) < 0 ||
	    fx_schedule_open(&launch.config, &options, &why) < 0 ||
	    (!options.no_confine &&
	     fx_confine(&options.policy, argv[first], parent, &launch.config, &why) < 0) ||
	    fx_path_lookup(argv[first], getenv("PATH"), path, &why) < 0)
		return failed(&why);
	/* The policy may have set other limits. */
	fx_descriptors_settle(&launch.config, &launch.fd);
	fx_launch(&launch, &why);
	return failed(&why);
}

int fx_run_again(const struct fx_handover *handover, char **argv, char **envp)
{
	static struct fx_refusal why;
	struct fx_launch launch = {
		.config = handover->config,
		.fd = handover->fd,
		.path = handover->path,
		.unnamed = handover->unnamed,
		.argv = argv,
		.envp = envp,
		.auxv = fx_auxv_behind(envp),
		.filtered = true,
		.sigmask = handover->sigmask,
		.ignored_sync = handover->ignored_sync,
	};

	fx_descriptors_settle(&launch.config, &launch.fd);
	fx_launch(&launch, &why);
	/* What the guest has as stderr is its own business. */
	fx_refusal_print(&why, launch.config.fd_base + FX_FD_REPORT);
	return why.status;
}
