/* SPDX-License-Identifier: MIT */
#include "loader/confine/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"

#define OPTION "--limit"

/* The file of that name in a directory of /proc or of a cgroup; NULL and errno. */
static FILE *open_in(const char *directory, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return fopen(path, "re");
}

/* Writes what is there already: the kernel makes these files. */
static int write_in(const char *directory, const char *name, const char *text)
{
	char path[PATH_MAX];
	int fd, error;
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	error = errno;
	close(fd);
	errno = error;
	return n < 0 ? -1 : 0;
}

/* Of "0::/path", the line of version 2, the path; false if there is none. */
static bool own_cgroup(const char *proc, char path[static PATH_MAX])
{
	FILE *lines = open_in(proc, "self/cgroup");
	char line[PATH_MAX];
	bool found = false;

	while (lines && !found && fgets(line, sizeof(line), lines)) {
		found = strncmp(line, "0::/", 4) == 0;
		if (found) {
			line[strcspn(line, "\n")] = '\0';
			snprintf(path, PATH_MAX, "%s", line + 3);
		}
	}
	if (lines)
		fclose(lines);
	return found;
}

/* proc(5): the root within the file system, the place, and behind a lone hyphen the type. */
static bool is_cgroup2(const char *line, char root[static PATH_MAX], char place[static PATH_MAX])
{
	const char *type = strstr(line, " - ");

	return type && strncmp(type + 3, "cgroup2 ", 8) == 0 &&
	       sscanf(line, "%*s %*s %*s %4095s %4095s", root, place) == 2;
}

static int each_mount(const char *proc, int (*each)(void *, const char *, const char *),
		      void *context)
{
	FILE *mounts = open_in(proc, "self/mountinfo");
	char root[PATH_MAX], place[PATH_MAX], *line = NULL;
	size_t room = 0;
	int result = 0;

	if (!mounts)
		return -1;
	while (result == 0 && getline(&line, &room, mounts) > 0) {
		if (is_cgroup2(line, root, place))
			result = each(context, root, place);
	}
	free(line);
	fclose(mounts);
	return result;
}

struct search {
	const char *own; /* path of the cgroup */
	char *top;	 /* where it is mounted */
	char *directory; /* and the cgroup there */
};

/* 1: found. */
static int take_mount(void *context, const char *root, const char *place)
{
	struct search *s = context;
	size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);

	/* A root above the own one is written with "..", and is not to be seen here. */
	if (strncmp(s->own, root, length) != 0 || strstr(s->own, "/..") ||
	    (s->own[length] != '/' && s->own[length] != '\0'))
		return 0;
	snprintf(s->top, PATH_MAX, "%s", place);
	if (snprintf(s->directory, PATH_MAX, "%s%s", place, s->own + length) >= PATH_MAX)
		return 0;
	length = strlen(s->directory);
	if (length > 1 && s->directory[length - 1] == '/')
		s->directory[length - 1] = '\0';
	return 1;
}

static bool has_word(const char *directory, const char *file, const char *wanted)
{
	FILE *words = open_in(directory, file);
	char word[64];
	bool found = false;

	while (words && !found && fscanf(words, "%63s", word) == 1)
		found = strcmp(word, wanted) == 0;
	if (words)
		fclose(words);
	return found;
}

/* Whether what is made there has the controllers that the limits need, and can be made. */
static bool serves(const struct fx_cgroup_limits *limits, const char *directory)
{
	return (limits->memory == 0 || has_word(directory, "cgroup.subtree_control", "memory")) &&
	       (limits->tasks == 0 || has_word(directory, "cgroup.subtree_control", "pids")) &&
	       access(directory, W_OK) == 0;
}

int fx_cgroup_find(const struct fx_cgroup_limits *limits, const char *proc,
		   char place[static PATH_MAX], struct fx_refusal *why)
{
	char own[PATH_MAX], top[PATH_MAX];
	struct search s = {.own = own, .top = top, .directory = place};
	size_t length;

	if (!own_cgroup(proc, own) || each_mount(proc, take_mount, &s) != 1)
		return fx_refuse(why, FX_EXIT_FAILED, OPTION,
				 "cannot be had here: no cgroup of version 2 is mounted for this "
				 "process");
	length = strlen(top);
	while (!serves(limits, place)) {
		char *slash = strrchr(place, '/');

		if (strlen(place) <= length || !slash)
			return fx_refuse(
				why, FX_EXIT_FAILED, OPTION,
				"cannot be had here: no cgroup from %s%s on is delegated with "
				"its controllers (where systemd runs: systemd-run --user --scope "
				"fxbox ...)",
				top, own);
		*slash = '\0';
	}
	return 0;
}

static int set_limits(const struct fx_cgroup_limits *limits, const char *path, const char **name)
{
	char number[32];

	if (limits->memory) {
		*name = "memory.max";
		snprintf(number, sizeof(number), "%" PRIu64 "\n", limits->memory);
		if (write_in(path, *name, number) < 0)
			return -1;
		/* A kernel without swap has no such file. */
		*name = "memory.swap.max";
		if (write_in(path, *name, "0\n") < 0 && errno != ENOENT)
			return -1;
	}
	*name = "pids.max";
	snprintf(number, sizeof(number), "%" PRIu64 "\n", limits->tasks);
	return limits->tasks ? write_in(path, *name, number) : 0;
}

int fx_cgroup_make(const struct fx_cgroup_limits *limits, const char *place,
		   char path[static PATH_MAX], struct fx_refusal *why)
{
	const char *name;

	if (snprintf(path, PATH_MAX, "%s/fxbox-%d", place, (int)getpid()) >= PATH_MAX)
		return fx_refuse(why, FX_EXIT_FAILED, OPTION, "%s: %s", place,
				 strerror(ENAMETOOLONG));
	if (mkdir(path, 0755) < 0 && (errno != EEXIST || rmdir(path) < 0 || mkdir(path, 0755) < 0))
		return fx_refuse(why, FX_EXIT_FAILED, OPTION, "%s: %s", path, strerror(errno));
	if (set_limits(limits, path, &name) == 0)
		return 0;
	fx_refuse(why, FX_EXIT_FAILED, OPTION, "%s/%s: %s", path, name, strerror(errno));
	rmdir(path);
	return -1;
}

int fx_cgroup_enter(const char *path, struct fx_refusal *why)
{
	return write_in(path, "cgroup.procs", "0\n") < 0
		       ? fx_refuse(why, FX_EXIT_FAILED, OPTION, "%s/cgroup.procs: %s", path,
				   strerror(errno))
		       : 0;
}

/* Of a file with lines "NAME NUMBER". */
static uint64_t count_of(const char *path, const char *file, const char *wanted)
{
	FILE *lines = open_in(path, file);
	char name[64];
	uint64_t number, found = 0;

	while (lines && fscanf(lines, "%63s %" SCNu64, name, &number) == 2) {
		if (strcmp(name, wanted) == 0)
			found = number;
	}
	if (lines)
		fclose(lines);
	return found;
}

void fx_cgroup_end(const char *path, bool tell, int fd)
{
	uint64_t killed = count_of(path, "memory.events", "oom_kill"),
		 refused = count_of(path, "pids.events", "max");

	if (tell && killed)
		dprintf(fd,
			"fxbox: the memory of the run was used up (--limit memory): processes "
			"killed by the kernel: %" PRIu64 "\n",
			killed);
	if (tell && refused)
		dprintf(fd,
			"fxbox: the run had all the tasks that it may have (--limit tasks): refused: "
			"%" PRIu64 "\n",
			refused);
	if (rmdir(path) < 0)
		dprintf(fd, "fxbox: --limit: %s cannot be taken away: %s\n", path, strerror(errno));
}

struct visit {
	int (*each)(void *context, const char *place);
	void *context;
};

static int visit(void *context, const char *root, const char *place)
{
	const struct visit *v = context;

	(void)root;
	return v->each(v->context, place);
}

int fx_cgroup_mounts(const char *proc, int (*each)(void *context, const char *place), void *context)
{
	struct visit v = {each, context};

	return each_mount(proc, visit, &v);
}
