/* SPDX-License-Identifier: MIT */
#include "shim/process/sent.h"

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/base/sigset.h"
#include "shim/process/nudge.h"
#include "shim/threads/thread.h"

/* Signals whose place is not free: it is being filled or emptied, or full. */
static uint64_t busy;
/*
 * Of these, which can be taken. Set by who has filled, cleared by who empties. In the upper half,
 * by LENT, those that were taken and may be put back: in one word, so that who looks finds one here
 * or there.
 */
static uint64_t full;
#define LENT(bits) ((bits) << 32)
_Static_assert(FX_SYNC_SIGNALS < 1ULL << 32, "both fit");
static siginfo_t place[FX_HELD_SIGNALS];
/* The thread that executes a program: it gets what comes meanwhile. 0: none does. */
static uint32_t executing;
static uint32_t lock;

void fx_sent_lock(void)
{
	fx_shim_lock(&lock);
}

void fx_sent_unlock(void)
{
	fx_shim_unlock(&lock);
}

uint64_t fx_sent_waiting(const struct fx_thread *t)
{
	return t->own_process ? 0 : __atomic_load_n(&full, __ATOMIC_SEQ_CST) & FX_SYNC_SIGNALS;
}

uint64_t fx_sent_about(const struct fx_thread *t)
{
	uint64_t all = t->own_process ? 0 : __atomic_load_n(&full, __ATOMIC_SEQ_CST);

	return (all | all >> 32) & FX_SYNC_SIGNALS;
}

static bool is_other(const struct fx_thread *t, const struct fx_thread *y)
{
	/* 1 is a thread that is about to start, and looks itself. */
	return y != t && __atomic_load_n(&y->host_tid, __ATOMIC_SEQ_CST) > 1 && !y->own_process &&
	       !__atomic_load_n(&y->gone, __ATOMIC_SEQ_CST);
}

static bool may_take(const struct fx_thread *t, const struct fx_thread *y, uint64_t bit)
{
	return is_other(t, y) && ((~__atomic_load_n(&y->mask, __ATOMIC_SEQ_CST) |
				   __atomic_load_n(&y->sigwait, __ATOMIC_SEQ_CST)) &
				  bit);
}

/* complete_signal() of Linux looks at the first thread first; its block is the first. */
static bool tell_one(const struct fx_thread *t, uint64_t bit)
{
	struct fx_thread *y;

	for (unsigned i = 0; (y = fx_thread_nth(i)); i++)
		if (may_take(t, y, bit) && fx_nudge(y))
			return true;
	return false;
}

static void tell_all(const struct fx_thread *t)
{
	struct fx_thread *y;

	for (unsigned i = 0; (y = fx_thread_nth(i)); i++)
		if (is_other(t, y))
			fx_nudge(y);
}

void fx_sent_tell(const struct fx_thread *t)
{
	for (uint64_t left = fx_sent_waiting(t); left; left &= left - 1)
		tell_one(t, left & -left);
}

static siginfo_t addressed_as(const siginfo_t *info, bool to_process)
{
	siginfo_t addressed = *info;

	addressed.si_code = fx_code_addressed(fx_code_forged(info->si_code), to_process);
	return addressed;
}

static void queue(uint32_t tid, const siginfo_t *info, bool to_process)
{
	siginfo_t addressed = addressed_as(info, to_process);

	fx_host(__NR_rt_tgsigqueueinfo, fx_host(__NR_getpid), tid, info->si_signo, &addressed);
}

static bool take(uint64_t set, siginfo_t *info, bool lend)
{
	uint64_t all, bit;

	while ((all = __atomic_load_n(&full, __ATOMIC_SEQ_CST)) & set) {
		bit = (all & set) & -(all & set);
		if (!__atomic_compare_exchange_n(&full, &all, (all & ~bit) | (lend ? LENT(bit) : 0),
						 false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			continue;
		*info = place[fx_held_slot(__builtin_ctzll(bit) + 1)];
		__atomic_and_fetch(&busy, ~bit, __ATOMIC_SEQ_CST);
		return true;
	}
	return false;
}

bool fx_sent_take(const struct fx_thread *t, uint64_t set, siginfo_t *info)
{
	return !t->own_process && take(set, info, false);
}

bool fx_sent_lend(const struct fx_thread *t, uint64_t set, siginfo_t *info)
{
	return !t->own_process && take(set, info, true);
}

void fx_sent_lent_end(uint64_t bits)
{
	__atomic_and_fetch(&full, ~LENT(bits), __ATOMIC_SEQ_CST);
}

void fx_sent_forget(const struct fx_thread *t, uint64_t set)
{
	siginfo_t info;

	while (fx_sent_take(t, set, &info))
		;
}

/* Returns whether t cannot take it and nobody else was told. */
static bool put(struct fx_thread *t, const siginfo_t *info)
{
	uint64_t bit = FX_SIGBIT(info->si_signo);
	uint32_t tid;
	siginfo_t back;

	/* What is being taken just now comes to its taker after this one was sent. */
	if (__atomic_fetch_or(&busy, bit, __ATOMIC_SEQ_CST) & bit)
		return false;
	place[fx_held_slot(info->si_signo)] = *info;
	__atomic_or_fetch(&full, bit, __ATOMIC_SEQ_CST);
	tid = __atomic_load_n(&executing, __ATOMIC_SEQ_CST);
	if (tid) {
		if (take(bit, &back, false))
			queue(tid, &back, true);
		return false;
	}
	return (t->mask & ~t->sigwait & bit) && !tell_one(t, bit);
}

void fx_sent_put(struct fx_thread *t, const siginfo_t *info)
{
	if (put(t, info) && __atomic_load_n(&fx_config.signalfd, __ATOMIC_RELAXED) &&
	    (FX_LENT_SIGNALS & FX_SIGBIT(info->si_signo)))
		tell_all(t);
}

void fx_sent_put_back(struct fx_thread *t, const siginfo_t *info)
{
	put(t, info);
}

/* It would be in the way of a SIGTRAP that is given to the host. */
static void forget_nudge(struct fx_thread *t)
{
	const uint64_t trap = FX_SIGBIT(SIGTRAP);
	const struct {
		int64_t sec, nsec;
	} at_once = {0, 0};
	siginfo_t info;

	if (fx_host(__NR_rt_sigtimedwait, &trap, &info, &at_once, sizeof(trap)) == SIGTRAP &&
	    !fx_nudge_is(t, &info))
		fx_host(__NR_rt_tgsigqueueinfo, fx_host(__NR_getpid), t->host_tid, SIGTRAP, &info);
}

static void queue_for_process(const siginfo_t *info)
{
	siginfo_t addressed = addressed_as(info, true);

	fx_host(__NR_rt_sigqueueinfo, fx_host(__NR_getpid), info->si_signo, &addressed);
}

/*
 * If there are other threads, all goes to this one, though some were the process's: those the
 * others, which live until the exec succeeds, would only bring back. Of one kind the host keeps one
 * for a thread.
 */
void fx_sent_to_host(struct fx_thread *t)
{
	const uint64_t sync = FX_SYNC_SIGNALS;
	siginfo_t info;

	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &sync, 0, sizeof(sync));
	if (!t->own_process) {
		/* What another thread had taken is there again, and it takes no more. */
		fx_sent_lock();
		__atomic_store_n(&executing, t->host_tid, __ATOMIC_SEQ_CST);
		fx_sent_unlock();
	}
	forget_nudge(t);
	for (uint64_t left = __atomic_exchange_n(&t->held, 0, __ATOMIC_RELAXED); left;
	     left &= left - 1)
		queue(t->host_tid, &t->held_info[fx_held_slot(__builtin_ctzll(left) + 1)], false);
	while (fx_sent_take(t, FX_SYNC_SIGNALS, &info)) {
		if (__atomic_load_n(&fx_thread_count, __ATOMIC_RELAXED) == 1)
			queue_for_process(&info);
		else
			queue(t->host_tid, &info, true);
	}
}

void fx_sent_from_host(struct fx_thread *t)
{
	const uint64_t sync = FX_SYNC_SIGNALS;

	if (!t->own_process)
		__atomic_store_n(&executing, 0, __ATOMIC_SEQ_CST);
	fx_host(__NR_rt_sigprocmask, SIG_UNBLOCK, &sync, 0, sizeof(sync));
}

void fx_sent_after_fork(void)
{
	busy = 0;
	full = 0;
	executing = 0;
	lock = 0;
}
