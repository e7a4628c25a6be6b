/* SPDX-License-Identifier: MIT */
#include "shim/script_line.h"

#include <stdbool.h>

#include <asm/errno.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* First place in [at, end) that is not blank, or end. */
static size_t skip_blanks(const char *buf, size_t at, size_t end)
{
	while (at < end && is_blank(buf[at]))
		at++;
	return at;
}

/* First place in [at, end) that ends a word: a blank or NUL; or end. */
static size_t skip_word(const char *buf, size_t at, size_t end)
{
	while (at < end && buf[at] != '\0' && !is_blank(buf[at]))
		at++;
	return at;
}

static size_t find(const char *buf, size_t at, size_t end, char c)
{
	while (at < end && buf[at] != c)
		at++;
	return at;
}

int fx_script_line_parse(const char *buf, size_t len, struct fx_script_line *out)
{
	struct fx_script_line line = {0};

	if (len > FX_SCRIPT_LINE_MAX)
		len = FX_SCRIPT_LINE_MAX;
	if (len < 2 || buf[0] != '#' || buf[1] != '!')
		return -ENOEXEC;

	size_t end = find(buf, 2, len, '\n');
	bool newline = end < len;
	bool cut = !newline && len == FX_SCRIPT_LINE_MAX;

	/* Behind a short file the kernel sees zeros, and does not trim in front of them. */
	if (cut)
		end = FX_SCRIPT_LINE_MAX - 1;
	if (newline || cut) {
		while (end > 2 && is_blank(buf[end - 1]))
			end--;
	}
	line.interp = skip_blanks(buf, 2, end);

	size_t word_end = skip_word(buf, line.interp, end);

	line.interp_len = word_end - line.interp;
	/* A NUL ends an empty name, which to the kernel is the current directory. */
	if (line.interp_len == 0)
		return (newline || cut) && line.interp == end ? -ENOEXEC : -EACCES;
	/* A path that goes on behind what was read would be another file's. */
	if (cut && skip_word(buf, line.interp, len) == len)
		return -ENOEXEC;
	if (word_end < end && buf[word_end] != '\0') {
		line.arg = skip_blanks(buf, word_end, end);
		line.arg_len = find(buf, line.arg, end, '\0') - line.arg;
	}
	*out = line;
	return 0;
}
