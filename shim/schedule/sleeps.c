/* SPDX-License-Identifier: MIT */
#include "shim/schedule/sleeps.h"

#include <asm/socket.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/time.h>
#include <linux/wait.h>

#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/memory/umem.h"
#include "shim/schedule/clocks.h"
#include "shim/schedule/outside.h"
#include "shim/schedule/turn.h"
#include "shim/threads/thread.h"

#define MOST_FDS     256
#define MOST_SET     1024 /* descriptors of select(2) */
#define MSG_DONTWAIT 0x40
#define PIPE_AT_ONCE 4096 /* PIPE_BUF: there is room for it where poll(2) says so */
#define RETRY_NS     1000000UL
#define NEVER	     (~0ULL)

static long host(const struct fx_host_args *x)
{
	return fx_host_call_park(x->nr, x->a, x->b, x->c, x->d, x->e, x->f);
}

/* As before a host call that may sleep. */
static bool bails(const struct fx_thread *t)
{
	return __atomic_load_n(&t->pending, __ATOMIC_ACQUIRE);
}

static struct fx_nap nap_until(const struct fx_host_args *x, uint64_t until_ns)
{
	return (struct fx_nap){
		.what = (uint64_t)x->nr, .timed = until_ns != NEVER, .until_ns = until_ns};
}

/* The moment at which so much time has passed. */
static uint64_t in_ns(uint64_t ns)
{
	uint64_t now = fx_turn_now(false);

	return ns >= NEVER - now ? NEVER : now + ns;
}

static bool is_time(const int64_t time[2])
{
	return time[0] >= 0 && time[1] >= 0 && time[1] < (int64_t)FX_NS_PER_SEC;
}

static uint64_t as_ns(const int64_t time[2])
{
	return time[0] > INT64_MAX / (int64_t)FX_NS_PER_SEC - 1
		       ? NEVER
		       : (uint64_t)time[0] * FX_NS_PER_SEC + (uint64_t)time[1];
}

/* The timeout of a socket that is waited for. */
static uint64_t socket_until(int fd, uint16_t events)
{
	int64_t timeout[2] = {0, 0};
	uint32_t size = sizeof(timeout);
	int option = events & FX_POLLIN ? SO_RCVTIMEO_NEW : SO_SNDTIMEO_NEW;

	if (fx_host(__NR_getsockopt, fd, SOL_SOCKET, option, timeout, &size) < 0 ||
	    (!timeout[0] && !timeout[1]))
		return NEVER;
	return in_ns((uint64_t)timeout[0] * FX_NS_PER_SEC + (uint64_t)timeout[1] * 1000);
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

	if (bails(t))
		return -FX_EBAIL;
	if (!(outside && events & FX_POLLIN) && fx_host(__NR_poll, &one, 1, 0) != 0)
		return 0;
	if (!*until)
		*until = socket_until(fd, events);
	nap = nap_until(x, *until);
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
		return host(x);
	r = await_fd(t, x, fd, events, &until);
	return r == 0 ? host(x) : r == -ETIMEDOUT ? -EAGAIN : r;
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
		if (r == -EAGAIN && flags && until == NEVER)
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
		return host(x);
	if (x->c > PIPE_AT_ONCE && is_kind((int)x->a, S_IFIFO))
		return in_pieces(t, x, PIPE_AT_ONCE, 0);
	if (x->c > 0 && is_kind((int)x->a, S_IFSOCK))
		return in_pieces(t, x, x->c, MSG_DONTWAIT);
	return fx_sleeps_on_fd(t, x, (int)x->a, FX_POLLOUT);
}

long fx_sleeps_send(struct fx_thread *t, const struct fx_host_args *x)
{
	if (!would_wait((int)x->a) || x->c <= 0 || may_sleep_in_host(t, (int)x->a, FX_POLLOUT))
		return host(x);
	return in_pieces(t, x, x->c, x->d | MSG_DONTWAIT);
}

/* The host's mask for a call, and the one before, but that what was recorded has all blocked. */
static void take_mask(long mask, uint64_t *before)
{
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, mask, before, sizeof(*before));
}

static void give_mask_back(const struct fx_thread *t, uint64_t before)
{
	static const uint64_t all = FX_ALL_ASYNC;
	uint64_t mask = before;

	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, sizeof(all));
	if (t->pending & FX_PENDING_RECORDED)
		mask |= FX_ALL_ASYNC;
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, &mask, 0, sizeof(mask));
}

/* Until what try finds; it is 0 while there is nothing. */
static long looks_again(struct fx_thread *t, struct fx_nap *nap, const struct fx_host_args *try)
{
	for (;;) {
		long r = bails(t) ? -FX_EBAIL
				  : fx_host(try->nr, try->a, try->b, try->c, try->d, try->e);

		if (r)
			return r;
		r = fx_turn_sleep(t, nap);
		if (r == -ETIMEDOUT)
			return 0;
		if (r < 0)
			return r;
	}
}

/* With the host's mask as the call has it; a signal that comes at once has interrupted it. */
static long with_mask(struct fx_thread *t, long mask, struct fx_nap *nap,
		      const struct fx_host_args *try)
{
	uint64_t before;
	long r;

	if (!mask)
		return looks_again(t, nap, try);
	if (bails(t))
		return -FX_EBAIL;
	take_mask(mask, &before);
	r = looks_again(t, nap, try);
	give_mask_back(t, before);
	return r == -FX_EBAIL ? -EINTR : r;
}

/* A timeout in the program's memory. False: it has none. *r: it is none at all. */
static bool read_timeout(long at, uint64_t *ns, long *r)
{
	int64_t time[2];

	*r = 0;
	if (!at)
		return false;
	if (fx_umem_copy_in(time, (uintptr_t)at, sizeof(time)) < 0)
		*r = -EFAULT;
	else if (!is_time(time))
		*r = -EINVAL;
	else
		*ns = as_ns(time);
	return true;
}

long fx_sleeps_poll(struct fx_thread *t, const struct fx_host_args *x)
{
	struct fx_pollfd fds[MOST_FDS];
	const struct fx_host_args try = {__NR_poll, x->a, x->b, 0, 0, 0, 0};
	uint64_t ns = NEVER;
	struct fx_nap nap;
	long r = 0;

	if (x->nr == __NR_poll && (int)x->c >= 0)
		ns = (uint64_t)(int)x->c * 1000000;
	else if (x->nr == __NR_ppoll)
		read_timeout(x->c, &ns, &r);
	if (r < 0)
		return r;
	if (ns == 0 || (unsigned long)x->b > MOST_FDS)
		return host(x);
	if (fx_umem_copy_in(fds, (uintptr_t)x->a, (unsigned long)x->b * sizeof(fds[0])) < 0)
		return -EFAULT;
	nap = nap_until(x, in_ns(ns));
	nap.fds = fds;
	nap.fd_count = (unsigned)x->b;
	nap.from_outside = fx_outside_reaches(fds, nap.fd_count);
	return with_mask(t, x->nr == __NR_ppoll ? x->d : 0, &nap, &try);
}

long fx_sleeps_epoll(struct fx_thread *t, const struct fx_host_args *x)
{
	const struct fx_host_args try = {__NR_epoll_wait, x->a, x->b, x->c, 0, 0, 0};
	struct fx_pollfd one = {.fd = (int)x->a, .events = FX_POLLIN};
	uint64_t ns = NEVER;
	struct fx_nap nap;
	long r = 0;

	if (x->nr != __NR_epoll_pwait2 && (int)x->d >= 0)
		ns = (uint64_t)(int)x->d * 1000000;
	else if (x->nr == __NR_epoll_pwait2)
		read_timeout(x->d, &ns, &r);
	if (r < 0)
		return r;
	if (ns == 0)
		return host(x);
	nap = nap_until(x, in_ns(ns));
	nap.fds = &one;
	nap.fd_count = 1;
	nap.from_outside = fx_outside_processes();
	return with_mask(t, x->nr == __NR_epoll_wait ? 0 : x->e, &nap, &try);
}

/* The three sets of select(2), where the program has them and here. */
struct sets {
	int n;
	long at[3];
	uint64_t wanted[3][MOST_SET / 64], found[3][MOST_SET / 64];
};

static size_t set_size(const struct sets *s)
{
	return ((size_t)s->n + 63) / 64 * sizeof(uint64_t);
}

static unsigned as_polled(const struct sets *s, struct fx_pollfd *fds)
{
	static const uint16_t events[3] = {FX_POLLIN, FX_POLLOUT, FX_POLLPRI};
	unsigned count = 0;

	for (int fd = 0; fd < s->n && count < MOST_FDS; fd++) {
		uint16_t asked = 0;

		for (int i = 0; i < 3; i++)
			if (s->at[i] && (s->wanted[i][fd / 64] >> (fd % 64) & 1))
				asked |= events[i];
		if (asked)
			fds[count++] = (struct fx_pollfd){.fd = fd, .events = asked};
	}
	return count;
}

/* select(2) of copies, that does not wait. */
static long try_sets(struct sets *s)
{
	int64_t none[2] = {0, 0};

	memcpy(s->found, s->wanted, sizeof(s->found));
	return fx_host(__NR_select, s->n, s->at[0] ? s->found[0] : NULL,
		       s->at[1] ? s->found[1] : NULL, s->at[2] ? s->found[2] : NULL, none);
}

static long await_sets(struct fx_thread *t, struct sets *s, struct fx_nap *nap)
{
	for (;;) {
		long r = bails(t) ? -FX_EBAIL : try_sets(s);

		if (r)
			return r;
		r = fx_turn_sleep(t, nap);
		if (r == -ETIMEDOUT)
			return try_sets(s);
		if (r < 0)
			return r;
	}
}

/* What Linux writes to the timeout: the time that is left. */
static void tell_left(const struct fx_host_args *x, uint64_t until)
{
	uint64_t now = fx_turn_now(false), left = until > now ? until - now : 0;
	uint64_t unit = x->nr == __NR_select ? 1000 : 1;
	const uint64_t time[2] = {left / FX_NS_PER_SEC, left % FX_NS_PER_SEC / unit};

	fx_umem_copy_out((uintptr_t)x->e, time, sizeof(time));
}

/* Its timeout, in nanoseconds. */
static long select_timeout(const struct fx_host_args *x, uint64_t *ns)
{
	int64_t time[2];
	long r;

	if (x->nr == __NR_pselect6 || !x->e) {
		read_timeout(x->e, ns, &r);
		return r;
	}
	if (fx_umem_copy_in(time, (uintptr_t)x->e, sizeof(time)) < 0)
		return -EFAULT;
	if (time[0] < 0 || time[1] < 0)
		return -EINVAL;
	*ns = (uint64_t)time[0] * FX_NS_PER_SEC + (uint64_t)time[1] * 1000;
	return 0;
}

/* Of pselect6: the address of a mask and its size, where they are packed. */
static long select_mask(const struct fx_host_args *x)
{
	return x->nr == __NR_pselect6 && x->f ? ((const long *)x->f)[0] : 0;
}

long fx_sleeps_select(struct fx_thread *t, const struct fx_host_args *x)
{
	struct sets s = {.n = (int)x->a, .at = {x->b, x->c, x->d}};
	struct fx_pollfd fds[MOST_FDS];
	uint64_t ns = NEVER, before = 0;
	long mask = select_mask(x), r = select_timeout(x, &ns);
	struct fx_nap nap;

	if (r < 0)
		return r;
	if (ns == 0 || s.n < 0 || s.n > MOST_SET)
		return host(x);
	for (int i = 0; i < 3; i++)
		if (s.at[i] && fx_umem_copy_in(s.wanted[i], (uintptr_t)s.at[i], set_size(&s)) < 0)
			return -EFAULT;
	nap = nap_until(x, in_ns(ns));
	nap.fds = fds;
	nap.fd_count = as_polled(&s, fds);
	nap.from_outside = fx_outside_reaches(fds, nap.fd_count);
	if (bails(t))
		return -FX_EBAIL;
	if (mask)
		take_mask(mask, &before);
	r = await_sets(t, &s, &nap);
	if (mask) {
		give_mask_back(t, before);
		r = r == -FX_EBAIL ? -EINTR : r;
	}
	if (x->e && r != -FX_EBAIL)
		tell_left(x, nap.until_ns);
	for (int i = 0; r >= 0 && i < 3; i++)
		if (s.at[i] && fx_umem_copy_out((uintptr_t)s.at[i], s.found[i], set_size(&s)) < 0)
			return -EFAULT;
	return r;
}

long fx_sleeps_for(struct fx_thread *t, const struct fx_host_args *x)
{
	bool by_clock = x->nr == __NR_clock_nanosleep;
	bool absolute = by_clock && (x->b & TIMER_ABSTIME);
	long at = by_clock ? x->c : x->a, left_at = by_clock ? x->d : x->b, r;
	int64_t time[2];
	struct fx_nap nap;
	uint64_t now, left;

	if (fx_umem_copy_in(time, (uintptr_t)at, sizeof(time)) < 0)
		return -EFAULT;
	/* What cannot be is the host's to refuse. */
	if (!is_time(time) || (by_clock && (int)x->a == CLOCK_THREAD_CPUTIME_ID))
		return host(x);
	if (bails(t))
		return -FX_EBAIL;
	nap = nap_until(x, absolute ? fx_clock_moment((int)x->a, as_ns(time)) : in_ns(as_ns(time)));
	r = fx_turn_sleep(t, &nap);
	if (r == -ETIMEDOUT)
		return 0;
	now = fx_turn_now(false);
	left = nap.until_ns > now ? nap.until_ns - now : 0;
	time[0] = (int64_t)(left / FX_NS_PER_SEC);
	time[1] = (int64_t)(left % FX_NS_PER_SEC);
	if (!absolute && left_at && fx_umem_copy_out((uintptr_t)left_at, time, sizeof(time)) < 0)
		return -EFAULT;
	return r;
}

long fx_sleeps_for_signal(struct fx_thread *t, const struct fx_host_args *x)
{
	struct fx_nap nap = nap_until(x, NEVER);
	uint64_t before;
	long r;

	if (bails(t))
		return -FX_EBAIL;
	if (x->nr == __NR_pause)
		return fx_turn_sleep(t, &nap);
	take_mask(x->a, &before);
	r = bails(t) ? -EINTR : fx_turn_sleep(t, &nap);
	give_mask_back(t, before);
	return r;
}

long fx_sleeps_sigwait(struct fx_thread *t, const struct fx_host_args *x)
{
	static const int64_t at_once[2];
	uint64_t ns = NEVER;
	struct fx_nap nap;
	long r;

	read_timeout(x->c, &ns, &r);
	if (r < 0)
		return r;
	nap = nap_until(x, in_ns(ns));
	nap.tries = true;
	for (;;) {
		r = fx_host_call_park(x->nr, x->a, x->b, (long)at_once, x->d, 0, 0);
		if (r != -EAGAIN || ns == 0)
			return r;
		r = fx_turn_sleep(t, &nap);
		if (r)
			return r == -ETIMEDOUT ? -EAGAIN : r;
	}
}

/* Whom wait4(2) waits for, as waitid(2) has it. */
static void as_waitid(const struct fx_host_args *x, struct fx_nap *nap)
{
	int pid = (int)x->a;

	nap->idtype = pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID;
	nap->id = pid > 0 ? pid : pid == 0 ? (int)fx_host(__NR_getpgid, 0) : pid == -1 ? 0 : -pid;
	nap->options = ((int)x->c & ~WNOHANG) | WEXITED;
}

long fx_sleeps_wait(struct fx_thread *t, const struct fx_host_args *x)
{
	bool four = x->nr == __NR_wait4;
	struct fx_nap nap = nap_until(x, NEVER);
	char info[128];
	long r;

	if ((four ? x->c : x->d) & WNOHANG || fx_turn_alone(t))
		return host(x);
	nap.child = true;
	if (four) {
		as_waitid(x, &nap);
	} else {
		nap.idtype = (int)x->a;
		nap.id = (int)x->b;
		nap.options = (int)x->d;
	}
	for (;;) {
		if (bails(t))
			return -FX_EBAIL;
		memset(info, 0, sizeof(info));
		r = fx_host(__NR_waitid, nap.idtype, nap.id, info, nap.options | WNOHANG | WNOWAIT,
			    0);
		/* There is one, or there is none, or it is no call at all: that the host says. */
		if (r < 0 || ((const int *)info)[0])
			return host(x);
		r = fx_turn_sleep(t, &nap);
		if (r < 0)
			return r;
	}
}

long fx_sleeps_retry(struct fx_thread *t, const struct fx_host_args *again, long none)
{
	for (;;) {
		struct fx_nap nap;
		long r = host(again);

		if (r != none)
			return r;
		nap = nap_until(again, in_ns(RETRY_NS));
		r = fx_turn_sleep(t, &nap);
		if (r != -ETIMEDOUT)
			return r;
	}
}
