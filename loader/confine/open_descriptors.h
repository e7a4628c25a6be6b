/* SPDX-License-Identifier: MIT */
#ifndef LOADER_CONFINE_OPEN_DESCRIPTORS_H
#define LOADER_CONFINE_OPEN_DESCRIPTORS_H

#include "shim/boot.h"

/*
 * Calls look once for each open descriptor, fxbox's own of config too; it may close the one that it
 * is called for, or put another in its place. 0, or -1 and errno, if /proc does not tell which
 * there are: then it was not called.
 */
int fx_open_descriptors(const struct fx_config *config, void (*look)(void *context, int fd),
			void *context);

#endif
