/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for a relative time: nanosleep(2), clock_nanosleep(2), poll(2), epoll_wait(2),
 * semtimedop(2), io_getevents(2). The host waits; the shim knows how long it still has to, when
 * what interrupts the wait is nothing to the guest. select(2) and ppoll(2) need none of this: the
 * host writes what is left to the guest's own memory.
 */
#include <linux/time.h>

#include "shim/base/host.h"
#include "shim/calls/handlers.h"
#include "shim/calls/kept_inside.h"
#include "shim/calls/lent_try.h"
#include "shim/calls/time_left.h"
#include "shim/memory/umem.h"
#include "shim/threads/thread.h"

/*
 * The sleep, its time being argument `which` and, behind that, where the rest is to go: the
 * guest is told only of an interruption that it knows of.
 */
static long sleep_for(struct fx_thread *t, struct fx_call *c, unsigned which)
{
	unsigned long arg[4] = {c->arg[0], c->arg[1], c->arg[2], c->arg[3]};
	uintptr_t host = arg[which];
	struct fx_time own, rest = {0, 0};
	long r;

	if (!host)
		return -EFAULT;
	r = fx_time_left_at(t, c, &own, &host);
	if (r < 0)
		return r;
	arg[which] = host;
	arg[which + 1] = (uintptr_t)&rest;
	r = fx_host_park(c->nr, arg[0], arg[1], arg[2], arg[3]);
	if (r == -EINTR && t->pending && c->arg[which + 1] &&
	    fx_umem_copy_out(c->arg[which + 1], &rest, sizeof(rest)) < 0)
		return -EFAULT;
	return r;
}

long fx_sys_nanosleep(struct fx_thread *t, struct fx_call *c)
{
	return sleep_for(t, c, 0);
}

/* The clocks of a thread's or process's work do not go on while it waits. */
static bool goes_with_time(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
	       clock == CLOCK_TAI;
}

long fx_sys_clock_nanosleep(struct fx_thread *t, struct fx_call *c)
{
	if ((c->arg[1] & TIMER_ABSTIME) || !goes_with_time((int)c->arg[0]))
		return fx_sys_host(t, c);
	return sleep_for(t, c, 2);
}

long fx_sys_poll(struct fx_thread *t, struct fx_call *c)
{
	int ms = (int)c->arg[2];
	struct fx_poll_copy polled;
	long r = fx_poll_copy_make(&polled, c->arg[0], (unsigned)c->arg[1]);

	if (r < 0)
		return r;
	fx_time_left_ms(t, c, &ms);
	r = fx_lent_poll(t, polled.at, c->arg[1]);
	if (!r)
		r = fx_host_park(c->nr, polled.at, c->arg[1], ms);
	return fx_poll_copy_end(&polled, r);
}

long fx_sys_epoll_wait(struct fx_thread *t, struct fx_call *c)
{
	int ms = (int)c->arg[3];
	long r = fx_lent_epoll(t, c);

	if (r)
		return r;
	fx_time_left_ms(t, c, &ms);
	return fx_host_park(c->nr, c->arg[0], c->arg[1], c->arg[2], ms);
}

/* A timespec as the argument `which` of a call that is the host's otherwise. */
static long with_time(struct fx_thread *t, struct fx_call *c, unsigned which)
{
	unsigned long arg[5] = {c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4]};
	struct fx_time own;
	long r = fx_time_left_at(t, c, &own, &arg[which]);

	if (r < 0)
		return r;
	return fx_host_park(c->nr, arg[0], arg[1], arg[2], arg[3], arg[4]);
}

long fx_sys_semtimedop(struct fx_thread *t, struct fx_call *c)
{
	return with_time(t, c, 3);
}

long fx_sys_io_getevents(struct fx_thread *t, struct fx_call *c)
{
	return with_time(t, c, 4);
}
