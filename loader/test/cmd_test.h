/* SPDX-License-Identifier: MIT */
/* fxbox test: a program under many schedules, each chosen by a seed. */
#ifndef LOADER_TEST_CMD_TEST_H
#define LOADER_TEST_CMD_TEST_H

/*
 * argv[0] is the command. Returns the exit status: 0 if no schedule failed, 1 if one did, or as
 * enum fx_exit_status has it; or dies of SIGINT or SIGTERM if that interrupted it before anything
 * failed.
 */
int fx_cmd_test(int argc, char **argv);

#endif
