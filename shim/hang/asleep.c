/* SPDX-License-Identifier: MIT */
#include "shim/hang/asleep.h"

#include <linux/fcntl.h>

#include "shim/base/host.h"
#include "shim/base/text.h"
#include "shim/threads/thread.h"

/*
 * The third word of /proc/self/task/TID/stat, behind the name in parentheses: S is an interruptible
 * sleep, and whoever sends a signal that is not blocked ends that at once. 0: not known.
 */
static char state_of(uint32_t tid)
{
	char path[64], line[256];
	struct fx_text x;
	long fd, n;

	fx_text_init(&x, path, sizeof(path));
	fx_text_put(&x, "/proc/self/task/");
	fx_text_udec(&x, tid);
	fx_text_put(&x, "/stat");
	fd = fx_host(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	n = fx_host(__NR_read, fd, line, sizeof(line));
	fx_host(__NR_close, fd);
	/* The name may have any character; it is 15 long at most, and no digit is a parenthesis. */
	for (long i = n - 3; i >= 0; i--)
		if (line[i] == ')')
			return line[i + 2];
	return 0;
}

enum fx_asleep fx_asleep_all(const struct fx_thread *self)
{
	const struct fx_thread *t;

	for (unsigned i = 0; (t = fx_thread_nth(i)); i++) {
		uint32_t tid = __atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE);
		char state;

		if (t == self || !tid || __atomic_load_n(&t->gone, __ATOMIC_ACQUIRE))
			continue;
		state = state_of(tid);
		if (!state)
			return FX_ASLEEP_UNKNOWN;
		if (state != 'S')
			return FX_ASLEEP_NOT;
	}
	return FX_ASLEEP;
}
