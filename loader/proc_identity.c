/* SPDX-License-Identifier: MIT */
#include "loader/proc_identity.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Fields of /proc/self/stat, numbered as proc(5) does. */
enum stat_field {
	STAT_START_CODE = 26,
	STAT_END_CODE = 27,
	STAT_START_STACK = 28,
	STAT_START_DATA = 45,
	STAT_END_DATA = 46,
	STAT_START_BRK = 47,
	STAT_FIELDS = 53,
};

/* Fields from 3 on are numbers (but the first, a letter); 1 and 2 end with the last ')'. */
static int read_stat(unsigned long field[static STAT_FIELDS])
{
	char text[2048];
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return -1;
	text[got] = '\0';

	char *at = strrchr(text, ')');

	for (int i = 3; at && i < STAT_FIELDS; i++) {
		at = strchr(at + 1, ' ');
		if (!at || (i > 3 && sscanf(at, "%lu", &field[i]) != 1))
			return -1;
	}
	return at ? 0 : -1;
}

uintptr_t fx_proc_start_brk(void)
{
	unsigned long field[STAT_FIELDS] = {0};

	return read_stat(field) < 0 ? 0 : field[STAT_START_BRK];
}

/* The kernel sets all of them or none, so what is not ours to change is read back first. */
static void set_mm(const struct fx_start_layout *layout)
{
	unsigned long field[STAT_FIELDS] = {0};

	if (read_stat(field) < 0)
		return;

	struct prctl_mm_map map = {
		.start_code = field[STAT_START_CODE],
		.end_code = field[STAT_END_CODE],
		.start_data = field[STAT_START_DATA],
		.end_data = field[STAT_END_DATA],
		/* Of fxbox's own heap: the guest's brk is emulated elsewhere. */
		.start_brk = field[STAT_START_BRK],
		.brk = (unsigned long)sbrk(0),
		.start_stack = layout->sp,
		.arg_start = layout->arg_start,
		.arg_end = layout->arg_end,
		.env_start = layout->env_start,
		.env_end = layout->env_end,
		.auxv = (void *)layout->auxv,
		.auxv_size = (unsigned int)layout->auxv_size,
		.exe_fd = (unsigned int)-1,
	};

	prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}

void fx_proc_identity_set(const char *name, const struct fx_start_layout *layout)
{
	const char *slash = strrchr(name, '/');

	prctl(PR_SET_NAME, slash ? slash + 1 : name, 0, 0, 0);
	set_mm(layout);
}
