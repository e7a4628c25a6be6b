/* SPDX-License-Identifier: MIT */
/*
 * Completions for shells, from the option table. Built and run at build time:
 *
 *     gen_completions bash|zsh|fish
 */
#include <stdio.h>
#include <string.h>

#include "loader/options.h"
#include "loader/test/test_options.h"

static const struct {
	const char *name;
	const char *help;
	const char *words; /* options and words of its own; NULL: the option table */
	const char *then;  /* what follows them */
} commands[] = {
	{"run", "run a program", NULL, "program"},
	{"test", "run a program under many schedules", "", "program"},
	{"profile", "show what run would enforce", NULL, ""},
	{"syscalls", "show what becomes of system calls", "--json --help", ""},
	{"audit", "read logs",
	 "summary diff merge profile stacks trace-events --json --all --narrow --format= --base= --help",
	 "file"},
	{"report", "make a page of logs", "-o --output= --help", "file"},
	{"summary", "show what a running program was refused", "--help", ""},
	{"threads", "show where the threads of a process are", "--json --all-frames --help", ""},
	{"doctor", "show what this host permits", "--json --help", ""},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int is_test(size_t command)
{
	return strcmp(commands[command].name, "test") == 0;
}

/* Whether the argument is one of some words. */
static int has_words(const struct fx_test_option *o)
{
	return o->arg && strchr(o->arg, '|') && !strchr(o->arg, ' ');
}

static int is_place(const struct fx_test_option *o)
{
	return o->arg && (strcmp(o->arg, "a file") == 0 || strcmp(o->arg, "a directory") == 0);
}

static int is_file(const struct fx_option *o)
{
	return o->arg && (strcmp(o->arg, "FILE") == 0 || strcmp(o->arg, "PATH") == 0);
}

static int has_choices(const struct fx_option *o)
{
	return o->arg && strchr(o->arg, '|') != NULL;
}

/* This option, or the next that people are told of. */
static const struct fx_option *told(const struct fx_option *o)
{
	while (o->name && !o->help)
		o++;
	return o;
}

/* `a|b` with something else between. */
static void put_words(const char *words, char between)
{
	for (const char *s = words; *s; s++)
		putchar(*s == '|' ? between : *s);
}

static void put_choices(const struct fx_option *o, char between)
{
	put_words(o->arg, between);
}

/* Help in quotes: on one line, and without what the shell would act upon. */
static void put_help(const struct fx_option *o)
{
	for (const char *s = o->help; *s; s++) {
		if (*s == '\n')
			putchar(' ');
		else if (!strchr("'[]:\\", *s))
			putchar(*s);
	}
}

static void bash_options(void)
{
	for (const struct fx_option *o = told(fx_option_table); o->name; o = told(o + 1)) {
		printf(" --%s%s", o->name, o->takes == FX_ARG_REQUIRED ? "=" : "");
		if (o->takes == FX_ARG_OPTIONAL)
			printf(" --%s=", o->name);
	}
}

static void bash_test_options(void)
{
	printf("merge");
	for (const struct fx_test_option *o = fx_test_option_table; o->name; o++)
		printf(" --%s%s", o->name, o->arg ? "=" : "");
	for (const struct fx_option *o = fx_option_table; o->name; o++) {
		if (fx_test_passes(o->name))
			printf(" --%s%s", o->name, o->takes == FX_ARG_REQUIRED ? "=" : "");
	}
}

static void bash_values(void)
{
	for (const struct fx_test_option *o = fx_test_option_table; o->name; o++) {
		if (has_words(o)) {
			printf("\t--%s) COMPREPLY=($(compgen -W '", o->name);
			put_words(o->arg, ' ');
			printf("' -- \"$cur\")) ;;\n");
		} else if (is_place(o)) {
			printf("\t--%s) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n", o->name);
		}
	}
	for (const struct fx_option *o = told(fx_option_table); o->name; o = told(o + 1)) {
		if (has_choices(o)) {
			printf("\t--%s) COMPREPLY=($(compgen -W '", o->name);
			put_choices(o, ' ');
			printf("' -- \"$cur\")) ;;\n");
		} else if (is_file(o)) {
			printf("\t--%s) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n", o->name);
		}
	}
	puts("\t--output) COMPREPLY=($(compgen -f -- \"$cur\")) ;;");
	puts("\t--format) COMPREPLY=($(compgen -W 'oci systemd fxbox kubernetes' -- \"$cur\")) ;;");
	puts("\t--base) COMPREPLY=($(compgen -W 'docker-default' -- \"$cur\")) ;;");
}

static void bash(void)
{
	puts("# bash completion for fxbox; made from its option table\n"
	     "# shellcheck shell=bash disable=SC2207\n"
	     "_fxbox_value() {\n"
	     "\tcase $1 in");
	bash_values();
	puts("\tesac\n"
	     "}\n\n"
	     "_fxbox() {\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i words after\n"
	     "\tCOMPREPLY=()\n"
	     "\tif [ \"$COMP_CWORD\" -eq 1 ]; then");
	printf("\t\tCOMPREPLY=($(compgen -W '--help --version");
	for (size_t i = 0; i < COMMANDS; i++)
		printf(" %s", commands[i].name);
	puts("' -- \"$cur\"))\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tcase ${COMP_WORDS[1]} in");
	for (size_t i = 0; i < COMMANDS; i++) {
		printf("\t%s) words='", commands[i].name);
		if (is_test(i))
			bash_test_options();
		else if (commands[i].words)
			printf("%s", commands[i].words);
		else
			bash_options();
		printf("' after='%s' ;;\n", commands[i].then);
	}
	puts("\t*) return ;;\n"
	     "\tesac\n"
	     "\t# Behind the program the words are its own. `=` is a word of its own for bash.\n"
	     "\tif [ \"$after\" = program ]; then\n"
	     "\t\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	     "\t\t\tcase ${COMP_WORDS[i]} in\n"
	     "\t\t\t=) ((++i)) ;;\n"
	     "\t\t\t--)\n"
	     "\t\t\t\t((++i))\n"
	     "\t\t\t\tbreak\n"
	     "\t\t\t\t;;\n"
	     "\t\t\t-*) ;;\n"
	     "\t\t\t*) break ;;\n"
	     "\t\t\tesac\n"
	     "\t\tdone\n"
	     "\t\tif [ \"$i\" -lt \"$COMP_CWORD\" ]; then\n"
	     "\t\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	     "\t\t\treturn\n"
	     "\t\tfi\n"
	     "\tfi\n"
	     "\tif [ \"$cur\" = = ]; then\n"
	     "\t\tcur=''\n"
	     "\t\t_fxbox_value \"$prev\"\n"
	     "\telif [ \"$prev\" = = ]; then\n"
	     "\t\t_fxbox_value \"${COMP_WORDS[COMP_CWORD - 2]}\"\n"
	     "\telif [[ $cur != -* && $after = program ]]; then\n"
	     "\t\tCOMPREPLY=($(compgen -c -- \"$cur\") $(compgen -f -- \"$cur\"))\n"
	     "\telse\n"
	     "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	     "\t\t[ \"$after\" = file ] && COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
	     "\t\t[[ ${COMPREPLY[0]} = *= ]] && compopt -o nospace 2>/dev/null\n"
	     "\tfi\n"
	     "\treturn 0\n"
	     "}\n\n"
	     "complete -F _fxbox fxbox");
}

static void zsh_option(const struct fx_option *o)
{
	printf("\t\t'%s--%s%s[", o->takes == FX_ARG_REQUIRED ? "*" : "", o->name,
	       o->takes == FX_ARG_NONE	     ? ""
	       : o->takes == FX_ARG_REQUIRED ? "="
					     : "=-");
	put_help(o);
	putchar(']');
	if (o->takes != FX_ARG_NONE) {
		printf("%s", o->takes == FX_ARG_OPTIONAL ? "::value:" : ":value:");
		if (has_choices(o)) {
			putchar('(');
			put_choices(o, ' ');
			putchar(')');
		} else {
			printf("%s", is_file(o) ? "_files" : " ");
		}
	}
	puts("'");
}

/* With one tab less than the options of run. */
static void zsh_test_option(const struct fx_test_option *o)
{
	printf("\t'--%s%s[%s]", o->name, o->arg ? "=" : "",
	       o->arg && !has_words(o) ? o->arg : o->name);
	if (has_words(o)) {
		printf(":value:(");
		put_words(o->arg, ' ');
		putchar(')');
	} else if (o->arg) {
		printf(":value:%s", is_place(o) ? "_files" : " ");
	}
	puts("'");
}

static void zsh(void)
{
	puts("#compdef fxbox\n"
	     "# made from fxbox's option table\n"
	     "local -a options tests commands\n"
	     "options=(");
	for (const struct fx_option *o = told(fx_option_table); o->name; o = told(o + 1))
		zsh_option(o);
	puts(")\ntests=(");
	for (const struct fx_test_option *o = fx_test_option_table; o->name; o++)
		zsh_test_option(o);
	puts(")\ncommands=(");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("\t'%s:%s'\n", commands[i].name, commands[i].help);
	puts(")\n"
	     "if (( CURRENT == 2 )); then\n"
	     "\t_describe command commands\n"
	     "\treturn\n"
	     "fi\n"
	     "local command=${words[2]}\n"
	     "shift words\n"
	     "(( CURRENT-- ))\n"
	     "case $command in\n"
	     "run) _arguments -S $options '(-)1:program:_command_names -e' '*::arguments:_normal' ;;\n"
	     "test) _arguments -S $tests $options '(-)1:program:_command_names -e' '*::arguments:_normal' ;;\n"
	     "profile) _arguments $options ;;\n"
	     "audit) _arguments '--json' '--all' '--narrow' '--format=:format:(oci systemd fxbox kubernetes)' "
	     "'--base=:base:(docker-default)' '--help' \\\n"
	     "\t'1:what:(summary diff merge profile stacks trace-events)' '*:log:_files' ;;\n"
	     "report) _arguments '-o[where to write the page]:page:_files' '--help' '*:log:_files' ;;\n"
	     "*) _arguments '--json' '--help' ;;\n"
	     "esac");
}

static void fish_option(const struct fx_option *o)
{
	printf("complete -c fxbox -n '__fish_seen_subcommand_from run profile' -l %s", o->name);
	if (o->takes == FX_ARG_REQUIRED)
		printf(" -r");
	if (has_choices(o)) {
		printf(" -f -a '");
		put_choices(o, ' ');
		putchar('\'');
	} else if (is_file(o)) {
		printf(" -F");
	}
	printf(" -d '");
	put_help(o);
	puts("'");
}

static void fish_test_option(const struct fx_test_option *o)
{
	printf("complete -c fxbox -n '__fish_seen_subcommand_from test' -l %s", o->name);
	if (o->arg)
		printf(is_place(o) ? " -r -F" : " -r");
	if (has_words(o)) {
		printf(" -f -a '");
		put_words(o->arg, ' ');
		putchar('\'');
	}
	puts("");
}

static void fish(void)
{
	puts("# fish completion for fxbox; made from its option table");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("complete -c fxbox -f -n __fish_use_subcommand -a %s -d '%s'\n",
		       commands[i].name, commands[i].help);
	for (const struct fx_option *o = told(fx_option_table); o->name; o = told(o + 1))
		fish_option(o);
	for (const struct fx_test_option *o = fx_test_option_table; o->name; o++)
		fish_test_option(o);
	puts("complete -c fxbox -n '__fish_seen_subcommand_from audit' "
	     "-a 'summary diff merge profile stacks trace-events'\n"
	     "complete -c fxbox -n '__fish_seen_subcommand_from report' -s o -l output -r -F\n"
	     "complete -c fxbox -n '__fish_seen_subcommand_from audit report' -F\n"
	     "complete -c fxbox -n '__fish_seen_subcommand_from audit' -l all\n"
	     "complete -c fxbox -n '__fish_seen_subcommand_from audit' -l narrow\n"
	     "complete -c fxbox -n '__fish_seen_subcommand_from audit' -l format -r -f "
	     "-a 'oci systemd fxbox kubernetes'\n"
	     "complete -c fxbox -n '__fish_seen_subcommand_from audit' -l base -r -f -a docker-default\n"
	     "complete -c fxbox -n '__fish_seen_subcommand_from audit syscalls threads doctor' -l json\n"
	     "complete -c fxbox -n '__fish_seen_subcommand_from audit report syscalls summary threads doctor' -l help");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*put)(void);
	} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (argc == 2 && strcmp(argv[1], shells[i].name) == 0) {
			shells[i].put();
			return fflush(stdout) == 0 ? 0 : 1;
		}
	}
	fputs("usage: gen_completions bash|zsh|fish\n", stderr);
	return 1;
}
