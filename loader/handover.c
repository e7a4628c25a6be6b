/* SPDX-License-Identifier: MIT */
#include "loader/handover.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool fx_handover_possible(const char *execfn, int *fd_base)
{
	static const char prefix[] = "/dev/fd/";
	const size_t skip = sizeof(prefix) - 1;
	char *end;

	if (!execfn || strncmp(execfn, prefix, skip) != 0 || execfn[skip] < '0' ||
	    execfn[skip] > '9')
		return false;

	long fd = strtol(execfn + skip, &end, 10);

	if (*end != '\0' || fd < FX_FD_EXE || fd > 1 << 24)
		return false;
	*fd_base = (int)fd - FX_FD_EXE;
	return true;
}

static bool is_sound(const struct fx_handover *handover, int fd_base)
{
	return handover->magic == FX_HANDOVER_MAGIC && handover->size == sizeof(*handover) &&
	       (handover->kind >= FX_HANDOVER_EXEC && handover->kind <= FX_HANDOVER_THREADS) &&
	       handover->config.fd_base == fd_base && handover->pid == getpid();
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Fails at the first that is no digit, so never reads behind the string. */
static bool read_digits(const char *text, unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int high = digit(text[2 * i]), low = high < 0 ? -1 : digit(text[2 * i + 1]);

		if (low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

bool fx_handover_read(int fd_base, const char *first, struct fx_handover *handover)
{
	static const char name[] = FX_HANDOVER_ENV;
	struct fx_handover state = {0};
	const char *path;

	if (!first || strncmp(first, name, sizeof(name) - 1) != 0)
		return false;
	first += sizeof(name) - 1;
	if (!read_digits(first, (unsigned char *)&state, FX_HANDOVER_FIXED))
		return false;
	path = first + 2 * FX_HANDOVER_FIXED;
	if (*path++ != ':' || strlen(path) >= sizeof(state.path))
		return false;
	strcpy(state.path, path);
	if (!is_sound(&state, fd_base))
		return false;
	*handover = state;
	return true;
}
