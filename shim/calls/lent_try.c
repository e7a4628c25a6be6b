/* SPDX-License-Identifier: MIT */
/* Tries of calls that look for readable descriptors, and read(2), readv(2), which may have one. */
#include "shim/calls/lent_try.h"

#include <linux/mman.h>
#include <linux/time.h>

#include "shim/base/fd_kind.h"
#include "shim/base/host.h"
#include "shim/calls/handlers.h"
#include "shim/memory/umem.h"
#include "shim/signals/lend.h"

#define SETS	     3
#define MOST_FDS     (1L << 20) /* Linux looks at no more than the table has */
#define SET_BYTES(n) (((size_t)(n) + 63) / 64 * 8)
#define POLLIN	     1

struct polled { /* struct pollfd */
	int32_t fd;
	uint16_t events, revents;
};

static long tried(struct fx_thread *t, long nr, unsigned long a, unsigned long b, unsigned long c,
		  unsigned long d, unsigned long e)
{
	struct fx_lent lent;
	long r;

	fx_lend(t, &lent);
	r = fx_host(nr, a, b, c, d, e, 0);
	fx_lend_end(t, &lent);
	return r;
}

long fx_lent_poll(struct fx_thread *t, uintptr_t polled, unsigned long n)
{
	return fx_lend_due(t) ? tried(t, __NR_poll, polled, n, 0, 0, 0) : 0;
}

long fx_lent_epoll(struct fx_thread *t, const struct fx_call *c)
{
	return fx_lend_due(t) ? tried(t, __NR_epoll_wait, c->arg[0], c->arg[1], c->arg[2], 0, 0)
			      : 0;
}

/* Of copies, for the host clears what is not ready. */
static long select_copies(struct fx_thread *t, const struct fx_call *c, long n, char *copies)
{
	uintptr_t at[SETS] = {0, 0, 0};
	struct __kernel_old_timeval none = {0, 0};
	long r;

	for (int i = 0; i < SETS; i++) {
		if (!c->arg[1 + i])
			continue;
		at[i] = (uintptr_t)copies + (size_t)i * SET_BYTES(n);
		if (fx_umem_copy_in((void *)at[i], c->arg[1 + i], SET_BYTES(n)) < 0)
			return 0;
	}
	r = tried(t, __NR_select, (unsigned long)n, at[0], at[1], at[2], (uintptr_t)&none);
	for (int i = 0; r > 0 && i < SETS; i++)
		if (at[i] && fx_umem_copy_out(c->arg[1 + i], (void *)at[i], SET_BYTES(n)) < 0)
			return -EFAULT;
	return r > 0 ? r : 0;
}

long fx_lent_select(struct fx_thread *t, const struct fx_call *c)
{
	long n = (int)c->arg[0], r, copies;
	size_t size;

	if (!fx_lend_due(t) || n <= 0)
		return 0;
	if (n > MOST_FDS)
		n = MOST_FDS;
	size = SETS * SET_BYTES(n);
	copies = fx_host(__NR_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	if (copies < 0 && copies > -4096)
		return copies;
	r = select_copies(t, c, n, (char *)copies);
	fx_host(__NR_munmap, copies, size);
	return r;
}

static bool is_signalfd(unsigned long fd)
{
	return fx_fd_is_named((int)fd, "anon_inode:[signalfd]");
}

/* What is readable while it is lent is this thread's to read, so that the read does not sleep. */
static long read_lent(struct fx_thread *t, const struct fx_call *c, unsigned long at,
		      unsigned long size)
{
	struct polled one = {.fd = (int)c->arg[0], .events = POLLIN};
	struct fx_lent lent;
	long r = 0;

	fx_lend(t, &lent);
	if (fx_host(__NR_poll, &one, 1, 0) == 1 && one.revents == POLLIN)
		r = fx_host(c->nr, c->arg[0], at, size);
	fx_lend_end(t, &lent);
	return r;
}

/* Of a kind that waits for the thread and for the process, one is lent at a time. */
long fx_sys_read(struct fx_thread *t, struct fx_call *c)
{
	long got = 0, r;

	if (!fx_lend_due(t) || !is_signalfd(c->arg[0]))
		return fx_sys_host(t, c);
	do {
		r = read_lent(t, c, c->arg[1] + (unsigned long)got, c->arg[2] - (unsigned long)got);
		got += r > 0 ? r : 0;
	} while (r > 0 && fx_lend_due(t));
	if (got)
		return got;
	return r ? r : fx_sys_host(t, c);
}

long fx_sys_readv(struct fx_thread *t, struct fx_call *c)
{
	long r = fx_lend_due(t) && is_signalfd(c->arg[0]) ? read_lent(t, c, c->arg[1], c->arg[2])
							  : 0;

	return r ? r : fx_sys_host(t, c);
}
