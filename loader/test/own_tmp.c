/* SPDX-License-Identifier: MIT */
#include "loader/test/own_tmp.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "loader/path_below.h"

static bool lies_in_tmp(const char *path)
{
	char real[PATH_MAX];

	return realpath(path, real) && fx_path_is_below(real, "/tmp");
}

bool fx_own_tmp(const struct fx_test_options *o)
{
	if (o->no_tmp || o->no_confine || lies_in_tmp(".") || lies_in_tmp("/proc/self/exe"))
		return false;
	for (char **word = o->program; *word; word++) {
		/* Also what it is told to read. */
		if (strchr(*word, '/') && lies_in_tmp(*word))
			return false;
	}
	return true;
}
