/* SPDX-License-Identifier: MIT */
#include "loader/report/cmd_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/help_word.h"
#include "loader/output.h"
#include "loader/report/report_page.h"

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
	     "latter two are of use with logs of 'fxbox run --trace'.");
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

static int write_page(struct fx_report *r, const struct request *q)
{
	int fd = q->output ? fx_output_open(q->output, O_TRUNC) : -1;
	FILE *out = !q->output ? stdout : fd < 0 ? NULL : fdopen(fd, "w");
	bool good;

	if (!out)
		return failed(q->output);
	fx_report_put(r, out);
	good = fflush(out) == 0 && !ferror(out);
	if (q->output && fclose(out) != 0)
		good = false;
	return good ? 0 : failed(q->output ? q->output : "standard output");
}

static int report(const struct request *q)
{
	struct fx_refusal why;
	struct fx_report r;
	int status = 0;

	if (q->output && is_a_log(q))
		return usage_error(q->output, "this is one of the logs");
	fx_report_init(&r);
	for (int i = 0; i < q->files && status == 0; i++) {
		if (fx_report_read(&r, q->file[i], &why) < 0) {
			fx_refusal_print(&why, STDERR_FILENO);
			status = FX_EXIT_FAILED;
		}
	}
	if (status == 0)
		status = write_page(&r, q);
	fx_report_free(&r);
	return status;
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
