/* SPDX-License-Identifier: MIT */
#include "shim/hang/asleep.h"

#include "shim/base/mem.h"
#include "shim/base/proc_file.h"
#include "shim/threads/thread.h"

/*
 * As its `stat` says: S is an interruptible sleep, and whoever sends a signal that is not blocked
 * ends that at once. But S is also who is only about to sleep, and has been sent a signal already.
 */
static enum fx_asleep sleeps(uint32_t tid)
{
	char line[256];

	if (fx_proc_file_read(FX_PROC_OWN_THREADS, tid, "stat", line, sizeof(line)) <= 0)
		return FX_ASLEEP_UNKNOWN;
	return *fx_proc_file_behind_name(line) == 'S' ? FX_ASLEEP : FX_ASLEEP_NOT;
}

/* A set of signals in the text of `status`; false: it is not there. */
static bool find_set(const char *status, const char *name, uint64_t *set)
{
	const char *s = status;

	while (*s && !fx_str_starts(s, name)) {
		while (*s && *s != '\n')
			s++;
		s += *s == '\n';
	}
	if (!*s)
		return false;
	*set = 0;
	for (s += fx_strlen(name); *s && *s != '\n'; s++)
		*set = *set << 4 | (uint64_t)(*s <= '9' ? *s - '0' : *s - 'a' + 10);
	return true;
}

/* No signal waits for it that is not blocked. */
static enum fx_asleep has_no_signal(uint32_t tid)
{
	char status[4096];
	uint64_t own, shared, blocked;

	fx_proc_file_read(FX_PROC_OWN_THREADS, tid, "status", status, sizeof(status));
	if (!find_set(status, "SigPnd:\t", &own) || !find_set(status, "ShdPnd:\t", &shared) ||
	    !find_set(status, "SigBlk:\t", &blocked))
		return FX_ASLEEP_UNKNOWN;
	return (own | shared) & ~blocked ? FX_ASLEEP_NOT : FX_ASLEEP;
}

/* FX_ASLEEP if it holds for all other threads, else what is so of the first that it does not for.
 */
static enum fx_asleep all(const struct fx_thread *self, enum fx_asleep (*holds)(uint32_t tid))
{
	const struct fx_thread *t;

	for (unsigned i = 0; (t = fx_thread_nth(i)); i++) {
		uint32_t tid = __atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE);
		enum fx_asleep asleep;

		if (t == self || !tid || __atomic_load_n(&t->gone, __ATOMIC_ACQUIRE))
			continue;
		asleep = holds(tid);
		if (asleep != FX_ASLEEP)
			return asleep;
	}
	return FX_ASLEEP;
}

/*
 * Whoever had been sent a signal before and has none any more has left its sleep for it, and is not
 * S; or has gone to sleep anew, which fx_still_all() tells.
 */
enum fx_asleep fx_asleep_all(const struct fx_thread *self)
{
	enum fx_asleep asleep = all(self, sleeps);

	if (asleep == FX_ASLEEP)
		asleep = all(self, has_no_signal);
	return asleep == FX_ASLEEP ? all(self, sleeps) : asleep;
}
