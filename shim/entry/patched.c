/* SPDX-License-Identifier: MIT */
#include "shim/entry/patched.h"

#include "shim/base/call.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/calls/handlers.h"
#include "shim/entry/dispatch.h"
#include "shim/entry/serve.h"
#include "shim/patch/patch.h"
#include "shim/signals/signal.h"
#include "shim/signals/lend.h"
#include "shim/threads/thread.h"

/* Nothing is counted or told, and no other thread may go on before. Constant once the guest runs.
 */
static bool plain;

void fx_patched_init(void)
{
	plain = fx_config.trace == FX_TRACE_NONE && !fx_config.log && !fx_config.scheduled;
}

/* A result that needs no second look: settle, denied. */
static bool is_plain_error(long r)
{
	return r != -EINTR && r != -FX_EBAIL && r != -EACCES && r != -EPERM && r != -EROFS;
}

/* patched_x86_64.S pushes it. */
_Static_assert(offsetof(struct fx_call, arg) == 8 && offsetof(struct fx_call, site) == 56 &&
		       offsetof(struct fx_call, uc) == 64 && sizeof(struct fx_call) == 80,
	       "patched_x86_64.S");

/* Most calls: nothing is to be done but to make them. */
static long serve_plainly(struct fx_thread *t, struct fx_call *c, const struct fx_dispatch *row)
{
	long r;

	t->restart = FX_RESTART_NONE;
	t->disturbed = false;
	c->restart = row->restart;
	fx_dispatch_hide_kept(row, c);
	/* As fx_sys_host, which lies elsewhere: a call is a tenth of the time. */
	if (row->handler == fx_sys_futex) {
		r = fx_sys_futex(t, c);
	} else {
		t->call = fx_patched_call(t);
		r = fx_host_park(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4],
				 c->arg[5]);
		t->call = NULL;
	}
	if (__builtin_expect(r >= 0 || is_plain_error(r), 1))
		return r;
	return fx_serve_settle(t, c, fx_serve_denied(t, c, r));
}

static long serve(struct fx_thread *t, struct fx_call *c)
{
	long r;

	t->call = fx_patched_call(t);
	r = fx_serve_settle(t, c, fx_serve(t, c, NULL));
	t->call = NULL;
	if (t->has_saved_mask && !t->pending) {
		/* The host's mask was another one only during the call. */
		t->has_saved_mask = false;
		t->mask = t->saved_mask;
		fx_signal_release_held(t);
	}
	return r;
}

/* Of what a signalfd has: the host's alone while nothing waits. */
static bool is_read(const struct fx_dispatch *row)
{
	return row->handler == fx_sys_read || row->handler == fx_sys_readv;
}

/*
 * c's arguments lie in what becomes the guest's registers again, which no call changes: who may
 * change arguments has a copy.
 */
long fx_patched(struct fx_call *c)
{
	struct fx_thread *t = fx_thread_self();
	struct fx_call own;

	/* The register has 64 bits, the number 32 (do_syscall_64 of Linux). */
	c->nr = (int)c->nr;
	if (__builtin_expect(plain, 1)) {
		const struct fx_dispatch *row = fx_dispatch_get(c->nr);

		if (row && (row->handler == fx_sys_host || row->handler == fx_sys_futex ||
			    (is_read(row) && !fx_lend_due(t)))) {
			if (__builtin_expect(!fx_dispatch_names_kept(row, c), 1))
				return serve_plainly(t, c, row);
			own = *c;
			return serve_plainly(t, &own, row);
		}
	}
	if (!fx_patch_serves(c->nr))
		return -FX_EBAIL;
	own = *c;
	return serve(t, &own);
}
