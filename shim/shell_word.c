/* SPDX-License-Identifier: MIT */
#include "shim/shell_word.h"

#include <stdbool.h>

struct out {
	void (*put)(void *to, char c);
	void *to;
};

static bool is_plain(char c)
{
	const char others[] = "/._-+,@%:=";

	for (const char *other = others; *other; other++) {
		if (c == *other)
			return true;
	}
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_printable(char c)
{
	return c >= ' ' && c < 0x7f;
}

static void put_text(const struct out *out, const char *text)
{
	for (; *text; text++)
		out->put(out->to, *text);
}

static void put_octal(const struct out *out, unsigned byte)
{
	out->put(out->to, '\\');
	out->put(out->to, (char)('0' + (byte >> 6)));
	out->put(out->to, (char)('0' + (byte >> 3 & 7)));
	out->put(out->to, (char)('0' + (byte & 7)));
}

void fx_shell_word(const char *text, void (*put)(void *to, char c), void *to)
{
	const struct out out = {put, to};
	bool plain = *text != 0, printable = true;

	for (const char *s = text; *s; s++) {
		plain = plain && is_plain(*s);
		printable = printable && is_printable(*s);
	}
	if (plain) {
		put_text(&out, text);
		return;
	}
	put_text(&out, printable ? "'" : "$'");
	for (; *text; text++) {
		if (!is_printable(*text) || (!printable && (*text == '\'' || *text == '\\')))
			put_octal(&out, (unsigned char)*text);
		else if (*text == '\'')
			put_text(&out, "'\\''");
		else
			put(to, *text);
	}
	put(to, '\'');
}
