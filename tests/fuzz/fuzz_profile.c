/* SPDX-License-Identifier: MIT */
/* A policy file of anybody: what is read can be printed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loader/confine/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *null;
	int fd = memfd_create("fuzz", 0);
	struct fx_policy policy = {0};
	struct fx_refusal why = {0};
	char path[64];

	if (!null)
		null = fopen("/dev/null", "w");
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fx_profile_read(path, &policy, &why) == 0)
		fx_profile_print(&policy, null);
	else if (!why.line[0] || strchr(why.line, '\n'))
		abort();
	close(fd);
	return 0;
}
