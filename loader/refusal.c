/* SPDX-License-Identifier: MIT */
#include "loader/refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int fx_refuse(struct fx_refusal *why, int status, const char *subject, const char *fmt, ...)
{
	const size_t room = sizeof(why->line);
	va_list args;

	why->status = status;
	/* An over-long subject is cut, never the explanation after it. */
	int used = snprintf(why->line, room, "%.*s: ", 2 * PATH_MAX, subject);

	va_start(args, fmt);
	vsnprintf(why->line + used, room - (size_t)used, fmt, args);
	va_end(args);

	for (char *c = why->line; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	return -1;
}

void fx_refusal_print(const struct fx_refusal *why, int fd)
{
	dprintf(fd, "fxbox: %s\n", why->line);
}
