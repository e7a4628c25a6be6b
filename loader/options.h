/* SPDX-License-Identifier: MIT */
/*
 * The options of `fxbox run`: one table, from which parsing, --help, the man
 * page and the completions are made.
 */
#ifndef LOADER_OPTIONS_H
#define LOADER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "loader/confine/policy.h"
#include "loader/refusal.h"
#include "shim/boot.h"
#include "shim/schedule.h"

enum fx_option_group {
	FX_GROUP_LOG,
	FX_GROUP_FUTEX,
	FX_GROUP_CONFINE,
	FX_GROUP_OTHER,
	FX_GROUP_COUNT
};

enum fx_option_arg { FX_ARG_NONE, FX_ARG_REQUIRED, FX_ARG_OPTIONAL };

/* Looks before a wait sleeps: about as long as falling asleep and being woken takes. */
#define FX_SPIN_DEFAULT 1000

#ifndef FX_INTERCEPT_DEFAULT
#define FX_INTERCEPT_DEFAULT FX_INTERCEPT_PATCH
#endif

/* For tests: sites find their threads in the way that is not this host's. */
#ifndef FX_OTHER_WAY
#define FX_OTHER_WAY false
#endif

/* What the user chose. Strings are borrowed from argv. */
struct fx_options {
	const char *log; /* NULL without --log */
	bool append;
	enum fx_trace trace;
	enum fx_shared_futex shared;
	enum fx_intercept intercept;
	bool other_way;
	enum fx_deadlock on_deadlock;
	bool on_crash;
	bool locks; /* --profile=locks */
	unsigned int spin;
	bool scheduled;
	uint64_t seed;
	enum fx_points points;
	const char *schedule; /* NULL without --schedule */
	bool no_confine;
	bool quiet;
	bool help;
	struct fx_policy policy;
	struct fx_refusal *why; /* while parsing: where a setter can say more than false */
};

struct fx_option {
	const char *name;
	enum fx_option_arg takes;
	const char *arg; /* its name in help; choices are divided by '|' */
	enum fx_option_group group;
	const char *help; /* NULL: for fxbox itself, and not told */
	/* Stores the option; false if the argument (NULL if not given) is none of the choices. */
	bool (*set)(struct fx_options *options, const char *arg);
};

/* Ends with an entry whose name is NULL. */
extern const struct fx_option fx_option_table[];
extern const char *const fx_option_group_titles[FX_GROUP_COUNT];

/*
 * Parses argv[1] and on, up to `--` or the first word that is no option.
 * Returns the index of that word (argc if there is none), or -1 with *why
 * filled.
 */
int fx_options_parse(int argc, char **argv, struct fx_options *options, struct fx_refusal *why);

/* The table as text for --help: every line at most 80 columns. */
void fx_options_print(FILE *out);

#endif
