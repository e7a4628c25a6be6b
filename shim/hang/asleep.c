/* SPDX-License-Identifier: MIT */
#include "shim/hang/asleep.h"

#include "shim/base/proc_file.h"
#include "shim/threads/thread.h"

/*
 * As its `stat` says: S is an interruptible sleep, and whoever sends a signal that is not blocked
 * ends that at once. 0: not known.
 */
static char state_of(uint32_t tid)
{
	char line[256];

	fx_proc_file_read(FX_PROC_OWN_THREADS, tid, "stat", line, sizeof(line));
	return *fx_proc_file_behind_name(line);
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
