/* SPDX-License-Identifier: MIT */
#include "shim/hang/answer.h"

#include <linux/futex.h>

#include "shim/audit/own_write.h"
#include "shim/audit/shared_table.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/host_clock.h"
#include "shim/hang/dump.h"
#include "shim/hang/stop.h"
#include "shim/threads/thread.h"

bool fx_answer_is_asked(const siginfo_t *info)
{
	return info->si_signo == SIGTRAP && info->si_code == FX_ASK_CODE;
}

static void finish(struct fx_ask *ask, int error)
{
	ask->error = error;
	__atomic_store_n(&ask->state, FX_ASK_ANSWERED, __ATOMIC_RELEASE);
	/* Whoever asks is another process. */
	fx_host(__NR_futex, &ask->state, FUTEX_WAKE, 1);
}

/* Of those who have the table only the one that was meant. */
static bool take(struct fx_ask *ask, const struct fx_thread *t)
{
	uint32_t asked = FX_ASK_ASKED;

	return !t->own_process && ask->pid == t->pid &&
	       __atomic_compare_exchange_n(&ask->state, &asked, FX_ASK_TAKEN, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

void fx_answer(struct fx_thread *t, const struct ucontext *uc)
{
	struct fx_ask *ask = &fx_shared_table()->ask;
	struct fx_dump_request q = {
		.reason = FX_DUMP_ASKED,
		.file_at = FX_ASK_FILE_AT,
	};
	uint64_t began = fx_host_clock_ns(CLOCK_MONOTONIC);
	bool writes = t->own_write;
	int r;

	if (!take(ask, t))
		return;
	if (!fx_stop_all(t, uc)) {
		finish(ask, -EBUSY);
		return;
	}
	/* The first thread first, as it was started. */
	q.first = NULL;
	t->own_write = true;
	r = fx_dump_write(fx_fd(FX_FD_AUDIT), &q, &ask->size);
	fx_own_write_failed(r);
	t->own_write = writes;
	fx_stop_release();
	ask->pause_ns = fx_host_clock_ns(CLOCK_MONOTONIC) - began;
	finish(ask, r);
}
