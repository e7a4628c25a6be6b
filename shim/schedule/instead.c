/* SPDX-License-Identifier: MIT */
#include "shim/schedule/instead.h"

#include <linux/fcntl.h>
#include <linux/ipc.h>

#include "shim/base/host.h"
#include "shim/schedule/clocks.h"
#include "shim/schedule/processors.h"
#include "shim/schedule/recorded.h"
#include "shim/schedule/sleeps.h"
#include "shim/schedule/snapshot.h"
#include "shim/schedule/try.h"
#include "shim/schedule/turn.h"
#include "shim/threads/thread.h"

#define LOCK_UN	     8 /* flock(2) */
#define LOCK_NB	     4
#define MSG_DONTWAIT 0x40

/* Of sockets, what says by itself that it does not wait. */
static long on_socket(struct fx_thread *t, const struct fx_host_args *x, long flags,
		      uint16_t events)
{
	return flags & MSG_DONTWAIT ? fx_try_host(x) : fx_sleeps_on_fd(t, x, (int)x->a, events);
}

/* Locks of whole files; those of fcntl(2) that belong to a process are in no thread's way. */
static long lock_file(struct fx_thread *t, const struct fx_host_args *x)
{
	struct fx_host_args again = *x;

	if (x->nr == __NR_flock) {
		if (x->b & (LOCK_UN | LOCK_NB))
			return fx_try_host(x);
		again.b |= LOCK_NB;
	} else {
		if (x->b != F_OFD_SETLKW)
			return fx_try_host(x);
		again.b = F_OFD_SETLK;
	}
	return fx_sleeps_retry(t, &again, -EAGAIN);
}

/* System V's queues and semaphores. */
static long ipc(struct fx_thread *t, const struct fx_host_args *x)
{
	struct fx_host_args again = *x;

	if (x->nr == __NR_msgsnd) {
		again.d |= IPC_NOWAIT;
		return x->d & IPC_NOWAIT ? fx_try_host(x) : fx_sleeps_retry(t, &again, -EAGAIN);
	}
	again.e |= IPC_NOWAIT;
	return x->e & IPC_NOWAIT ? fx_try_host(x) : fx_sleeps_retry(t, &again, -ENOMSG);
}

/* Whom a call sends a signal to: a thread of the process, or, 0, the process itself. */
static bool is_for_us(const struct fx_thread *t, const struct fx_host_args *x, uint32_t *tid,
		      int *sig)
{
	bool both = x->nr == __NR_tgkill || x->nr == __NR_rt_tgsigqueueinfo;

	*tid = both ? (uint32_t)x->b : x->nr == __NR_tkill ? (uint32_t)x->a : 0;
	*sig = (int)(both ? x->c : x->b);
	return *tid ? fx_thread_find(*tid) != NULL : (int)x->a == t->pid;
}

static long send_signal(const struct fx_thread *t, const struct fx_host_args *x)
{
	unsigned before = fx_recorded_count();
	uint32_t tid;
	int sig;
	long r = fx_try_host(x);

	if (r == 0 && is_for_us(t, x, &tid, &sig))
		fx_recorded_await(t, sig, tid, before);
	fx_turn_try_again();
	return r;
}

static long set_timer(const struct fx_host_args *x)
{
	fx_turn_timer_set();
	return fx_try_host(x);
}

long fx_instead(long nr, long a, long b, long c, long d, long e, long f)
{
	struct fx_thread *t = fx_thread_self();
	const struct fx_host_args x = {nr, a, b, c, d, e, f};

	if (t->own_process)
		return fx_try_host(&x);
	switch (nr) {
	case __NR_read:
	case __NR_readv:
	case __NR_preadv2:
	case __NR_accept:
	case __NR_accept4:
	case __NR_mq_timedreceive:
		return fx_sleeps_on_fd(t, &x, (int)a, FX_POLLIN);
	case __NR_recvfrom:
	case __NR_recvmmsg:
		return on_socket(t, &x, d, FX_POLLIN);
	case __NR_recvmsg:
		return on_socket(t, &x, c, FX_POLLIN);
	case __NR_writev:
	case __NR_mq_timedsend:
		return fx_sleeps_on_fd(t, &x, (int)a, FX_POLLOUT);
	case __NR_sendmsg:
		return on_socket(t, &x, c, FX_POLLOUT);
	case __NR_sendmmsg:
		return on_socket(t, &x, d, FX_POLLOUT);
	case __NR_write:
		return fx_sleeps_write(t, &x);
	case __NR_sendto:
		return d & MSG_DONTWAIT ? fx_try_host(&x) : fx_sleeps_send(t, &x);
	case __NR_poll:
	case __NR_ppoll:
		return fx_sleeps_poll(t, &x);
	case __NR_select:
	case __NR_pselect6:
		return fx_sleeps_select(t, &x);
	case __NR_epoll_wait:
	case __NR_epoll_pwait:
	case __NR_epoll_pwait2:
		return fx_sleeps_epoll(t, &x);
	case __NR_nanosleep:
	case __NR_clock_nanosleep:
		return fx_sleeps_for(t, &x);
	case __NR_pause:
	case __NR_rt_sigsuspend:
		return fx_sleeps_for_signal(t, &x);
	case __NR_rt_sigtimedwait:
		return fx_sleeps_sigwait(t, &x);
	case __NR_wait4:
	case __NR_waitid:
		return fx_sleeps_wait(t, &x);
	case __NR_flock:
	case __NR_fcntl:
		return lock_file(t, &x);
	case __NR_msgsnd:
	case __NR_msgrcv:
		return ipc(t, &x);
	case __NR_kill:
	case __NR_tkill:
	case __NR_tgkill:
	case __NR_rt_sigqueueinfo:
	case __NR_rt_tgsigqueueinfo:
	case __NR_pidfd_send_signal:
		return send_signal(t, &x);
	case __NR_setitimer:
	case __NR_alarm:
	case __NR_timer_settime:
	case __NR_timerfd_settime:
		return set_timer(&x);
	case __NR_clock_gettime:
	case __NR_gettimeofday:
	case __NR_time:
	case __NR_times:
	case __NR_getrusage:
	case __NR_sysinfo:
	case __NR_getcpu:
		return fx_clock_tell(nr, a, b);
	case __NR_sched_getaffinity:
		return fx_processors_tell(a, b, c);
	case __NR_sched_setaffinity:
		return fx_processors_set(b, c);
	case __NR_clock_settime:
	case __NR_settimeofday:
	case __NR_adjtimex:
	case __NR_clock_adjtime:
		/* From what the program sees no other clock can be set. */
		return -EPERM;
	case __NR_getppid:
		return fx_snapshot_parent() ? fx_snapshot_parent() : fx_try_host(&x);
	case __NR_getrandom:
		return fx_clock_random(a, (unsigned long)b, c);
	case __NR_sched_yield:
		/* At the event before it the others have had their turn. */
		return 0;
	default:
		return fx_try_host(&x);
	}
}
