/* SPDX-License-Identifier: MIT */
/* Calls that sleep until one descriptor is ready. */
#include <asm/socket.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "shim/base/host.h"
#include "shim/schedule/clocks.h"
#include "shim/schedule/outside.h"
#include "shim/schedule/sleeps.h"
#include "shim/schedule/try.h"
#include "shim/schedule/turn.h"
#include "shim/threads/thread.h"

#define MSG_DONTWAIT 0x40
#define PIPE_AT_ONCE 4096 /* PIPE_BUF: there is room for it where poll(2) says so */

/* The timeout of a socket that is waited for. */
static uint64_t socket_until(int fd, uint16_t events)
{
	int64_t timeout[2] = {0, 0};
	uint32_t size = sizeof(timeout);
	int option = events & FX_POLLIN ? SO_RCVTIMEO_NEW : SO_SNDTIMEO_NEW;

	if (fx_host(__NR_getsockopt, fd, SOL_SOCKET, option, timeout, &size) < 0 ||
	    (!timeout[0] && !timeout[1]))
		return FX_NEVER;
	return fx_moment_in((uint64_t)timeout[0] * FX_NS_PER_SEC + (uint64_t)timeout[1] * 1000);
}

static bool would_wait(int fd)
{
	long flags = fx_host(__NR_fcntl, fd, F_GETFL);

	return flags >= 0 && !(flags & O_NONBLOCK);
}

/*
 * Until the descriptor is ready: 0, or why not. What comes from outside comes when nobody else can
 * go on, whether it is there already or not: else how quick others are would decide.
 */
static long await_fd(struct fx_thread *t, const struct fx_host_args *x, int fd, uint16_t events,
		     uint64_t *until)
{
	struct fx_pollfd one = {.fd = fd, .events = events};
	bool outside = fx_outside_reaches(&one, 1);
	struct fx_nap nap;

	if (fx_try_bails(t))
		return -FX_EBAIL;
	if (!(outside && events & FX_POLLIN) && fx_host(__NR_poll, &one, 1, 0) != 0)
		return 0;
	if (!*until)
		*until = socket_until(fd, events);
	nap = fx_nap_until(x, *until);
	nap.fds = &one;
	nap.fd_count = 1;
	nap.from_outside = outside;
	return fx_turn_sleep(t, &nap);
}

/*
 * Only other processes could be waited for; or it is theirs to make room, which they do by and by,
 * and is no business of other threads.
 */
static bool may_sleep_in_host(struct fx_thread *t, int fd, uint16_t events)
{
	struct fx_pollfd one = {.fd = fd, .events = events};

	if (fx_turn_alone(t))
		return fx_outside_processes() || fx_outside_reaches(&one, 1);
	return events == FX_POLLOUT && !fx_outside_processes() && fx_outside_reaches(&one, 1);
}

long fx_sleeps_on_fd(struct fx_thread *t, const struct fx_host_args *x, int fd, uint16_t events)
{
	uint64_t until = 0;
	long r;

	if (!would_wait(fd) || may_sleep_in_host(t, fd, events))
		return fx_try_host(x);
	r = await_fd(t, x, fd, events, &until);
	return r == 0 ? fx_try_host(x) : r == -ETIMEDOUT ? -EAGAIN : r;
}

static bool is_kind(int fd, unsigned kind)
{
	struct stat st;

	return fx_host(__NR_fstat, fd, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

/* In pieces, none of which waits; what was written already is the result. */
static long in_pieces(struct fx_thread *t, const struct fx_host_args *x, long most, long flags)
{
	uint64_t until = 0;
	long done = 0, r;

	do {
		long size = x->c - done < most ? x->c - done : most;

		r = await_fd(t, x, (int)x->a, FX_POLLOUT, &until);
		if (r == -ETIMEDOUT)
			r = -EAGAIN;
		if (r == 0)
			r = x->nr == __NR_write && !flags
				    ? fx_host(x->nr, x->a, x->b + done, size)
				    : fx_host(__NR_sendto, x->a, x->b + done, size, flags,
					      x->nr == __NR_sendto ? x->e : 0,
					      x->nr == __NR_sendto ? x->f : 0);
		if (r == -EAGAIN && flags && until == FX_NEVER)
			continue;
		if (r <= 0)
			return done ? done : r;
		done += r;
	} while (done < x->c);
	return done;
}

long fx_sleeps_write(struct fx_thread *t, const struct fx_host_args *x)
{
	if (!would_wait((int)x->a) || may_sleep_in_host(t, (int)x->a, FX_POLLOUT))
		return fx_try_host(x);
	if (x->c > PIPE_AT_ONCE && is_kind((int)x->a, S_IFIFO))
		return in_pieces(t, x, PIPE_AT_ONCE, 0);
	if (x->c > 0 && is_kind((int)x->a, S_IFSOCK))
		return in_pieces(t, x, x->c, MSG_DONTWAIT);
	return fx_sleeps_on_fd(t, x, (int)x->a, FX_POLLOUT);
}

long fx_sleeps_send(struct fx_thread *t, const struct fx_host_args *x)
{
	if (!would_wait((int)x->a) || x->c <= 0 || may_sleep_in_host(t, (int)x->a, FX_POLLOUT))
		return fx_try_host(x);
	return in_pieces(t, x, x->c, x->d | MSG_DONTWAIT);
}
