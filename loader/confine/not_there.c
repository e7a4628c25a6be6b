/* SPDX-License-Identifier: MIT */
#include "loader/confine/not_there.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shim/audit_table.h"
#include "shim/shell_word.h"

/* In one directory, so many have a line each. */
#define FEW 3

struct found {
	const char *path;
	uint64_t count;
	size_t directory; /* how much of the path is that, its slash included */
	bool socket;
	bool told;
};

/* Of a path, quoted. */
struct word {
	size_t length;
	char text[FX_SHELL_WORD(FX_AUDIT_TEXT)];
};

struct list {
	struct fx_audit_slot slot[FX_AUDIT_NOT_THERE];
	struct found found[FX_AUDIT_NOT_THERE];
	size_t count;
};

/* As the program may have written it. They are filled one after the other. */
static bool read_slot(int table, size_t which, struct fx_audit_slot *slot)
{
	off_t at = (off_t)(offsetof(struct fx_audit_table, not_there) + which * sizeof(*slot));

	if (pread(table, slot, sizeof(*slot), at) != (ssize_t)sizeof(*slot))
		return false;
	slot->text[FX_AUDIT_TEXT - 1] = '\0';
	return slot->state != FX_AUDIT_FREE;
}

static bool is_outside(const char *path, struct stat *st)
{
	return fstatat(AT_FDCWD, path, st, AT_NO_AUTOMOUNT) == 0;
}

static void look(struct list *list, int table)
{
	for (size_t i = 0; i < FX_AUDIT_NOT_THERE && read_slot(table, i, &list->slot[i]); i++) {
		const struct fx_audit_slot *slot = &list->slot[i];
		struct stat st;

		if (slot->state != FX_AUDIT_READY || slot->text[0] != '/' ||
		    !is_outside(slot->text, &st))
			continue;
		list->found[list->count++] = (struct found){
			.path = slot->text,
			.count = slot->count,
			.socket = S_ISSOCK(st.st_mode),
			.directory = (size_t)(strrchr(slot->text, '/') + 1 - slot->text),
		};
	}
}

static bool is_beside(const struct found *one, const struct found *other)
{
	return one->directory == other->directory &&
	       memcmp(one->path, other->path, one->directory) == 0;
}

/* How many there are in its directory; *times are all that these were looked for. */
static size_t gather(const struct list *list, size_t first, uint64_t *times)
{
	size_t together = 0;

	*times = 0;
	for (size_t i = first; i < list->count; i++) {
		if (is_beside(&list->found[first], &list->found[i])) {
			*times += list->found[i].count;
			together++;
		}
	}
	return together;
}

static void have_told(struct list *list, size_t first)
{
	for (size_t i = first; i < list->count; i++)
		list->found[i].told |= is_beside(&list->found[first], &list->found[i]);
}

/* So much lies there that it is not advised for the sake of a few: the user's home, or /etc. */
static bool is_much(const char *directory)
{
	const char *home = getenv("HOME");

	return !strchr(directory + 1, '/') || (home && strcmp(home, directory) == 0);
}

static void put_last(void *to, char c)
{
	struct word *word = to;

	word->text[word->length++] = c;
}

static const char *quote(struct word *word, const char *path)
{
	*word = (struct word){0};
	fx_shell_word(path, put_last, word);
	return word->text;
}

/* With what it is shown; of a socket, also connected to. */
static const char *option_of(const struct found *found)
{
	return found->socket ? "--unix=" : "--only ";
}

/* As fxbox-log(5) has strings: ASCII, each other byte by its value. */
static void put_string(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",\"%s\":\"", name);
	for (; *text; text++) {
		if (*text < ' ' || *text >= 0x7f || *text == '"' || *text == '\\')
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static void put_record(FILE *out, const struct found *found)
{
	struct timespec now;
	char advice[sizeof(struct word) + 32];
	struct word word;

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(advice, sizeof(advice), "show with %s%s", option_of(found),
		 quote(&word, found->path));
	fprintf(out, "{\"type\":\"not_there\",\"time_us\":%lld,\"pid\":%d",
		(long long)now.tv_sec * 1000000 + now.tv_nsec / 1000, (int)getpid());
	put_string(out, "path", found->path);
	fprintf(out, ",\"count\":%" PRIu64, found->count);
	put_string(out, "advice", advice);
	fputs("}\n", out);
}

/* Lines are written whole, each by a write of its own. */
static void write_log(const struct list *list, int log, int report)
{
	for (size_t i = 0; i < list->count; i++) {
		char *line = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&line, &size);

		if (out) {
			put_record(out, &list->found[i]);
			fclose(out);
		}
		if (!line || write(log, line, size) != (ssize_t)size) {
			dprintf(report, "fxbox: the log has not all that was not there: %s\n",
				strerror(errno));
			free(line);
			return;
		}
		free(line);
	}
}

static void tell_one(const struct found *found, int fd)
{
	bool tmp = strncmp(found->path, "/tmp", 4) == 0 &&
		   (found->path[4] == '/' || found->path[4] == '\0');
	struct word word;

	quote(&word, found->path);
	dprintf(fd, "fxbox: %7" PRIu64 "x not there: %s (show with %s%s%s)\n", found->count,
		word.text, tmp && !found->socket ? "--tmp, an empty one, or " : "",
		option_of(found), word.text);
}

static void tell_many(const struct found *found, uint64_t times, int fd)
{
	struct word word, directory;
	char above[FX_AUDIT_TEXT];

	snprintf(above, sizeof(above), "%.*s", (int)found->directory - 1, found->path);
	quote(&word, found->path);
	quote(&directory, above);
	dprintf(fd,
		"fxbox: %7" PRIu64 "x not there: %s (show with %s%s), and others beside it%s%s%s\n",
		times, word.text, option_of(found), word.text,
		is_much(above) ? "" : " (all: --only ", is_much(above) ? "" : directory.text,
		is_much(above) ? "" : ")");
}

static uint64_t not_told(int table)
{
	uint64_t count;

	return pread(table, &count, sizeof(count), offsetof(struct fx_audit_table, not_told)) ==
			       (ssize_t)sizeof(count)
		       ? count
		       : 0;
}

void fx_not_there_tell(const struct fx_config *config)
{
	struct list *list = calloc(1, sizeof(*list));
	int report = config->fd_base + (int)FX_FD_REPORT,
	    table = config->fd_base + (int)FX_FD_AUDIT;
	uint64_t times;

	if (!list) {
		dprintf(report, "fxbox: what was not there cannot be told: %s\n", strerror(errno));
		return;
	}
	look(list, table);
	if (config->log)
		write_log(list, config->fd_base + (int)FX_FD_LOG, report);
	for (size_t i = 0; !config->quiet && i < list->count; i++) {
		const struct found *found = &list->found[i];

		if (found->told)
			continue;
		if (gather(list, i, &times) <= FEW) {
			tell_one(found, report);
			continue;
		}
		have_told(list, i);
		tell_many(found, times, report);
	}
	free(list);
	if (config->quiet)
		return;
	times = not_told(table);
	if (times > 0)
		dprintf(report,
			"fxbox: %7" PRIu64
			"x not there: more than the report holds (a --trace has all)\n",
			times);
}
