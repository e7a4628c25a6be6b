/* SPDX-License-Identifier: MIT */
/* Calls that sleep until one of several descriptors is ready. */
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/memory/umem.h"
#include "shim/schedule/clocks.h"
#include "shim/schedule/now.h"
#include "shim/schedule/outside.h"
#include "shim/schedule/sleeps.h"
#include "shim/schedule/try.h"
#include "shim/schedule/turn.h"

#define MOST_FDS 256
#define MOST_SET 1024 /* descriptors of select(2) */

long fx_sleeps_poll(struct fx_thread *t, const struct fx_host_args *x)
{
	struct fx_pollfd fds[MOST_FDS];
	const struct fx_host_args try = {__NR_poll, x->a, x->b, 0, 0, 0, 0};
	uint64_t ns = FX_NEVER;
	struct fx_nap nap;
	long r = 0;

	if (x->nr == __NR_poll && (int)x->c >= 0)
		ns = (uint64_t)(int)x->c * 1000000;
	else if (x->nr == __NR_ppoll)
		fx_read_timeout(x->c, &ns, &r);
	if (r < 0)
		return r;
	if (ns == 0 || (unsigned long)x->b > MOST_FDS)
		return fx_try_host(x);
	if (fx_umem_copy_in(fds, (uintptr_t)x->a, (unsigned long)x->b * sizeof(fds[0])) < 0)
		return -EFAULT;
	nap = fx_nap_until(x, fx_moment_in(ns));
	nap.fds = fds;
	nap.fd_count = (unsigned)x->b;
	nap.from_outside = fx_outside_reaches(fds, nap.fd_count);
	return fx_try_with_mask(t, x->nr == __NR_ppoll ? x->d : 0, &nap, &try);
}

long fx_sleeps_epoll(struct fx_thread *t, const struct fx_host_args *x)
{
	const struct fx_host_args try = {__NR_epoll_wait, x->a, x->b, x->c, 0, 0, 0};
	struct fx_pollfd one = {.fd = (int)x->a, .events = FX_POLLIN};
	uint64_t ns = FX_NEVER;
	struct fx_nap nap;
	long r = 0;

	if (x->nr != __NR_epoll_pwait2 && (int)x->d >= 0)
		ns = (uint64_t)(int)x->d * 1000000;
	else if (x->nr == __NR_epoll_pwait2)
		fx_read_timeout(x->d, &ns, &r);
	if (r < 0)
		return r;
	if (ns == 0)
		return fx_try_host(x);
	nap = fx_nap_until(x, fx_moment_in(ns));
	nap.fds = &one;
	nap.fd_count = 1;
	nap.from_outside = fx_outside_processes();
	return fx_try_with_mask(t, x->nr == __NR_epoll_wait ? 0 : x->e, &nap, &try);
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
		long r = fx_try_bails(t) ? -FX_EBAIL : try_sets(s);

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
	uint64_t now = fx_now(false), left = until > now ? until - now : 0;
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
		fx_read_timeout(x->e, ns, &r);
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
	uint64_t ns = FX_NEVER, before = 0;
	long mask = select_mask(x), r = select_timeout(x, &ns);
	struct fx_nap nap;

	if (r < 0)
		return r;
	if (ns == 0 || s.n < 0 || s.n > MOST_SET)
		return fx_try_host(x);
	for (int i = 0; i < 3; i++)
		if (s.at[i] && fx_umem_copy_in(s.wanted[i], (uintptr_t)s.at[i], set_size(&s)) < 0)
			return -EFAULT;
	nap = fx_nap_until(x, fx_moment_in(ns));
	nap.fds = fds;
	nap.fd_count = as_polled(&s, fds);
	nap.from_outside = fx_outside_reaches(fds, nap.fd_count);
	if (fx_try_bails(t))
		return -FX_EBAIL;
	if (mask)
		fx_mask_take(mask, &before);
	r = await_sets(t, &s, &nap);
	if (mask) {
		fx_mask_give_back(t, before);
		r = r == -FX_EBAIL ? -EINTR : r;
	}
	if (x->e && r != -FX_EBAIL)
		tell_left(x, nap.until_ns);
	for (int i = 0; r >= 0 && i < 3; i++)
		if (s.at[i] && fx_umem_copy_out((uintptr_t)s.at[i], s.found[i], set_size(&s)) < 0)
			return -EFAULT;
	return r;
}
