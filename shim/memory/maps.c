/* SPDX-License-Identifier: MIT */
#include "shim/memory/maps.h"

#include <linux/fcntl.h>

#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/proc_file.h"

#define LINE 4352 /* the longest path and what stands before it */

struct reader {
	int fd;
	size_t have, at;
	char buf[1024];
};

static int next_char(struct reader *r)
{
	if (r->at == r->have) {
		long n = fx_host(__NR_read, r->fd, r->buf, sizeof(r->buf));

		if (n <= 0)
			return -1;
		r->have = (size_t)n;
		r->at = 0;
	}
	return (unsigned char)r->buf[r->at++];
}

static bool next_line(struct reader *r, char *line, size_t size)
{
	size_t n = 0;
	int c;

	while ((c = next_char(r)) >= 0 && c != '\n')
		if (n + 1 < size)
			line[n++] = (char)c;
	line[n] = 0;
	return c >= 0 || n;
}

static uint64_t hex(const char **s)
{
	uint64_t v = 0;

	for (;; (*s)++) {
		char c = **s;

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint64_t)(c - 'a' + 10);
		else
			return v;
	}
}

static const char *skip_word(const char *s)
{
	while (*s && *s != ' ')
		s++;
	while (*s == ' ')
		s++;
	return s;
}

/* start-end perms offset dev inode path */
static bool parse(const char *line, uintptr_t address, struct fx_mapping_name *out)
{
	const char *s = line, *path;
	uintptr_t start = hex(&s), end;
	size_t length;

	s++;
	end = hex(&s);
	if (address < start || address >= end)
		return false;
	s = skip_word(skip_word(s));
	out->start = start;
	out->end = end;
	out->offset = hex(&s);
	path = skip_word(skip_word(skip_word(s)));
	length = fx_strlen(path);
	if (length >= sizeof(out->name)) {
		path += length - (sizeof(out->name) - 1);
		length = sizeof(out->name) - 1;
	}
	memcpy(out->name, path, length + 1);
	return true;
}

/* start-end perms: shared, and it ends after the address. */
static bool parse_shared(const char *line, uintptr_t address, uintptr_t *start, uintptr_t *end)
{
	const char *s = line;

	*start = hex(&s);
	s++;
	*end = hex(&s);
	s = skip_word(s);
	return *end > address && fx_strlen(s) > 3 && s[3] == 's';
}

static int open_maps(struct reader *r)
{
	long fd = fx_host(__NR_openat, AT_FDCWD, FX_PROC_MAPS, O_RDONLY | O_CLOEXEC, 0);

	r->fd = (int)fd;
	r->have = r->at = 0;
	return (int)fd;
}

static uint32_t changes;

void fx_maps_changed(void)
{
	__atomic_add_fetch(&changes, 1, __ATOMIC_SEQ_CST);
}

uint32_t fx_maps_changes(void)
{
	return __atomic_load_n(&changes, __ATOMIC_SEQ_CST);
}

int fx_maps_find(uintptr_t address, struct fx_mapping_name *out)
{
	struct reader r;
	char line[LINE];
	bool found = false;
	int rc = open_maps(&r);

	out->name[0] = 0;
	out->start = 0;
	out->end = 0;
	out->offset = 0;
	if (rc < 0)
		return rc;
	while (!found && next_line(&r, line, sizeof(line)))
		found = parse(line, address, out);
	fx_host(__NR_close, r.fd);
	return found ? 0 : -ENOENT;
}

static struct fx_mapping parse_any(const char *line)
{
	const char *s = line;
	struct fx_mapping m;

	m.start = hex(&s);
	s++;
	m.end = hex(&s);
	s = skip_word(s);
	m.readable = *s == 'r';
	m.executable = m.readable && s[1] && s[2] == 'x';
	m.shared = fx_strlen(s) > 3 && s[1] == 'w' && s[3] == 's';
	s = skip_word(s);
	m.offset = hex(&s);
	m.path = skip_word(skip_word(skip_word(s)));
	return m;
}

int fx_maps_each(bool (*take)(void *arg, const struct fx_mapping *m), void *arg)
{
	struct reader r;
	char line[LINE];
	bool goes_on = true;
	int rc = open_maps(&r);

	if (rc < 0)
		return rc;
	while (goes_on && next_line(&r, line, sizeof(line))) {
		struct fx_mapping m = parse_any(line);

		goes_on = take(arg, &m);
	}
	fx_host(__NR_close, r.fd);
	return 0;
}

int fx_maps_next_shared(uintptr_t address, uintptr_t *start, uintptr_t *end)
{
	struct reader r;
	char line[LINE];
	bool found = false;
	int rc = open_maps(&r);

	if (rc < 0)
		return rc;
	while (!found && next_line(&r, line, sizeof(line)))
		found = parse_shared(line, address, start, end);
	fx_host(__NR_close, r.fd);
	if (!found)
		*start = *end = UINTPTR_MAX;
	else if (*start < address)
		*start = address;
	return 0;
}
