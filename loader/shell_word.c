/* SPDX-License-Identifier: MIT */
#include "loader/shell_word.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char plain[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+:,./-";

static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

void fx_shell_word(char *word, const char *text)
{
	bool printable = is_printable(text);

	if (*text && strspn(text, plain) == strlen(text)) {
		strcpy(word, text);
		return;
	}
	word += sprintf(word, printable ? "'" : "$'");
	for (; *text; text++) {
		if (*text < ' ' || *text == 0x7f ||
		    (!printable && (*text == '\'' || *text == '\\')))
			word += sprintf(word, "\\%03o", (unsigned char)*text);
		else if (*text == '\'')
			word += sprintf(word, "'\\''");
		else
			*word++ = *text;
	}
	strcpy(word, "'");
}
