/* SPDX-License-Identifier: MIT */
#include "loader/confine/new_file_system.h"

#include <errno.h>
#include <sys/mount.h>
#include <unistd.h>

static int configure(int fs, const struct fx_file_system_option *option, size_t options)
{
	for (size_t i = 0; i < options; i++) {
		if (fsconfig(fs, FSCONFIG_SET_STRING, option[i].name, option[i].value, 0) < 0)
			return -1;
	}
	return fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

int fx_new_file_system(const char *type, const struct fx_file_system_option *option, size_t options,
		       unsigned int attributes)
{
	int fs = fsopen(type, FSOPEN_CLOEXEC), root = -1, error;

	if (fs < 0)
		return -1;
	if (configure(fs, option, options) == 0)
		root = fsmount(fs, FSMOUNT_CLOEXEC, attributes);
	error = errno;
	close(fs);
	errno = error;
	return root;
}
