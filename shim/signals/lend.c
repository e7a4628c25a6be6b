/* SPDX-License-Identifier: MIT */
#include "shim/signals/lend.h"

#include "shim/base/host.h"
#include "shim/base/mem.h"

#define TOLD 32 /* bytes of a siginfo that a sender gives: up to the value */

static const uint64_t lent_signals = FX_LENT_SIGNALS;

static void lend_one(struct fx_thread *t, struct fx_lent *lent, uint64_t bit, uint64_t *whose)
{
	siginfo_t *info = &lent->info[fx_held_slot(__builtin_ctzll(bit) + 1)];

	/* To itself a thread may send any code. Where there is no room it goes back. */
	if (fx_host(__NR_rt_tgsigqueueinfo, fx_host(__NR_getpid), t->host_tid, info->si_signo,
		    info) == 0)
		*whose |= bit;
	else if (whose == &lent->own)
		fx_signal_hold_own(t, info);
	else
		fx_sent_put_back(t, info);
}

void fx_lend(struct fx_thread *t, struct fx_lent *lent)
{
	uint64_t blocked;
	siginfo_t info;

	lent->own = lent->process = 0;
	if (!t->own_process)
		fx_sent_lock();
	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &lent_signals, &blocked, sizeof(blocked));
	lent->unblock = FX_LENT_SIGNALS & ~blocked;
	/* Its handlers, which are blocked now, are all that could add to them. */
	for (uint64_t left = t->held & FX_LENT_SIGNALS; left; left &= left - 1) {
		unsigned slot = fx_held_slot(__builtin_ctzll(left) + 1);

		lent->info[slot] = t->held_info[slot];
		__atomic_and_fetch(&t->held, ~(left & -left), __ATOMIC_RELAXED);
		lend_one(t, lent, left & -left, &lent->own);
	}
	/* Of one kind the host keeps one for a thread. */
	while (fx_sent_lend(t, FX_LENT_SIGNALS & ~(lent->own | lent->process), &info)) {
		uint64_t bit = FX_SIGBIT(info.si_signo);

		lent->info[fx_held_slot(info.si_signo)] = info;
		lend_one(t, lent, bit, &lent->process);
		if (!(lent->process & bit)) {
			fx_sent_lent_end(bit);
			break;
		}
	}
}

/* One that is not what was lent came while that was read, and is as any that comes. */
static void take_back(struct fx_thread *t, const struct fx_lent *lent, uint64_t bit)
{
	const struct {
		int64_t sec, nsec;
	} at_once = {0, 0};
	const siginfo_t *was = &lent->info[fx_held_slot(__builtin_ctzll(bit) + 1)];
	siginfo_t info;

	if (fx_host(__NR_rt_sigtimedwait, &bit, &info, &at_once, sizeof(bit)) < 0)
		return;
	if (memcmp(&info, was, TOLD) != 0)
		fx_signal_hold(t, &info);
	else if (lent->own & bit)
		fx_signal_hold_own(t, was);
	else
		fx_sent_put_back(t, was);
}

void fx_lend_end(struct fx_thread *t, const struct fx_lent *lent)
{
	for (uint64_t left = lent->own | lent->process; left; left &= left - 1)
		take_back(t, lent, left & -left);
	fx_sent_lent_end(lent->process);
	fx_host(__NR_rt_sigprocmask, SIG_UNBLOCK, &lent->unblock, 0, sizeof(lent->unblock));
	if (!t->own_process)
		fx_sent_unlock();
}
