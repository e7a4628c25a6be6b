/* SPDX-License-Identifier: MIT */
#include "loader/report/cmd_threads.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/help_word.h"
#include "loader/refusal.h"
#include "loader/report/ascii_json.h"
#include "loader/report/read_only.h"
#include "loader/report/threads/demangle.h"
#include "loader/report/threads/dump_read.h"
#include "loader/report/threads/findings.h"
#include "loader/report/threads/guest_memory.h"
#include "loader/report/threads/hang_record.h"
#include "loader/report/threads/holds.h"
#include "loader/report/threads/modules.h"
#include "loader/report/threads/stack.h"
#include "loader/report/threads/threads.h"
#include "loader/report/threads/threads_json.h"
#include "loader/report/threads/threads_text.h"

struct request {
	const char *file; /* or what it is called */
	int fd;		  /* -1: the file is to be opened */
	int log;	  /* a log that is told as well; -1: none */
	bool json, all_frames;
};

static int print_help(void)
{
	puts("Usage: fxbox-report threads [--json] [--all-frames] FILE\n"
	     "       fxbox-report threads [--json] [--all-frames] --fd N [--log-fd M]\n"
	     "Tell what the threads of a process do, for what they wait, who holds that, and\n"
	     "where they stand: of a dump that fxbox made, or of any core file for x86-64.\n\n"
	     "  --json        all of it, as fxbox-threads.schema.json has it\n"
	     "  --all-frames  whole stacks, with the C library's functions\n"
	     "  --fd N        the dump is open as descriptor N\n"
	     "  --log-fd M    append it to the log that is open as descriptor M, too");
	return fflush(stdout) == 0 ? 0 : FX_EXIT_FAILED;
}

static int usage_error(const char *word, const char *what)
{
	dprintf(STDERR_FILENO, "fxbox: threads: %s: %s\nTry 'fxbox-report threads --help'.\n", word,
		what);
	return FX_EXIT_FAILED;
}

static void write_report(const struct fx_threads_view *v, bool json)
{
	struct json_object *o;
	char *text;

	if (!json) {
		fx_threads_text(v, stdout);
		return;
	}
	o = fx_threads_json(v);
	text = fx_ascii_json(o,
			     JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				     JSON_C_TO_STRING_NOSLASHESCAPE,
			     NULL);
	puts(text);
	free(text);
	json_object_put(o);
}

/* 0, or -1 when it said that the log does not have it. */
static int report(const struct request *q, struct fx_dump *dump, struct fx_modules *modules)
{
	struct fx_findings findings;
	struct fx_threads threads;
	struct fx_holds holds;
	const struct fx_threads_view view = {
		.threads = &threads,
		.findings = &findings,
		.holds = &holds,
		.name = q->file,
		.all_frames = q->all_frames,
		.colour = isatty(STDOUT_FILENO),
	};
	int status = 0;

	fx_guest_memory(modules);
	fx_threads_read(&threads, dump, modules);
	fx_findings_make(&findings, &threads);
	fx_holds_make(&holds, &threads);
	write_report(&view, q->json);
	if (q->log >= 0)
		status = fx_hang_record_write(&view, q->log);
	fx_holds_free(&holds);
	fx_findings_free(&findings);
	fx_threads_free(&threads);
	return status;
}

static int read_and_report(const struct request *q)
{
	static struct fx_dump dump;
	struct fx_modules modules = {0};
	struct fx_refusal why;
	int status = FX_EXIT_FAILED, fd = q->fd;

	if (fd < 0)
		fd = open(q->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		dprintf(STDERR_FILENO, "fxbox: %s: %s\n", q->file, strerror(errno));
		return status;
	}
	fx_demangle_open();
	/*
	 * A process that fxbox has tell of itself gives a descriptor: it can do no more than its
	 * program could, and fxbox lets nobody install filters.
	 */
	fx_read_only(q->fd < 0 ? "threads" : NULL);
	if (fx_dump_read(&dump, fd, q->file, &why) == 0 &&
	    fx_modules_open(&modules, &dump, &why) == 0 && fx_stack_attach(&modules, &why) == 0) {
		status = report(q, &dump, &modules) == 0 ? 0 : FX_EXIT_FAILED;
	} else {
		fx_refusal_print(&why, STDERR_FILENO);
	}
	fx_modules_free(&modules);
	fx_dump_free(&dump);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		dprintf(STDERR_FILENO, "fxbox: standard output: %s\n", strerror(errno));
		status = FX_EXIT_FAILED;
	}
	return status;
}

static bool descriptor(const char *word, int *fd)
{
	char *end;
	const long value = strtol(word, &end, 10);

	*fd = (int)value;
	return *word >= '0' && *word <= '9' && !*end && value <= INT32_MAX &&
	       fcntl(*fd, F_GETFD) >= 0;
}

int fx_cmd_threads(int argc, char **argv)
{
	struct request q = {.fd = -1, .log = -1};
	bool options = true;

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (options && fx_asks_for_help(word))
			return print_help();
		if (options && strcmp(word, "--") == 0) {
			options = false;
		} else if (options && strcmp(word, "--json") == 0) {
			q.json = true;
		} else if (options && strcmp(word, "--all-frames") == 0) {
			q.all_frames = true;
		} else if (options && strcmp(word, "--fd") == 0) {
			if (++i == argc || !descriptor(argv[i], &q.fd))
				return usage_error("--fd",
						   "a number of an open descriptor is needed");
			q.file = "dump";
		} else if (options && strcmp(word, "--log-fd") == 0) {
			if (++i == argc || !descriptor(argv[i], &q.log))
				return usage_error("--log-fd",
						   "a number of an open descriptor is needed");
		} else if (options && word[0] == '-') {
			return usage_error(word, "this option is unknown");
		} else if (q.file) {
			return usage_error(word, "one dump is read at a time");
		} else {
			q.file = word;
		}
	}
	if (!q.file)
		return usage_error("FILE", "no dump given");
	return read_and_report(&q);
}
