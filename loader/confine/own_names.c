/* SPDX-License-Identifier: MIT */
#include "loader/confine/own_names.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OVERFLOW_ID 65534

/* The whole of it, to be freed; NULL and errno. */
static char *read_all(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0)
		text = malloc((size_t)st.st_size + 1);
	for (*size = 0; text && *size < (size_t)st.st_size; *size += (size_t)n) {
		n = read(fd, text + *size, (size_t)st.st_size - *size);
		if (n <= 0)
			break;
	}
	close(fd);
	return text;
}

/* Behind the colon that ends the field, none of which is empty; NULL. */
static const char *behind_field(const char *field, const char *end)
{
	const char *colon = memchr(field, ':', (size_t)(end - field));

	return colon && colon > field ? colon + 1 : NULL;
}

/* Name, password, number: where these end, and the number; NULL: it is no such line. */
static const char *read_number(const char *line, const char *end, unsigned long *number)
{
	const char *at = behind_field(line, end);

	at = at ? behind_field(at, end) : NULL;
	if (!at || !behind_field(at, end))
		return NULL;
	for (*number = 0; *at >= '0' && *at <= '9'; at++)
		*number = *number * 10 + (unsigned long)(*at - '0');
	return *at == ':' ? at + 1 : NULL;
}

/* The lines with such a number; of a group nobody is a member. */
static size_t choose(const char *text, size_t size, char *out, unsigned long own, bool members)
{
	const char *end = text + size;
	size_t used = 0;

	for (const char *line = text, *next; line < end; line = next) {
		const char *stop = memchr(line, '\n', (size_t)(end - line)), *behind;
		unsigned long id;

		stop = stop ? stop : end;
		next = stop + (stop < end);
		behind = read_number(line, stop, &id);
		if (!behind || (id != 0 && id != OVERFLOW_ID && id != own))
			continue;
		if (members)
			stop = behind;
		memcpy(out + used, line, (size_t)(stop - line));
		used += (size_t)(stop - line);
		out[used++] = '\n';
	}
	return used;
}

static int write_new(int root, const char *path, const char *text, size_t size)
{
	struct open_how how = {.flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			       .mode = 0644,
			       .resolve = RESOLVE_NO_SYMLINKS};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	ssize_t n;

	/* Named, and so shown whole; or in a directory that is a link, of the host's. */
	if (fd < 0)
		return errno == EEXIST || errno == ELOOP ? 0 : -1;
	n = write(fd, text, size);
	return close(fd) == 0 && n == (ssize_t)size ? 0 : -1;
}

static int tell_of(int root, const char *path, unsigned long own, bool members)
{
	size_t size;
	char *text = read_all(path, &size), *told;
	int result = -1;

	if (!text)
		return errno == ENOMEM ? -1 : 0;
	/* The last line may lack its end. */
	told = malloc(size + 1);
	if (told)
		result = write_new(root, path + 1, told, choose(text, size, told, own, members));
	free(told);
	free(text);
	return result;
}

int fx_own_names(int root)
{
	return tell_of(root, "/etc/passwd", geteuid(), false) < 0
		       ? -1
		       : tell_of(root, "/etc/group", getegid(), true);
}
