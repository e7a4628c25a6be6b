/* SPDX-License-Identifier: MIT */
#include "loader/report/ascii_json.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"

#define ESCAPE 6 /* \uXXXX */

/* The character that begins here, and of how many bytes it is; a byte by itself if it is none. */
static uint32_t character(const unsigned char *s, size_t *bytes)
{
	const size_t more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc0 ? 1 : 0;
	uint32_t c = s[0] & (0x3fU >> more);

	*bytes = 1;
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return s[0];
		c = c << 6 | (s[i] & 0x3f);
	}
	if (more == 0 || c > 0x10ffff)
		return s[0];
	*bytes += more;
	return c;
}

static char *put_escape(char *to, uint32_t unit)
{
	snprintf(to, ESCAPE + 1, "\\u%04x", (unsigned)(unit & 0xffff));
	return to + ESCAPE;
}

char *fx_ascii_json(struct json_object *o, int flags, size_t *length)
{
	const char *from = json_object_to_json_string_ext(o, flags);
	char *text, *to;
	size_t bytes;

	/* No byte becomes more than one escape. */
	text = from ? reallocarray(NULL, strlen(from) + 1, ESCAPE) : NULL;
	if (!text) {
		perror("fxbox");
		exit(FX_EXIT_FAILED);
	}
	to = text;
	for (; *from; from += bytes) {
		uint32_t c = (unsigned char)*from;

		bytes = 1;
		if (c < 0x7f) {
			*to++ = *from;
			continue;
		}
		c = character((const unsigned char *)from, &bytes);
		if (c > 0xffff) {
			to = put_escape(to, 0xd7c0 + (c >> 10));
			c = 0xdc00 | (c & 0x3ff);
		}
		to = put_escape(to, c);
	}
	*to = '\0';
	if (length)
		*length = (size_t)(to - text);
	return text;
}
