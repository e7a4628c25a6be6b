/* SPDX-License-Identifier: MIT */
/*
 *	start_as [--session] [--terminal] [--user=ID] [--descriptors=N[,N...]] COMMAND [ARGUMENT...]
 *
 * Executes the command in a session of its own, with standard input as its controlling terminal, as
 * a user and group without others, and with these descriptors, in this order, as 7 and above, and
 * none besides the first three. What a test in Python would do between fork and exec costs it a
 * copy of the whole interpreter, ten times the price of this program; see start_as.py.
 */
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FIRST  7
#define AWAY   60 /* above all that are handed over */
#define MOST   16
#define FAILED 125

static void must(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "start_as: ");
		perror(what);
		exit(FAILED);
	}
}

/* Not over each other: first out of the way, then to their places. */
static void place_descriptors(char *words)
{
	int n = 0, i;

	for (char *word = strtok(words, ","); word && n < MOST; word = strtok(NULL, ","))
		must(dup2(atoi(word), AWAY + n++), word);
	for (i = 0; i < n; i++)
		must(dup2(AWAY + i, FIRST + i), "dup2");
	must(close_range(3, FIRST - 1, 0), "close_range");
	must(close_range((unsigned)(FIRST + n), ~0u, 0), "close_range");
}

static void become_user(unsigned id)
{
	must(setgroups(0, NULL), "setgroups");
	must(setgid(id), "setgid");
	must(setuid(id), "setuid");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"session", no_argument, NULL, 's'},
		{"terminal", no_argument, NULL, 't'},
		{"user", required_argument, NULL, 'u'},
		{"descriptors", required_argument, NULL, 'd'},
		{NULL, 0, NULL, 0},
	};
	int word;

	while ((word = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (word == 's')
			must(setsid(), "setsid");
		else if (word == 't')
			must(ioctl(0, TIOCSCTTY, 0), "TIOCSCTTY");
		else if (word == 'u')
			become_user((unsigned)strtoul(optarg, NULL, 10));
		else if (word == 'd')
			place_descriptors(optarg);
		else
			exit(FAILED);
	}
	if (!argv[optind]) {
		fprintf(stderr, "start_as: no command\n");
		exit(FAILED);
	}
	execvp(argv[optind], argv + optind);
	must(-1, argv[optind]);
}
