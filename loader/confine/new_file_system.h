/* SPDX-License-Identifier: MIT */
/* A file system that is attached to nothing yet. */
#ifndef LOADER_CONFINE_NEW_FILE_SYSTEM_H
#define LOADER_CONFINE_NEW_FILE_SYSTEM_H

#include <stddef.h>

struct fx_file_system_option {
	const char *name, *value;
};

/*
 * Makes one of that type, with these options, and attributes of MOUNT_ATTR_*. Returns a descriptor
 * of its root, close-on-exec and the caller's, for move_mount(2); or -1 and errno.
 */
int fx_new_file_system(const char *type, const struct fx_file_system_option *option, size_t options,
		       unsigned int attributes);

#endif
