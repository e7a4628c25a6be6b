/* SPDX-License-Identifier: MIT */
#include "loader/test/places.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/cmd_logs.h"

#define WORD 20
#define OWN  4 /* words before those, and NULL */

/* In the child: becomes fxbox-report, whose standard output is the pipe. */
_Noreturn static void ask(const struct fx_schedule_file *file, const struct fx_place_asked *asked,
			  size_t count, int out)
{
	char **argv = calloc(count + OWN, sizeof(*argv)), *words = calloc(count, WORD), fd[16];

	if (!argv || !words || dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	snprintf(fd, sizeof(fd), "%d", dup(file->fd));
	argv[0] = "places";
	argv[1] = "--fd";
	argv[2] = fd;
	for (size_t i = 0; i < count; i++) {
		argv[3 + i] = words + i * WORD;
		snprintf(argv[3 + i], WORD, "%c%" PRIx64, asked[i].what, asked[i].address);
	}
	_exit(fx_cmd_logs(argv));
}

/* All that comes, with a NUL; for free(). */
static char *read_all(int fd)
{
	size_t size = 4096, used = 0;
	char *text = malloc(size), *more;
	ssize_t n;

	while (text && (n = read(fd, text + used, size - used - 1)) > 0) {
		used += (size_t)n;
		if (size - used > 1)
			continue;
		more = realloc(text, size *= 2);
		if (!more)
			free(text);
		text = more;
	}
	if (text)
		text[used] = '\0';
	return text;
}

static bool split(char *text, size_t count, const char **line)
{
	for (size_t i = 0; i < count; i++) {
		char *end = strchr(text, '\n');

		if (!end)
			return false;
		*end = '\0';
		line[i] = text;
		text = end + 1;
	}
	return true;
}

char *fx_places(const struct fx_schedule_file *file, const struct fx_place_asked *asked,
		size_t count, const char **line)
{
	char *text;
	int fd[2], status;
	pid_t pid;

	if (count == 0 || pipe(fd) < 0)
		return NULL;
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		ask(file, asked, count, fd[1]);
	}
	close(fd[1]);
	text = pid > 0 ? read_all(fd[0]) : NULL;
	close(fd[0]);
	if (pid > 0 && (waitpid(pid, &status, 0) != pid || status != 0 || !text ||
			!split(text, count, line))) {
		free(text);
		text = NULL;
	}
	return text;
}
