/* SPDX-License-Identifier: MIT */
#include "loader/handover.h"

#include <dirent.h>
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
	       handover->config.fd_base == fd_base && handover->pid == getpid() &&
	       memchr(handover->path, '\0', sizeof(handover->path));
}

static bool read_from(int fd, int fd_base, struct fx_handover *handover)
{
	struct fx_handover state;
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

/* The guest's limit was too low for the usual place: look at every memfd of that name. */
static bool search(int fd_base, struct fx_handover *handover)
{
	static const char name[] = "/memfd:" FX_HANDOVER_NAME;
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		char target[sizeof(name)];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target));

		if (n >= (ssize_t)sizeof(name) - 1 && memcmp(target, name, sizeof(name) - 1) == 0)
			found = read_from(atoi(entry->d_name), fd_base, handover);
	}
	if (dir)
		closedir(dir);
	return found;
}

bool fx_handover_read(int fd_base, struct fx_handover *handover)
{
	return read_from(fd_base + FX_FD_STATE, fd_base, handover) || search(fd_base, handover);
}
