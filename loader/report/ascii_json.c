/* SPDX-License-Identifier: MIT */
#include "loader/report/ascii_json.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"

#define ESCAPE 6 /* \uXXXX */

/* The character that begins here, if it stands for a byte; else 0. */
static unsigned byte_of(const unsigned char *s)
{
	if (s[0] == 0x7f)
		return s[0];
	if ((s[0] != 0xc2 && s[0] != 0xc3) || (s[1] & 0xc0) != 0x80)
		return 0;
	return (s[0] & 3U) << 6 | (s[1] & 0x3fU);
}

char *fx_ascii_json(struct json_object *o, int flags, size_t *length)
{
	const char *from = json_object_to_json_string_ext(o, flags);
	char *text, *to;

	/* No byte becomes more than one escape. */
	text = from ? reallocarray(NULL, strlen(from) + 1, ESCAPE) : NULL;
	if (!text) {
		perror("fxbox");
		exit(FX_EXIT_FAILED);
	}
	to = text;
	while (*from) {
		const unsigned byte = byte_of((const unsigned char *)from);

		if (!byte) {
			*to++ = *from++;
			continue;
		}
		snprintf(to, ESCAPE + 1, "\\u%04x", byte);
		to += ESCAPE;
		from += byte > 0x7f ? 2 : 1;
	}
	*to = '\0';
	if (length)
		*length = (size_t)(to - text);
	return text;
}
