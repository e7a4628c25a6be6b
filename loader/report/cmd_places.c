/* SPDX-License-Identifier: MIT */
#include "loader/report/cmd_places.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/help_word.h"
#include "loader/refusal.h"
#include "loader/report/lock_site.h"
#include "loader/report/read_only.h"
#include "loader/report/story_read.h"
#include "loader/report/source_line.h"
#include "loader/report/threads/called.h"
#include "loader/report/threads/demangle.h"
#include "loader/report/threads/inlined.h"
#include "loader/report/threads/modules.h"
#include "loader/report/threads/place.h"

static int print_help(FILE *out)
{
	fputs("Usage: fxbox-report places --fd N WORD...\n"
	      "Names for addresses of a scheduled run, whose file is open as descriptor N. Each\n"
	      "WORD is one, in hexadecimal, behind a letter: s: what the instruction there does\n"
	      "to a lock; c: the line of source of the call before it, nothing if that is in a\n"
	      "function that locks; v: the variable there. A line is printed for each.\n",
	      out);
	return fflush(out) == 0 ? 0 : FX_EXIT_FAILED;
}

/* As if the maps were those of a dump that has no threads and no memory. */
static void dump_of(const struct fx_story *s, struct fx_dump *d)
{
	*d = (struct fx_dump){.fd = -1, .file = calloc(s->mappings + 1, sizeof(*d->file))};
	for (size_t i = 0; d->file && i < s->mappings; i++) {
		const struct fx_mapped *m = &s->mapped[i];
		/* Names of one file are one, as those of a dump are. */
		const char *name = d->files && strcmp(d->file[d->files - 1].name, m->path) == 0
					   ? d->file[d->files - 1].name
					   : m->path;

		d->file[d->files++] = (struct fx_dump_file){
			.start = m->start, .end = m->end, .offset = m->offset, .name = name};
	}
}

/* "transfer (bank.c:12)", of the outermost function of the program's own. */
static void print_call(struct fx_modules *m, uint64_t address)
{
	struct fx_inlined inlined[FX_INLINED_MOST];
	const size_t count = fx_inlined_at(m, address, inlined);
	struct fx_symbol symbol;
	char name[200] = "";
	size_t i = 0;

	if (fx_lock_function(m, address)) {
		putchar('\n');
		return;
	}

	while (i + 1 < count && (!inlined[i].file || fx_source_is_library(inlined[i].file)))
		i++;
	if (i < count && inlined[i].function)
		snprintf(name, sizeof(name), "%s", inlined[i].function);
	else if (fx_module_symbol(m, address, &symbol))
		fx_demangle(symbol.name, name, sizeof(name));
	if (i < count && inlined[i].file) {
		printf("%s (%s:%d)\n", *name ? name : "?", fx_place_base(inlined[i].file),
		       inlined[i].line);
	} else if (*name) {
		printf("%s\n", name);
	} else {
		const struct fx_module *module = fx_module_of(m, address);

		if (module)
			printf("%s+0x%llx\n", fx_place_base(module->path),
			       (unsigned long long)(address + 1 - module->start));
		else
			puts("?");
	}
}

static void print_variable(struct fx_modules *m, uint64_t address)
{
	const struct fx_place_stacks none = {0};
	char text[FX_PLACE_TEXT];
	struct fx_place place;

	fx_place_find(m, &none, address, &place);
	fx_place_text(&place, text, sizeof(text));
	puts(text);
}

static void answer(struct fx_modules *m, const char *word)
{
	const uint64_t address = *word ? strtoull(word + 1, NULL, 16) : 0;

	if (*word == 's')
		puts(fx_lock_site(m, address));
	else if (*word == 'c')
		print_call(m, address - 1);
	else
		print_variable(m, address);
}

static bool descriptor(const char *word, int *fd)
{
	char *end;
	const long value = strtol(word, &end, 10);

	*fd = (int)value;
	return !*end && end != word && value >= 0 && value <= INT32_MAX;
}

int fx_cmd_places(int argc, char **argv)
{
	static struct fx_dump dump;
	struct fx_modules modules;
	struct fx_refusal why;
	struct fx_story story;
	int fd, status = 0;

	if (argc == 2 && fx_asks_for_help(argv[1]))
		return print_help(stdout);
	if (argc < 3 || strcmp(argv[1], "--fd") != 0 || !descriptor(argv[2], &fd)) {
		print_help(stderr);
		return FX_EXIT_FAILED;
	}
	fx_demangle_open();
	fx_read_only("places");
	if (fx_story_read(&story, fd, &why) < 0) {
		fx_refusal_print(&why, STDERR_FILENO);
		return why.status;
	}
	dump_of(&story, &dump);
	if (fx_modules_open(&modules, &dump, &why) < 0) {
		fx_refusal_print(&why, STDERR_FILENO);
		status = why.status;
	}
	for (int i = 3; i < argc && status == 0; i++)
		answer(&modules, argv[i]);
	fx_modules_free(&modules);
	free(dump.file);
	fx_story_free(&story);
	return fflush(stdout) == 0 ? status : FX_EXIT_FAILED;
}
