/* SPDX-License-Identifier: MIT */
#include "loader/oci/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"

/* Options that take a value, each list with a blank before and behind each name. */
#define GLOBAL_VALUES " log log-format root criu rootless cgroup-manager l r "
#define CREATE_VALUES " bundle b console-socket pid-file preserve-fds config f "
#define EXEC_VALUES                                                                                \
	" console-socket cwd env e user u additional-gids g process p pid-file process-label "     \
	"apparmor cap c preserve-fds cgroup "
/* Those that take none. */
#define GLOBAL_FLAGS " debug systemd-cgroup help h version v s "

static const char *const commands[] = {
	[FX_OCI_CREATE] = "create", [FX_OCI_RUN] = "run", [FX_OCI_EXEC] = "exec"};

/* A word of the form -NAME, --NAME or either with =VALUE. */
struct option {
	const char *name;
	size_t length;
	bool two;	   /* dashes */
	const char *value; /* behind `=`; NULL */
};

static bool is_option(const char *word, struct option *o)
{
	o->two = word[0] == '-' && word[1] == '-';
	o->name = word + 1 + o->two;
	o->length = strcspn(o->name, "=");
	o->value = o->name[o->length] ? o->name + o->length + 1 : NULL;
	return word[0] == '-' && o->length > 0;
}

static bool is(const struct option *o, const char *name)
{
	return strlen(name) == o->length && strncmp(o->name, name, o->length) == 0;
}

static bool among(const struct option *o, const char *list)
{
	for (const char *p = list; (p = strchr(p, ' ')) && p[1]; p++) {
		if (strncmp(p + 1, o->name, o->length) == 0 && p[1 + o->length] == ' ')
			return true;
	}
	return false;
}

static enum fx_oci_command command_of(const char *word)
{
	for (int c = FX_OCI_CREATE; c <= FX_OCI_EXEC; c++) {
		if (strcmp(word, commands[c]) == 0)
			return (enum fx_oci_command)c;
	}
	return FX_OCI_OTHER;
}

/* The value of the option at argv[*i], which moves to the value's word. 0 words: there is none. */
static struct fx_oci_value value_at(int argc, char **argv, int *i, const struct option *o)
{
	if (o->value)
		return (struct fx_oci_value){*i, (size_t)(o->value - argv[*i])};
	if (*i + 1 >= argc)
		return (struct fx_oci_value){0, 0};
	return (struct fx_oci_value){++*i, 0};
}

const char *fx_oci_value(char **argv, struct fx_oci_value value)
{
	return argv[value.word] + value.at;
}

int fx_oci_value_set(char **argv, struct fx_oci_value value, const char *text)
{
	char *word;

	if (asprintf(&word, "%.*s%s", (int)value.at, argv[value.word], text) < 0)
		return -1;
	argv[value.word] = word;
	return 0;
}

/* Takes `--runtime X` or `--runtime=X` out, if it is one. */
static bool take_own(int *argc, char **argv, int at, const struct option *o,
		     struct fx_oci_call *call)
{
	const char **where = is(o, "runtime")	     ? &call->runtime
			     : is(o, "fxbox-config") ? &call->settings
						     : NULL;
	int last = at;
	struct fx_oci_value value;

	if (!where || !o->two)
		return false;
	value = value_at(*argc, argv, &last, o);
	if (!value.word)
		return false;
	*where = fx_oci_value(argv, value);
	memmove(argv + at, argv + last + 1, (size_t)(*argc - last) * sizeof(*argv));
	*argc -= last + 1 - at;
	return true;
}

/*
 * Whether the word behind an option that we do not know could be its value, so that the command is
 * a later one, which we must not miss.
 */
static bool may_hide(int argc, char **argv, int at, const struct option *o)
{
	if (o->value)
		return false;
	for (int i = at + 2; i < argc; i++) {
		if (command_of(argv[i]) != FX_OCI_OTHER)
			return true;
	}
	return false;
}

static int read_globals(int *argc, char **argv, struct fx_oci_call *call, struct fx_refusal *why)
{
	struct option o;
	int i = 1;

	while (i < *argc && is_option(argv[i], &o) && strcmp(argv[i], "--") != 0) {
		if (take_own(argc, argv, i, &o, call))
			continue;
		if (among(&o, GLOBAL_VALUES)) {
			struct fx_oci_value value = value_at(*argc, argv, &i, &o);

			if (value.word && is(&o, "log"))
				call->log = fx_oci_value(argv, value);
			if (value.word && is(&o, "log-format"))
				call->log_json = strcmp(fx_oci_value(argv, value), "json") == 0;
		} else if (!among(&o, GLOBAL_FLAGS) && may_hide(*argc, argv, i, &o)) {
			return fx_refuse(why, FX_EXIT_FAILED, argv[i],
					 "this option is not known; if it takes a value, write "
					 "--NAME=VALUE");
		}
		i++;
	}
	if (i < *argc && strcmp(argv[i], "--") == 0)
		i++;
	call->globals = i < *argc ? i : *argc;
	return 0;
}

/* crun's reader takes --bund, and -bPATH, for --bundle. */
static const char *hidden(const struct option *o)
{
	static const char *const known[] = {"bundle", "process", "config"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (o->two ? strncmp(o->name, known[i], o->length) == 0
			   : o->name[0] == (i == 2 ? 'f' : known[i][0]))
			return known[i];
	}
	return NULL;
}

static int refuse_hidden(const char *word, const char *name, struct fx_refusal *why)
{
	return fx_refuse(why, FX_EXIT_FAILED, word, "some runtimes take this for --%s; write that",
			 name);
}

static int read_create(int argc, char **argv, struct fx_oci_call *call, struct fx_refusal *why)
{
	bool options = true;
	struct option o;

	call->bundle = ".";
	for (int i = call->globals + 1; i < argc; i++) {
		const char *word = argv[i];

		if (options && strcmp(word, "--") == 0) {
			options = false;
		} else if (!options || !is_option(word, &o)) {
			call->id = call->id ? call->id : word;
		} else if (is(&o, "config") || is(&o, "f")) {
			return fx_refuse(why, FX_EXIT_FAILED, word,
					 "another document than the bundle's config.json is not "
					 "rewritten");
		} else if (among(&o, CREATE_VALUES)) {
			struct fx_oci_value value = value_at(argc, argv, &i, &o);

			if (value.word && (is(&o, "bundle") || is(&o, "b")))
				call->bundle = fx_oci_value(argv, value);
		} else if (hidden(&o)) {
			return refuse_hidden(word, hidden(&o), why);
		}
	}
	return 0;
}

static int read_exec(int argc, char **argv, struct fx_oci_call *call, struct fx_refusal *why)
{
	struct option o;
	int i = call->globals + 1;

	for (; i < argc && is_option(argv[i], &o) && strcmp(argv[i], "--") != 0; i++) {
		const char *word = argv[i];

		if (among(&o, EXEC_VALUES)) {
			struct fx_oci_value value = value_at(argc, argv, &i, &o);

			if (value.word && (is(&o, "process") || is(&o, "p")))
				call->process = value;
		} else if (hidden(&o)) {
			return refuse_hidden(word, hidden(&o), why);
		}
	}
	if (i < argc && strcmp(argv[i], "--") == 0)
		i++;
	call->id = i < argc ? argv[i] : NULL;
	call->words = i + 1 < argc ? i + 1 : argc;
	return 0;
}

int fx_oci_call_read(int *argc, char **argv, struct fx_oci_call *call, struct fx_refusal *why)
{
	*call = (struct fx_oci_call){.words = *argc};
	if (read_globals(argc, argv, call, why) < 0)
		return -1;
	call->command = call->globals < *argc ? command_of(argv[call->globals]) : FX_OCI_OTHER;
	if (call->command == FX_OCI_EXEC)
		return read_exec(*argc, argv, call, why);
	if (call->command == FX_OCI_OTHER)
		return 0;
	return read_create(*argc, argv, call, why);
}
