/* SPDX-License-Identifier: MIT */
#include "shim/entry/serve.h"

#include <asm/socket.h>

#include "shim/audit/audit.h"
#include "shim/audit/calls.h"
#include "shim/audit/clock.h"
#include "shim/audit/denied.h"
#include "shim/audit/gather.h"
#include "shim/audit/not_there.h"
#include "shim/audit/trace.h"
#include "shim/base/call.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/text.h"
#include "shim/entry/dispatch.h"
#include "shim/hang/long_wait.h"
#include "shim/schedule/turn.h"
#include "shim/schedule/uses.h"
#include "shim/threads/thread.h"

#define X32_BIT	      0x40000000L
#define VSYSCALL_PAGE 0xffffffffff600000UL

bool fx_serve_from_vsyscall(const siginfo_t *info)
{
	return ((uintptr_t)info->si_call_addr & ~0xfffUL) == VSYSCALL_PAGE;
}

/* 32-bit entry and x32 numbers: their numbers mean other calls. */
static long foreign_entry(struct fx_thread *t, struct fx_call *c, const char *what)
{
	char text[64];
	struct fx_text x;
	const struct fx_unsupported u = {
		.sub = 1ULL << 32 | (unsigned)c->nr, .what = text, .result = -ENOSYS};

	fx_text_init(&x, text, sizeof(text));
	fx_text_put(&x, what);
	fx_text_dec(&x, c->nr & ~X32_BIT);
	fx_audit_unsupported(t, c, &u);
	return -ENOSYS;
}

/* info is NULL for a call from a patched site, which is a `syscall` of the program's own. */
static long dispatch(struct fx_thread *t, struct fx_call *c, const siginfo_t *info)
{
	const struct fx_dispatch *row;
	long r;

	if (info && info->si_arch != FX_AUDIT_ARCH_X86_64)
		return foreign_entry(t, c, "int 0x80 (32-bit) system call ");
	if (c->nr >= 0 && (c->nr & X32_BIT))
		return foreign_entry(t, c, "x32 system call ");
	if (info && fx_serve_from_vsyscall(info) && !fx_turns())
		return fx_host(c->nr, c->arg[0], c->arg[1], c->arg[2]);
	row = fx_dispatch_get(c->nr);
	if (!row)
		return fx_sys_unsupported(t, c);
	c->restart = row->restart;
	fx_dispatch_hide_kept(row, c);
	if (__builtin_expect(fx_config.gather, 0))
		fx_gather_before(t, c);
	if (!fx_config.log)
		return row->handler(t, c);
	fx_calls_count(c);
	r = row->handler(t, c);
	if (r == -FX_EBAIL)
		fx_calls_uncount(c);
	return r;
}

static long traced(struct fx_thread *t, struct fx_call *c, const siginfo_t *info)
{
	struct fx_trace_line line;
	long r;

	fx_trace_begin(&line, c);
	if (fx_trace_may_not_return(c))
		fx_trace_no_return(&line, c);
	t->traced = &line;
	r = dispatch(t, c, info);
	t->traced = NULL;
	fx_trace_end(&line, c, r);
	return r;
}

/* The timeout of the socket that the call waits for, in microseconds; 0: none. */
static int64_t socket_timeout(const struct fx_call *c)
{
	struct {
		int64_t sec, usec;
	} timeout = {0, 0};
	uint32_t size = sizeof(timeout);
	int option = c->restart == FX_RESTART_RECV ? SO_RCVTIMEO_NEW : SO_SNDTIMEO_NEW;

	if (c->restart != FX_RESTART_RECV && c->restart != FX_RESTART_SEND)
		return 0;
	fx_host(__NR_getsockopt, c->arg[0], SOL_SOCKET, option, &timeout, &size);
	return timeout.sec * 1000000 + timeout.usec;
}

/* Sockets: with a timeout an interrupted call is not begun anew, it would start over. */
static uint8_t restart_class(const struct fx_call *c)
{
	if (c->restart != FX_RESTART_RECV && c->restart != FX_RESTART_SEND)
		return c->restart;
	return socket_timeout(c) ? FX_RESTART_EINTR : FX_RESTART_SYS;
}

/*
 * A call was interrupted by what does not interrupt it on Linux, and is begun anew. A socket's
 * timeout is the host's, which then counts it from the start; how long the call has waited before
 * the first interruption nobody knows. So it ends when that time has passed once more, at last.
 */
static long begin_anew(struct fx_thread *t, const struct fx_call *c)
{
	int64_t timeout = socket_timeout(c), now;

	if (!timeout)
		return -FX_EBAIL;
	now = fx_clock_us();
	if (t->until_nr != c->nr) {
		t->until_nr = c->nr;
		t->until_us = now + timeout;
	}
	if (now < t->until_us)
		return -FX_EBAIL;
	return c->nr == __NR_connect ? -EINPROGRESS : -EAGAIN;
}

long fx_serve_settle(struct fx_thread *t, struct fx_call *c, long r)
{
	/* It is to begin anew, and then looks for what waits. */
	if (t->pending & FX_PENDING_LOOK) {
		__atomic_and_fetch(&t->pending, ~(uint32_t)FX_PENDING_LOOK, __ATOMIC_RELAXED);
		t->disturbed = true;
	}
	/*
	 * Had the signal come a moment later, inside the host's call, it would have
	 * ended with EINTR. Beginning anew would make the moment in which a program
	 * that has just looked for its flag misses a signal as long as a trap. A schedule is to
	 * find just that.
	 */
	if (r == -FX_EBAIL && c->restart == FX_RESTART_NOHAND && t->pending && !fx_turns())
		r = -EINTR;
	/* A blocked signal that the host delivers all the same does not interrupt on Linux. */
	if (r == -EINTR && t->disturbed && !t->pending)
		r = begin_anew(t, c);
	if (r == -EINTR && t->pending && !c->no_result) {
		t->restart = restart_class(c);
		t->restart_nr = c->nr;
	} else if (r != -FX_EBAIL) {
		t->until_nr = 0;
	}
	return r;
}

long fx_serve_denied(struct fx_thread *t, const struct fx_call *c, long r)
{
	if (__builtin_expect(r == -EACCES || r == -EPERM || r == -EROFS, 0) && fx_config.confine)
		fx_denied(t, c, r);
	if (__builtin_expect(r == -ENOENT, 0) && fx_config.confine & FX_CONFINE_ONLY)
		fx_not_there(c);
	return r;
}

static long serve(struct fx_thread *t, struct fx_call *c, const siginfo_t *info)
{
	if (__builtin_expect(fx_config.trace != FX_TRACE_NONE, 0) && fx_trace_wants(c->nr))
		return traced(t, c, info);
	return dispatch(t, c, info);
}

/* Others may go on before it, and behind it if it has done something for them. */
static long serve_in_turn(struct fx_thread *t, struct fx_call *c, const siginfo_t *info)
{
	long r;

	fx_turn_point(t, FX_EVENT_CALL, c->site, (uint64_t)c->nr, c->nr == __NR_sched_yield);
	/* A signal that came while others went on has come before the call. */
	if (t->pending & ~(uint32_t)FX_PENDING_LOOK)
		return -FX_EBAIL;
	if (__builtin_expect(fx_uses_wanted, 0))
		fx_uses_call(t, c);
	r = serve(t, c, info);
	if (fx_turn_woke(t) && r != -FX_EBAIL)
		fx_turn_point(t, FX_EVENT_WOKE, c->site, (uint64_t)c->nr, false);
	return r;
}

long fx_serve(struct fx_thread *t, struct fx_call *c, const siginfo_t *info)
{
	long r;

	t->restart = FX_RESTART_NONE;
	t->disturbed = false;
	r = __builtin_expect(fx_turns(), 0) && !t->own_process ? serve_in_turn(t, c, info)
							       : serve(t, c, info);
	if (__builtin_expect(t->woke, 0))
		fx_long_wait_woke(t);
	return fx_serve_denied(t, c, r);
}
