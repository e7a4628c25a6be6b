/* SPDX-License-Identifier: MIT */
#include "shim/audit/gather.h"

#include <linux/futex.h>

#include "shim/audit/own_write.h"
#include "shim/base/call.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/kernel_signal.h"
#include "shim/base/lock.h"
#include "shim/base/platform_linux.h"
#include "shim/threads/thread.h"

#define OLD_US	      100000
#define OFTEN_US      10000
#define NR_FUTEX_WAIT 455 /* Linux 6.7 */

/*
 * How many ends of the process are under way, more than one thread may try; and of which
 * process, since others may share this memory.
 */
static uint32_t ending;
static int32_t ending_pid;

static enum fx_fd target(void)
{
	return fx_config.log ? FX_FD_LOG : FX_FD_REPORT;
}

/* Under the lock. */
static void write_until(struct fx_gather_buffer *g, uint32_t end)
{
	if (g->done < end)
		fx_own_write(fx_fd(target()), g->buf + g->done, end - g->done);
	g->done = end;
}

static void write_and_empty(struct fx_gather_buffer *g)
{
	write_until(g, g->len);
	g->done = 0;
	__atomic_store_n(&g->len, 0, __ATOMIC_RELAXED);
	fx_shim_unlock(&g->lock);
}

void fx_gather_write(struct fx_thread *t)
{
	if (!t->gather.len)
		return;
	fx_shim_lock(&t->gather.lock);
	write_and_empty(&t->gather);
}

static bool try_lock(uint32_t *lock)
{
	uint32_t free = 0;

	return __atomic_compare_exchange_n(lock, &free, 1, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

void fx_gather_write_if_free(struct fx_thread *t)
{
	if (t->gather.len && try_lock(&t->gather.lock))
		write_and_empty(&t->gather);
}

/* Eight bytes at a time: a line is too short for `rep movsb` to pay. May copy up to 7 too many. */
static void copy_line(char *to, const char *from, size_t n)
{
	for (size_t i = 0; i < n; i += 8)
		__builtin_memcpy(to + i, from + i, 8);
}

/*
 * Here the thread stays until it is killed, or the exec has failed. Its call has not
 * returned, and were it to write the line now, it might be killed in the middle.
 */
static void await_end(const struct fx_thread *t)
{
	uint32_t n;

	while ((n = __atomic_load_n(&ending, __ATOMIC_ACQUIRE)) &&
	       __atomic_load_n(&ending_pid, __ATOMIC_RELAXED) == t->pid)
		fx_host(__NR_futex, &ending, FUTEX_WAIT_PRIVATE, n, 0);
}

void fx_gather_put(struct fx_thread *t, const char *line, size_t length, int64_t now_us)
{
	struct fx_gather_buffer *g = &t->gather;

	if (g->len + length + 8 > g->full) {
		if (now_us - g->written_us < OFTEN_US && g->full < FX_GATHER_SIZE)
			g->full *= 2;
		g->written_us = now_us;
		fx_gather_write(t);
	}
	copy_line(g->buf + g->len, line, length);
	/*
	 * Pairs with fx_gather_end: either that one sees the line, or this one sees the
	 * end. An exchange, since a store could still be under way when ending is read.
	 */
	__atomic_exchange_n(&g->len, g->len + (uint32_t)length, __ATOMIC_SEQ_CST);
	if (__builtin_expect(__atomic_load_n(&ending, __ATOMIC_SEQ_CST) != 0, 0))
		await_end(t);
	if (now_us - g->written_us > OLD_US) {
		g->written_us = now_us;
		fx_gather_write(t);
	}
}

/* Another thread's, which goes on with what it does. */
static void write_of(struct fx_thread *t)
{
	const struct {
		int64_t sec, nsec;
	} moment = {0, 100000};

	/* Not for ever, should the lock's holder have been killed. */
	for (int i = 0; !try_lock(&t->gather.lock); i++) {
		if (i == 10000)
			return;
		fx_host(__NR_nanosleep, &moment, 0);
	}
	write_until(&t->gather, __atomic_load_n(&t->gather.len, __ATOMIC_SEQ_CST));
	fx_shim_unlock(&t->gather.lock);
}

static void write_all(const struct fx_thread *self)
{
	struct fx_thread *t;

	for (unsigned i = 0; (t = fx_thread_nth(i)); i++)
		if (t->pid == self->pid && __atomic_load_n(&t->gather.len, __ATOMIC_SEQ_CST))
			write_of(t);
}

void fx_gather_end(struct fx_thread *t)
{
	if (!fx_config.gather)
		return;
	if (!t->own_process) {
		__atomic_store_n(&ending_pid, t->pid, __ATOMIC_RELAXED);
		__atomic_add_fetch(&ending, 1, __ATOMIC_SEQ_CST);
	}
	write_all(t);
}

void fx_gather_again(struct fx_thread *t)
{
	if (!fx_config.gather || t->own_process)
		return;
	__atomic_sub_fetch(&ending, 1, __ATOMIC_RELEASE);
	fx_host(__NR_futex, &ending, FUTEX_WAKE_PRIVATE, INT32_MAX);
}

/* Whoever it is for: it may be this process. */
static bool kills(const struct fx_call *c)
{
	switch (c->nr) {
	case __NR_kill:
	case __NR_tkill:
	case __NR_rt_sigqueueinfo:
	case __NR_pidfd_send_signal:
		return (int)c->arg[1] == SIGKILL;
	case __NR_tgkill:
	case __NR_rt_tgsigqueueinfo:
		return (int)c->arg[2] == SIGKILL;
	default:
		return false;
	}
}

/* By the manager, which mostly has no need to sleep; if so, see park. */
static bool waits_in_manager(long nr)
{
	return nr == __NR_futex || nr == __NR_futex_waitv || nr == NR_FUTEX_WAIT;
}

void fx_gather_before(struct fx_thread *t, const struct fx_call *c)
{
	if (c->restart != FX_RESTART_NONE && !waits_in_manager(c->nr))
		fx_gather_write(t);
	else if (kills(c))
		write_all(t);
}

void fx_gather_after_fork(void)
{
	ending = 0;
}

static int park(const struct fx_spot *spot, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	/* Not for a lock, which may be the buffer's own. */
	if (kind == FX_PARK_WAIT)
		fx_gather_write(fx_thread_self());
	return fx_platform_linux.park(spot, deadline, kind);
}

const struct fx_platform_ops *fx_gather_platform(void)
{
	static struct fx_platform_ops ops;

	if (!fx_config.gather)
		return &fx_platform_linux;
	ops = fx_platform_linux;
	ops.park = park;
	return &ops;
}
