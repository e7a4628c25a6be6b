/* SPDX-License-Identifier: MIT */
/*
 * fxbox's first life, and what becomes of it when the shim executes it anew:
 * the loader of another program (a guest's execve), or the report at the end.
 */
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "loader/cmd_doctor.h"
#include "loader/cmd_logs.h"
#include "loader/cmd_profile.h"
#include "loader/cmd_run.h"
#include "loader/cmd_summary.h"
#include "loader/cmd_syscalls.h"
#include "loader/cmd_threads.h"
#include "loader/exit_status.h"
#include "loader/handover.h"
#include "loader/help_word.h"
#include "loader/sent_traps.h"
#include "loader/summary.h"
#include "loader/tell_threads.h"
#include "loader/test/cmd_test.h"
#include "loader/test/replay_file.h"
#include "commit.h"
#include "version.h"

static int go_on(const struct fx_handover *handover, char **argv, char **envp)
{
	if (handover->kind == FX_HANDOVER_REPORT)
		return fx_report_and_end(handover);
	if (handover->kind == FX_HANDOVER_THREADS)
		return fx_tell_threads(handover, envp);
	return fx_run_again(handover, argv, envp);
}

static int print_help(FILE *out)
{
	fputs("Usage: fxbox run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	      "       fxbox test [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	      "       fxbox profile [OPTION]...\n"
	      "       fxbox syscalls [--json] [NAME|NUMBER]...\n"
	      "       fxbox audit summary|diff|merge|profile [OPTION]... FILE...\n"
	      "       fxbox report [-o PAGE] FILE...\n"
	      "       fxbox summary PID\n"
	      "       fxbox threads [OPTION]... PID|DUMP\n"
	      "       fxbox doctor [--json]\n"
	      "       fxbox --help | --version\n\n"
	      "  run       run a program confined, its system calls trapped and its futexes\n"
	      "            served by fxbox; 'fxbox run --help' shows the options\n"
	      "  test      run a program under many schedules of its threads, to find those\n"
	      "            that break it; 'fxbox test --help' shows how\n"
	      "  profile   show what 'fxbox run' with these options enforces\n"
	      "  syscalls  show what fxbox does with each system call\n"
	      "  audit     show, compare and add up logs of 'fxbox run --log=FILE', or make\n"
	      "            policies of them; 'fxbox audit --help' shows how\n"
	      "  report    make a page for a browser of such logs\n"
	      "  summary   show what a running program was refused so far\n"
	      "  threads   show where the threads of a process are, and who waits for whom\n"
	      "  doctor    show what this host permits, and what fxbox does about it\n",
	      out);
	return fflush(out) == 0 ? 0 : FX_EXIT_FAILED;
}

static int print_version(void)
{
	printf("fxbox %s%s%s%s\n", FX_VERSION, FX_COMMIT[0] ? " (commit " : "", FX_COMMIT,
	       FX_COMMIT[0] ? ")" : "");
	return fflush(stdout) == 0 ? 0 : FX_EXIT_FAILED;
}

static int command(int argc, char **argv, char **envp)
{
	if (argc < 2) {
		print_help(stderr);
		return FX_EXIT_FAILED;
	}
	if (strcmp(argv[1], "run") == 0)
		return fx_cmd_run(argc - 1, argv + 1, envp, argv);
	if (strcmp(argv[1], "test") == 0) {
		fx_replay_commit = FX_COMMIT;
		return fx_cmd_test(argc - 1, argv + 1);
	}
	if (strcmp(argv[1], "profile") == 0)
		return fx_cmd_profile(argc - 1, argv + 1);
	if (strcmp(argv[1], "syscalls") == 0)
		return fx_cmd_syscalls(argc - 1, argv + 1);
	if (strcmp(argv[1], "audit") == 0 || strcmp(argv[1], "report") == 0)
		return fx_cmd_logs(argv + 1);
	if (strcmp(argv[1], "summary") == 0)
		return fx_cmd_summary(argc - 1, argv + 1);
	if (strcmp(argv[1], "threads") == 0)
		return fx_cmd_threads(argc - 1, argv + 1);
	if (strcmp(argv[1], "doctor") == 0)
		return fx_cmd_doctor(argc - 1, argv + 1);
	if (fx_asks_for_help(argv[1]) || strcmp(argv[1], "help") == 0)
		return print_help(stdout);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return print_version();
	dprintf(STDERR_FILENO, "fxbox: %s: no such command\nTry 'fxbox --help'.\n", argv[1]);
	return FX_EXIT_FAILED;
}

int main(int argc, char **argv, char **envp)
{
	/* Static: it outlives main's frame, which becomes the guest's stack. */
	static struct fx_handover handover;
	int fd_base;

	if (fx_handover_possible((const char *)getauxval(AT_EXECFN), &fd_base)) {
		fx_survive_traps();
		/* The guest's environment is what follows. */
		if (fx_handover_read(fd_base, envp[0], &handover))
			return go_on(&handover, argv, envp + 1);
	}
	return command(argc, argv, envp);
}
