/* SPDX-License-Identifier: MIT */
#include "loader/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/confine/profile.h"
#include "loader/exit_status.h"

/* Column where help texts start. */
#define HELP_COLUMN  32
#define SCREEN_WIDTH 80
/* Some tenths of a second: more is a mistake. */
#define SPIN_MAX 10000000

static bool set_log(struct fx_options *options, const char *arg)
{
	options->log = arg;
	return *arg != '\0';
}

static bool set_append(struct fx_options *options, const char *arg)
{
	(void)arg;
	options->append = true;
	return true;
}

static bool set_trace(struct fx_options *options, const char *arg)
{
	if (!arg || strcmp(arg, "all") == 0)
		options->trace = FX_TRACE_ALL;
	else if (strcmp(arg, "futex") == 0)
		options->trace = FX_TRACE_FUTEX;
	else
		return false;
	return true;
}

/* The place of a word in a list, or -1. */
static int find_word(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, list[i]) == 0)
			return (int)i;
	}
	return -1;
}

static bool set_shared_futex(struct fx_options *options, const char *arg)
{
	static const char *const modes[] = {
		[FX_SHARED_REJECT] = "reject",
		[FX_SHARED_STRICT] = "strict",
		[FX_SHARED_HOST] = "host",
	};
	int mode = find_word(arg, modes, sizeof(modes) / sizeof(modes[0]));

	options->shared = (enum fx_shared_futex)mode;
	return mode >= 0;
}

static bool set_intercept(struct fx_options *options, const char *arg)
{
	static const char *const modes[] = {
		[FX_INTERCEPT_TRAP] = "trap",
		[FX_INTERCEPT_PATCH] = "patch",
		[FX_INTERCEPT_EAGER] = "eager",
	};
	int mode = find_word(arg, modes, sizeof(modes) / sizeof(modes[0]));

	options->intercept = (enum fx_intercept)mode;
	return mode >= 0;
}

static bool set_on_deadlock(struct fx_options *options, const char *arg)
{
	static const char *const modes[] = {
		[FX_DEADLOCK_REPORT] = "report",
		[FX_DEADLOCK_ABORT] = "abort",
		[FX_DEADLOCK_IGNORE] = "ignore",
	};
	int mode = find_word(arg, modes, sizeof(modes) / sizeof(modes[0]));

	options->on_deadlock = (enum fx_deadlock)mode;
	return mode >= 0;
}

static bool set_on_crash(struct fx_options *options, const char *arg)
{
	static const char *const modes[] = {"ignore", "report"};
	int mode = find_word(arg, modes, sizeof(modes) / sizeof(modes[0]));

	options->on_crash = mode == 1;
	return mode >= 0;
}

static bool set_spin(struct fx_options *options, const char *arg)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(arg, &end, 10);
	options->spin = (unsigned int)value;
	return *arg >= '0' && *arg <= '9' && !*end && errno == 0 && value <= SPIN_MAX;
}

static bool set_seed(struct fx_options *options, const char *arg)
{
	char *end;

	errno = 0;
	options->seed = strtoull(arg, &end, 0);
	options->scheduled = true;
	return *arg >= '0' && *arg <= '9' && !*end && errno == 0;
}

static bool set_points(struct fx_options *options, const char *arg)
{
	static const char *const kinds[] = {
		[FX_POINTS_CALLS] = "calls",
		[FX_POINTS_ATOMICS] = "atomics",
		[FX_POINTS_ACCESSES] = "accesses",
	};
	int kind = find_word(arg, kinds, sizeof(kinds) / sizeof(kinds[0]));

	options->points = (enum fx_points)kind;
	return kind >= 0;
}

static bool set_schedule(struct fx_options *options, const char *arg)
{
	options->schedule = arg;
	options->scheduled = true;
	return *arg != '\0';
}

static bool set_copies(struct fx_options *options, const char *arg)
{
	options->policy.copies = atoi(arg);
	return options->policy.copies > STDERR_FILENO;
}

static bool set_no_confine(struct fx_options *options, const char *arg)
{
	(void)arg;
	options->no_confine = true;
	return true;
}

#define GRANT(name, kind)                                                                          \
	static bool set_##name(struct fx_options *options, const char *arg)                        \
	{                                                                                          \
		return fx_policy_grant(&options->policy, kind, arg);                               \
	}
GRANT(only, FX_GRANT_ONLY)
GRANT(rw, FX_GRANT_RW)
GRANT(ro, FX_GRANT_RO)
GRANT(hide, FX_GRANT_HIDE)

#define FLAG(name)                                                                                 \
	static bool set_##name(struct fx_options *options, const char *arg)                        \
	{                                                                                          \
		(void)arg;                                                                         \
		options->policy.name = true;                                                       \
		return true;                                                                       \
	}
FLAG(tmp)
FLAG(clear_env)
FLAG(isolate)
FLAG(with_parent)
FLAG(require)
FLAG(no_userns)

#define PARSED(name)                                                                               \
	static bool set_##name(struct fx_options *options, const char *arg)                        \
	{                                                                                          \
		return fx_policy_##name(&options->policy, arg);                                    \
	}
PARSED(unix)
PARSED(env)
PARSED(rlimit)
PARSED(limit)
PARSED(memory)
PARSED(timeout)

static bool set_net(struct fx_options *options, const char *arg)
{
	if (fx_policy_net(&options->policy, arg))
		return true;
	/* What can be had alone contradicts what was given before. */
	if (fx_policy_net(&(struct fx_policy){0}, arg))
		fx_refuse(options->why, FX_EXIT_FAILED, "--net",
			  "'%s' is another network than the one that was named before", arg);
	return false;
}

static bool set_profile(struct fx_options *options, const char *arg)
{
	if (strcmp(arg, "locks") == 0) {
		options->locks = true;
		return true;
	}
	return fx_profile_read(arg, &options->policy, options->why) == 0;
}

static bool set_chdir(struct fx_options *options, const char *arg)
{
	options->policy.chdir = arg;
	return *arg != '\0';
}

static bool set_quiet(struct fx_options *options, const char *arg)
{
	(void)arg;
	options->quiet = true;
	return true;
}

static bool set_help(struct fx_options *options, const char *arg)
{
	(void)arg;
	options->help = true;
	return true;
}

const char *const fx_option_group_titles[FX_GROUP_COUNT] = {
	[FX_GROUP_LOG] = "What is reported",
	[FX_GROUP_FUTEX] = "Futexes, threads, call sites",
	[FX_GROUP_CONFINE] =
		"Confinement (without options: reads files, writes nowhere, no network)",
};

const struct fx_option fx_option_table[] = {
	{"log", FX_ARG_REQUIRED, "FILE", FX_GROUP_LOG, "write an audit log to FILE, as JSON Lines",
	 set_log},
	{"append", FX_ARG_NONE, NULL, FX_GROUP_LOG, "add to the log, and do not empty it",
	 set_append},
	{"trace", FX_ARG_OPTIONAL, "all|futex", FX_GROUP_LOG,
	 "show every system call, or only futexes", set_trace},
	{"quiet", FX_ARG_NONE, NULL, FX_GROUP_LOG, "no summary of unsupported calls at the end",
	 set_quiet},
	{"on-crash", FX_ARG_REQUIRED, "report|ignore", FX_GROUP_LOG,
	 "after a crash tell where all threads are", set_on_crash},
	{"shared-futex", FX_ARG_REQUIRED, "reject|strict|host", FX_GROUP_FUTEX,
	 "of other processes: refuse, strictly, or Linux", set_shared_futex},
	{"on-deadlock", FX_ARG_REQUIRED, "report|abort|ignore", FX_GROUP_FUTEX,
	 "all threads wait for ever: tell, die, or nothing", set_on_deadlock},
	{"seed", FX_ARG_REQUIRED, "NUMBER", FX_GROUP_FUTEX,
	 "threads take turns, as the number says", set_seed},
	{"points", FX_ARG_REQUIRED, "calls|atomics|accesses", FX_GROUP_FUTEX, "where they may",
	 set_points},
	{"schedule", FX_ARG_REQUIRED, "FILE", FX_GROUP_FUTEX, NULL, set_schedule},
	{"copies", FX_ARG_REQUIRED, "DESCRIPTOR", FX_GROUP_FUTEX, NULL, set_copies},
	{"spin", FX_ARG_REQUIRED, "N", FX_GROUP_FUTEX,
	 "look at a word at most N times before sleeping", set_spin},
	{"only", FX_ARG_REQUIRED, "PATH", FX_GROUP_CONFINE,
	 "no file but that, the system, what is granted", set_only},
	{"rw", FX_ARG_REQUIRED, "PATH", FX_GROUP_CONFINE, "may be written, with all below it",
	 set_rw},
	{"ro", FX_ARG_REQUIRED, "PATH", FX_GROUP_CONFINE, "read-only all the same, below an --rw",
	 set_ro},
	{"hide", FX_ARG_REQUIRED, "PATH", FX_GROUP_CONFINE, "looks empty", set_hide},
	{"tmp", FX_ARG_NONE, NULL, FX_GROUP_CONFINE, "a private, empty /tmp", set_tmp},
	{"net", FX_ARG_OPTIONAL, "local|tcp:PORT", FX_GROUP_CONFINE,
	 "may use the network; loopback of its own; ports", set_net},
	{"unix", FX_ARG_OPTIONAL, "PATH", FX_GROUP_CONFINE,
	 "may use UNIX sockets; with --only, that one", set_unix},
	{"isolate", FX_ARG_NONE, NULL, FX_GROUP_CONFINE,
	 "sees no other processes, network or host name", set_isolate},
	{"env", FX_ARG_REQUIRED, "NAME[=VALUE]", FX_GROUP_CONFINE, "set; or keep, with --clear-env",
	 set_env},
	{"clear-env", FX_ARG_NONE, NULL, FX_GROUP_CONFINE, "start with an empty environment",
	 set_clear_env},
	{"chdir", FX_ARG_REQUIRED, "PATH", FX_GROUP_CONFINE, "start there", set_chdir},
	{"timeout", FX_ARG_REQUIRED, "SECONDS", FX_GROUP_CONFINE, "kill it after that time",
	 set_timeout},
	{"die-with-parent", FX_ARG_NONE, NULL, FX_GROUP_CONFINE,
	 "kill it when who started fxbox ends", set_with_parent},
	{"memory", FX_ARG_REQUIRED, "SIZE", FX_GROUP_CONFINE,
	 "address space of each process; K, M, G", set_memory},
	{"limit", FX_ARG_REQUIRED, "NAME=VALUE,...", FX_GROUP_CONFINE,
	 "of the whole run: memory=SIZE, tasks=N (cgroup)", set_limit},
	{"rlimit", FX_ARG_REQUIRED, "NAME=VALUE", FX_GROUP_CONFINE,
	 "a limit of setrlimit(2), as nofile=64", set_rlimit},
	{"profile", FX_ARG_REQUIRED, "FILE", FX_GROUP_CONFINE,
	 "all this from a file; or locks: log long waits", set_profile},
	{"require-confinement", FX_ARG_NONE, NULL, FX_GROUP_CONFINE, "all layers, or an error",
	 set_require},
	{"no-userns", FX_ARG_NONE, NULL, FX_GROUP_CONFINE, "make no user namespace", set_no_userns},
	{"no-confine", FX_ARG_NONE, NULL, FX_GROUP_CONFINE,
	 "give the program all of your own rights", set_no_confine},
	{"intercept", FX_ARG_REQUIRED, "trap|patch|eager", FX_GROUP_FUTEX,
	 "patch no call site, the frequent ones, or all", set_intercept},
	{"help", FX_ARG_NONE, NULL, FX_GROUP_OTHER, "show this text", set_help},
	{0},
};

#define OPTION_COUNT (sizeof(fx_option_table) / sizeof(fx_option_table[0]) - 1)

static void to_getopt(struct option out[static OPTION_COUNT + 1])
{
	static const int has_arg[] = {
		[FX_ARG_NONE] = no_argument,
		[FX_ARG_REQUIRED] = required_argument,
		[FX_ARG_OPTIONAL] = optional_argument,
	};

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		out[i] = (struct option){.name = fx_option_table[i].name,
					 .has_arg = has_arg[fx_option_table[i].takes],
					 .val = 0};
	}
	out[OPTION_COUNT] = (struct option){0};
}

/* getopt reports the word it stumbled over only by position. */
static int refuse_word(char **argv, int result, struct fx_refusal *why)
{
	const char *word = argv[optind - 1];

	if (result == ':')
		return fx_refuse(why, FX_EXIT_FAILED, word, "this option needs an argument");
	/* A letter inside a cluster: optind still points at its word. */
	if (optopt && strncmp(word, "--", 2) != 0)
		return fx_refuse(why, FX_EXIT_FAILED, (char[]){'-', (char)optopt, '\0'},
				 "this option is unknown");
	if (optopt == 0 && strchr(word, '='))
		return fx_refuse(why, FX_EXIT_FAILED, word,
				 "this option is unknown, ambiguous, or takes no argument");
	return fx_refuse(why, FX_EXIT_FAILED, word, "this option is unknown or ambiguous");
}

static int refuse_argument(const struct fx_option *option, struct fx_refusal *why)
{
	char name[32];

	snprintf(name, sizeof(name), "--%s", option->name);
	return fx_refuse(why, FX_EXIT_FAILED, name, "'%s' is not %s", optarg, option->arg);
}

int fx_options_parse(int argc, char **argv, struct fx_options *options, struct fx_refusal *why)
{
	struct option known[OPTION_COUNT + 1];
	struct fx_options parsed = {.shared = FX_SHARED_REJECT,
				    .intercept = FX_INTERCEPT_DEFAULT,
				    .other_way = FX_OTHER_WAY,
				    .spin = FX_SPIN_DEFAULT,
				    .why = why};
	int index = 0;
	int result;

	to_getopt(known);
	opterr = 0;
	optind = 0; /* starts glibc's getopt anew */
	while ((result = getopt_long(argc, argv, "+:h", known, &index)) != -1) {
		if (result == 'h') {
			set_help(&parsed, NULL);
			continue;
		}
		if (result != 0)
			return refuse_word(argv, result, why);

		const struct fx_option *option = &fx_option_table[index];

		why->status = 0;
		if (!option->set(&parsed, optarg))
			return why->status ? -1 : refuse_argument(option, why);
	}
	*options = parsed;
	return optind;
}

static int print_name(FILE *out, const struct fx_option *option)
{
	switch (option->takes) {
	case FX_ARG_REQUIRED:
		return fprintf(out, "  --%s=%s", option->name, option->arg);
	case FX_ARG_OPTIONAL:
		return fprintf(out, "  --%s[=%s]", option->name, option->arg);
	default:
		return fprintf(out, "  --%s", option->name);
	}
}

/* A name that reaches into the help column has the help behind it, or, where it is too long, on its
 * next line. */
static void print_option(FILE *out, const struct fx_option *option)
{
	int column = print_name(out, option);

	if (column > HELP_COLUMN - 2 && !strchr(option->help, '\n') &&
	    column + 2 + (int)strlen(option->help) <= SCREEN_WIDTH) {
		fprintf(out, "  %s\n", option->help);
		return;
	}
	if (column > HELP_COLUMN - 2) {
		fputc('\n', out);
		column = 0;
	}
	for (const char *line = option->help; *line;) {
		size_t len = strcspn(line, "\n");

		fprintf(out, "%*s%.*s\n", HELP_COLUMN - column, "", (int)len, line);
		column = 0;
		line += len + (line[len] == '\n');
	}
}

void fx_options_print(FILE *out)
{
	for (int group = 0; group < FX_GROUP_COUNT; group++) {
		if (fx_option_group_titles[group])
			fprintf(out, "%s:\n", fx_option_group_titles[group]);
		for (size_t i = 0; i < OPTION_COUNT; i++) {
			if ((int)fx_option_table[i].group == group && fx_option_table[i].help)
				print_option(out, &fx_option_table[i]);
		}
	}
}
