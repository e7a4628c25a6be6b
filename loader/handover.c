/* SPDX-License-Identifier: MIT */
#include "loader/handover.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nobody can change it any more, so what is checked is what is used. */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

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
	       (handover->kind == FX_HANDOVER_EXEC || handover->kind == FX_HANDOVER_REPORT) &&
	       handover->config.fd_base == fd_base &&
	       memchr(handover->path, '\0', sizeof(handover->path));
}

bool fx_handover_read(int fd_base, struct fx_handover *handover)
{
	struct fx_handover state;
	int fd = fd_base + FX_FD_STATE;
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	if (seals < 0 || (seals & SEALS) != SEALS)
		return false;
	if (fstat(fd, &st) < 0 || st.st_size != sizeof(state) ||
	    pread(fd, &state, sizeof(state), 0) != sizeof(state) || !is_sound(&state, fd_base))
		return false;
	close(fd);
	*handover = state;
	return true;
}
