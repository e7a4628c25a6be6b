/* SPDX-License-Identifier: MIT */
/*
 * The command line of an OCI runtime, as runc, crun and youki have it. What we do not know is the
 * runtime's; but where it could hide what we must know, it is refused.
 */
#ifndef LOADER_OCI_COMMAND_LINE_H
#define LOADER_OCI_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/refusal.h"

enum fx_oci_command {
	FX_OCI_OTHER, /* the runtime's own affair */
	FX_OCI_CREATE,
	FX_OCI_RUN,
	FX_OCI_EXEC
};

/* The value of an option: in a word of its own, or behind a `=`. */
struct fx_oci_value {
	int word; /* 0: not given */
	size_t at;
};

/* Strings are borrowed from argv. */
struct fx_oci_call {
	enum fx_oci_command command;
	int globals;	      /* words before the command, argv[0] among them */
	const char *runtime;  /* --runtime, our own; NULL */
	const char *settings; /* --fxbox-config, likewise */
	const char *log;      /* the runtime's --log, to which errors go also; NULL */
	bool log_json;
	const char *bundle;	     /* create, run: "." if it is not named */
	const char *id;		     /* NULL: none */
	struct fx_oci_value process; /* exec --process */
	int words; /* exec: where the program's own words begin; argc if there are none */
};

/*
 * Takes our own options out of argv, whose new length is in *argc. 0, or -1 with *why; then of
 * *call the log is good, if it was found.
 */
int fx_oci_call_read(int *argc, char **argv, struct fx_oci_call *call, struct fx_refusal *why);

/* The text of such a value. */
const char *fx_oci_value(char **argv, struct fx_oci_value value);

/* Gives it another, which argv borrows. -1 without memory. */
int fx_oci_value_set(char **argv, struct fx_oci_value value, const char *text);

#endif
