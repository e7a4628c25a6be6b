/* SPDX-License-Identifier: MIT */
/*
 * The exit statuses that are fxbox's own, as env(1) and timeout(1) have them.
 * Every other status, and death by a signal, is the guest's.
 */
#ifndef LOADER_EXIT_STATUS_H
#define LOADER_EXIT_STATUS_H

enum fx_exit_status {
	FX_EXIT_FAILED = 125,	  /* fxbox itself failed, or was called wrongly */
	FX_EXIT_CANNOT_RUN = 126, /* the program was found but cannot be run */
	FX_EXIT_NOT_FOUND = 127,  /* the program, or the interpreter it needs, is not there */
};

#endif
