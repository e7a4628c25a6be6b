/* SPDX-License-Identifier: MIT */
#include "loader/report/locks/folded_stacks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/locks/lock_uses.h"

/* What the format has for itself, and what is no text, becomes another character. */
static void put_name(const char *name, FILE *out)
{
	for (const char *s = name; *s; s++) {
		const unsigned char c = (unsigned char)*s;

		fputc(c == ';' ? ':' : c < ' ' || c >= 0x7f ? '?' : c, out);
	}
}

static char *line_of(const struct fx_lock_path *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	if (!path)
		fputs("[unknown]", out);
	for (size_t i = path ? path->frames : 0; i-- > 0;) {
		put_name(path->frame[i].name, out);
		if (i)
			fputc(';', out);
	}
	fclose(out);
	return text;
}

struct line {
	char *text;
	int64_t us;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->text, ((const struct line *)b)->text);
}

void fx_folded_stacks_put(const struct fx_locks *l, FILE *out)
{
	size_t uses;
	struct fx_lock_use *use = fx_lock_uses(l, FX_LOCK_WAITED, &uses);
	struct line *line = calloc(uses + 1, sizeof(*line));

	if (!line)
		abort();
	for (size_t i = 0; i < uses; i++)
		line[i] = (struct line){line_of(use[i].path), use[i].us};
	qsort(line, uses, sizeof(*line), by_text);
	for (size_t i = 0, end; i < uses; i = end) {
		int64_t us = 0;

		for (end = i; end < uses && by_text(&line[i], &line[end]) == 0; end++) {
			if (__builtin_add_overflow(us, line[end].us, &us))
				us = INT64_MAX;
		}
		fprintf(out, "%s %" PRId64 "\n", line[i].text, us);
	}
	for (size_t i = 0; i < uses; i++)
		free(line[i].text);
	free(line);
	free(use);
}
