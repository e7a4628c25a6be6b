/* SPDX-License-Identifier: MIT */
#include "shim/audit/own_write.h"

#include "shim/audit/shared_table.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/threads/thread.h"

bool fx_own_write_caused(const struct fx_thread *t, const siginfo_t *info)
{
	return t->own_write && (FX_OWN_WRITE_SIGNALS & FX_SIGBIT(info->si_signo)) &&
	       info->si_code == SI_USER && info->si_pid == t->pid;
}

/* Where it is blocked, the signal of the failure waits for this thread: it is not the guest's. */
static void take_signal(void)
{
	static const uint64_t set = FX_OWN_WRITE_SIGNALS;
	const struct {
		int64_t sec, nsec;
	} at_once = {0, 0};

	fx_host(__NR_rt_sigtimedwait, &set, NULL, &at_once, sizeof(set));
}

void fx_own_write_failed(long error)
{
	if (error == -EPIPE || error == -EFBIG)
		take_signal();
}

static void count_lost(const char *lines, size_t length, long error)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < length; i++)
		lost += lines[i] == '\n';
	fx_shared_table_lost(lost, error);
}

void fx_own_write(int fd, const char *lines, size_t length)
{
	struct fx_thread *t = fx_running ? fx_thread_self() : NULL;
	long n = 0;

	if (t)
		t->own_write = true;
	/* Once, as a rule: then lines of several processes do not mix in a file or a pipe. */
	while (length > 0) {
		n = fx_host(__NR_write, fd, lines, length);
		if (n == -EINTR)
			continue;
		if (n <= 0)
			break;
		lines += n;
		length -= (size_t)n;
	}
	fx_own_write_failed(n);
	if (t)
		t->own_write = false;
	if (length > 0)
		count_lost(lines, length, n);
}
