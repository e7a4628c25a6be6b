/* SPDX-License-Identifier: MIT */
#include "loader/report/cmd_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/help_word.h"
#include "loader/output.h"
#include "loader/report/read_only.h"
#include "loader/report/report_page.h"
#include "loader/report/threads/demangle.h"

struct request {
	const char *output; /* NULL: standard output */
	char **file;
	int files;
};

static int print_help(void)
{
	puts("Usage: fxbox report [-o PAGE] FILE...\n"
	     "Make a page for a browser of logs of 'fxbox run --log=FILE'; '-' is standard\n"
	     "input.\n\n"
	     "  -o PAGE, --output=PAGE\n"
	     "            where to write it; without it, or with '-', to standard output\n\n"
	     "The page needs no other file and no network. It has what 'fxbox audit summary\n"
	     "--all' has, a timeline of the threads, and the futexes by time waited; the\n"
	     "latter two are of use with logs of 'fxbox run --trace'. Of a log of\n"
	     "--profile=locks it has the locks by name, with who waited and who let go, and\n"
	     "from where. If threads were stuck, it begins with who waits for whom, and where.");
	return fflush(stdout) == 0 ? 0 : FX_EXIT_FAILED;
}

static int usage_error(const char *word, const char *what)
{
	dprintf(STDERR_FILENO, "fxbox: report: %s: %s\nTry 'fxbox report --help'.\n", word, what);
	return FX_EXIT_FAILED;
}

static int failed(const char *name)
{
	dprintf(STDERR_FILENO, "fxbox: report: %s: %s\n", name, fx_output_error());
	return FX_EXIT_FAILED;
}

/* To write the page over its own log would lose the log. */
static bool is_a_log(const struct request *q)
{
	struct stat page, log;

	if (stat(q->output, &page) < 0)
		return false;
	for (int i = 0; i < q->files; i++) {
		if (stat(q->file[i], &log) == 0 && log.st_dev == page.st_dev &&
		    log.st_ino == page.st_ino)
			return true;
	}
	return false;
}

/* Reads the logs and all that they name: called by who can do nothing else any more. */
static int make_page(const struct request *q, FILE *out)
{
	struct fx_refusal why;
	struct fx_report r;
	int status = 0;

	fx_report_init(&r);
	for (int i = 0; i < q->files && status == 0; i++) {
		if (fx_report_read(&r, q->file[i], &why) < 0) {
			fx_refusal_print(&why, STDERR_FILENO);
			status = FX_EXIT_FAILED;
		}
	}
	if (status == 0) {
		fx_report_put(&r, out);
		if (fflush(out) != 0 || ferror(out))
			status = failed("standard output");
	}
	fx_report_free(&r);
	return status;
}

/* The page that comes through the pipe. What was there stays, if none comes. */
static int write_page(const struct request *q, int page)
{
	char piece[1 << 16];
	ssize_t got = read(page, piece, sizeof(piece));
	int out = got > 0 ? fx_output_open(q->output, O_TRUNC) : -1;

	if (got == 0)
		return 0;
	if (out < 0)
		return failed(q->output);
	for (; got > 0; got = read(page, piece, sizeof(piece))) {
		ssize_t put = 0, n = 0;

		for (; put < got && (n = write(out, piece + put, (size_t)(got - put))) >= 0;
		     put += n)
			;
		if (n < 0)
			break;
	}
	if (got != 0 || close(out) < 0)
		return failed(q->output);
	return 0;
}

/* A child reads, which can only read; the page is written here. */
static int report_to_file(const struct request *q)
{
	int page[2], status, of_child = 0;
	pid_t child;

	if (is_a_log(q))
		return usage_error(q->output, "this is one of the logs");
	if (pipe2(page, O_CLOEXEC) < 0 || (child = fork()) < 0)
		return failed("a process to read the logs");
	if (child == 0) {
		FILE *out = fdopen(page[1], "w");

		close(page[0]);
		fx_read_only("report");
		_exit(out ? make_page(q, out) : failed("memory"));
	}
	close(page[1]);
	status = write_page(q, page[0]);
	close(page[0]);
	if (waitpid(child, &of_child, 0) < 0)
		return failed("the process that reads the logs");
	if (status != 0)
		return status;
	if (WIFSIGNALED(of_child)) {
		dprintf(STDERR_FILENO, "fxbox: report: reading the logs ended by signal %d\n",
			WTERMSIG(of_child));
		return FX_EXIT_FAILED;
	}
	return WEXITSTATUS(of_child);
}

static int report(const struct request *q)
{
	fx_demangle_open();
	if (q->output)
		return report_to_file(q);
	fx_read_only("report");
	return make_page(q, stdout);
}

/* What `-o` or `--output` takes, from this word or the next; NULL: another option. */
static const char *output(int argc, char **argv, int *i)
{
	static const char longer[] = "--output=";
	const char *word = argv[*i];

	if (strncmp(word, longer, sizeof(longer) - 1) == 0)
		return word + sizeof(longer) - 1;
	if (strncmp(word, "-o", 2) != 0)
		return NULL;
	if (word[2])
		return word + 2;
	return ++*i < argc ? argv[*i] : "";
}

int fx_cmd_report(int argc, char **argv)
{
	struct request q = {.file = argv};
	bool options = true;

	for (int i = 1; i < argc; i++) {
		char *word = argv[i];

		if (options && fx_asks_for_help(word))
			return print_help();
		if (options && strcmp(word, "--") == 0) {
			options = false;
		} else if (!options || word[0] != '-' || !word[1]) {
			q.file[q.files++] = word;
		} else {
			q.output = output(argc, argv, &i);
			if (!q.output)
				return usage_error(word, "this option is unknown");
			if (!*q.output)
				return usage_error(word, "no page given");
		}
	}
	if (!q.files)
		return usage_error("FILE", "no file given");
	if (q.output && strcmp(q.output, "-") == 0)
		q.output = NULL;
	return report(&q);
}
