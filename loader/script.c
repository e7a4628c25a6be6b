/* SPDX-License-Identifier: MIT */
#include "loader/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/exec_file.h"
#include "loader/exit_status.h"
#include "shim/script_line.h"

/* "SCRIPT: its interpreter PATH", or just PATH for what was named itself. */
#define SUBJECT_MAX (2 * PATH_MAX)

static int out_of_memory(const char *subject, struct fx_refusal *why)
{
	return fx_refuse(why, FX_EXIT_FAILED, subject, "%s", strerror(ENOMEM));
}

static int copy_program(struct fx_program *program, const char *path, char *const *argv)
{
	while (argv[program->argc])
		program->argc++;
	program->path = strdup(path);
	program->argv = calloc(program->argc + 1, sizeof(*program->argv));
	if (!program->path || !program->argv)
		return -1;
	for (size_t i = 0; i < program->argc; i++) {
		program->argv[i] = strdup(argv[i]);
		if (!program->argv[i])
			return -1;
	}
	return 0;
}

/* Puts a word in front of argv; takes ownership of it, also on failure. */
static int push_front(struct fx_program *program, char *word)
{
	char **argv = word ? calloc(program->argc + 2, sizeof(*argv)) : NULL;

	if (!argv) {
		free(word);
		return -1;
	}
	argv[0] = word;
	memcpy(argv + 1, program->argv, program->argc * sizeof(*argv));
	free(program->argv);
	program->argv = argv;
	program->argc++;
	return 0;
}

static void pop_front(struct fx_program *program)
{
	if (program->argc == 0)
		return;
	free(program->argv[0]);
	program->argc--;
	memmove(program->argv, program->argv + 1, (program->argc + 1) * sizeof(*program->argv));
}

/* The file's first bytes; how many, or -1. Refuses what execve would refuse. */
static ssize_t read_head(struct fx_program *program, const char *subject,
			 char head[static FX_SCRIPT_LINE_MAX], struct fx_refusal *why)
{
	ssize_t got;

	if (program->fd < 0)
		program->fd = fx_exec_file_open(program->path, subject, why);
	if (program->fd < 0)
		return -1;
	got = pread(program->fd, head, FX_SCRIPT_LINE_MAX, 0);
	if (got < 0)
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject, "cannot be read: %s",
				 strerror(errno));
	return got;
}

static void close_file(struct fx_program *program)
{
	if (program->fd >= 0)
		close(program->fd);
	program->fd = -1;
}

/* argv becomes: interpreter, its argument if any, the script, what followed argv[0]. */
static int enter_script(struct fx_program *program, const char *head,
			const struct fx_script_line *line)
{
	char *script = program->path;

	program->path = strndup(head + line->interp, line->interp_len);
	pop_front(program);
	if (push_front(program, script) < 0 || !program->path)
		return -1;
	if (line->arg_len && push_front(program, strndup(head + line->arg, line->arg_len)) < 0)
		return -1;
	return push_front(program, strdup(program->path));
}

static int follow_scripts(struct fx_program *program, struct fx_refusal *why)
{
	char subject[SUBJECT_MAX];

	snprintf(subject, sizeof(subject), "%s", program->path);
	for (int depth = 0;; depth++) {
		char head[FX_SCRIPT_LINE_MAX];
		struct fx_script_line line;
		ssize_t got = read_head(program, subject, head, why);

		if (got < 0)
			return -1;
		if (got < 2 || head[0] != '#' || head[1] != '!')
			return 0;
		if (depth == FX_SCRIPT_NEST_MAX)
			return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
					 "is a script run by scripts, more than %d deep (%s)",
					 FX_SCRIPT_NEST_MAX, strerror(ELOOP));
		if (fx_script_line_parse(head, (size_t)got, &line) < 0)
			return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
					 "names no interpreter in its #! line, or one that is too "
					 "long (correct the line)");
		close_file(program);
		if (enter_script(program, head, &line) < 0)
			return out_of_memory(subject, why);
		/* The script is now the word behind the interpreter and its argument. */
		snprintf(subject, sizeof(subject), "%s: its interpreter %s",
			 program->argv[line.arg_len ? 2 : 1], program->path);
	}
}

int fx_program_resolve(struct fx_program *program, int fd, const char *path, char *const *argv,
		       struct fx_refusal *why)
{
	struct fx_program built = {.fd = fd};
	int result = copy_program(&built, path, argv);

	if (result < 0)
		out_of_memory(path, why);
	else
		result = follow_scripts(&built, why);
	if (result < 0)
		fx_program_free(&built);
	else
		*program = built;
	return result;
}

void fx_program_free(struct fx_program *program)
{
	close_file(program);
	free(program->path);
	for (size_t i = 0; i < program->argc; i++)
		free(program->argv[i]);
	free(program->argv);
	*program = (struct fx_program){.fd = -1};
}
