/* SPDX-License-Identifier: MIT */
#include "shim/schedule/platform.h"

#include "manager/errno.h"
#include "shim/audit/trace.h"
#include "shim/base/call.h"
#include "shim/hang/still.h"
#include "shim/schedule/clocks.h"
#include "shim/schedule/now.h"
#include "shim/schedule/turn.h"
#include "shim/threads/thread.h"

static const struct fx_platform_ops *below;
static struct fx_platform_ops ops;

static uint64_t moment(const struct fx_deadline *at)
{
	return fx_clock_moment((long)at->clock,
			       (uint64_t)at->sec * FX_NS_PER_SEC + (uint64_t)at->nsec);
}

/* Between the look at the word and the sleep nobody else runs. Each sleeps on its own word. */
static int park(const struct fx_spot *spot, const struct fx_deadline *deadline,
		enum fx_park_kind kind)
{
	struct fx_thread *t = fx_thread_self();
	struct fx_nap nap = {.word = spot->address};
	int r;

	if (kind != FX_PARK_WAIT || t->own_process)
		return below->park(spot, deadline, kind);
	if (__atomic_load_n(&t->pending, __ATOMIC_ACQUIRE))
		return -FX_EBAIL;
	if (__atomic_load_n(spot->address, __ATOMIC_ACQUIRE) != spot->expected)
		return -FX_EAGAIN;
	nap.what = t->call ? (uint64_t)t->call->nr : 0;
	nap.timed = deadline != 0;
	if (deadline)
		nap.until_ns = moment(deadline);
	if (t->traced)
		fx_trace_sleeps(t->traced, t->call);
	fx_still_begin(t, spot->word, deadline != 0);
	r = fx_turn_sleep(t, &nap);
	fx_still_end(t);
	return r;
}

static void unpark(uint32_t *word)
{
	if (!fx_turn_wake(word))
		below->unpark(word);
}

static void clock_now(enum fx_clock clock, struct fx_deadline *out)
{
	uint64_t ns = fx_clock_shows((long)clock, fx_now(false));

	out->sec = (int64_t)(ns / FX_NS_PER_SEC);
	out->nsec = (int64_t)(ns % FX_NS_PER_SEC);
	out->clock = clock;
}

const struct fx_platform_ops *fx_turn_platform(const struct fx_platform_ops *around)
{
	below = around;
	ops = *around;
	ops.park = park;
	ops.unpark = unpark;
	ops.unpark_set = NULL;
	ops.clock_now = clock_now;
	return &ops;
}
