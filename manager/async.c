/* SPDX-License-Identifier: MIT */
#include "manager/async.h"

#include <stddef.h>

#include "manager/lock.h"
#include "manager/manager.h"
#include "manager/wait.h"

/* A call of done that is going on, in the frame of the waker; under the table's lock. */
struct fx_async_call {
	const struct fx_async *a; /* only compared: it may be gone, or queued again */
	struct fx_async_call *next;
	uint32_t *canceller; /* to be set to WOKEN when done has returned, or NULL */
};

void fx_async_table_init(struct fx_async_table *table)
{
	table->lock = 0;
	table->calls = NULL;
}

static struct fx_async *async_of(struct fx_waiter *w)
{
	return (struct fx_async *)(void *)w;
}

_Static_assert(offsetof(struct fx_async, waiter) == 0, "async_of");

static void begin_call(struct fx_manager *m, struct fx_async_call *call, const struct fx_async *a)
{
	call->a = a;
	call->canceller = NULL;
	fx_lock(m, &m->async.lock);
	call->next = m->async.calls;
	m->async.calls = call;
	fx_unlock(m, &m->async.lock);
}

static uint32_t *end_call(struct fx_manager *m, const struct fx_async_call *call)
{
	struct fx_async_call **link = &m->async.calls;

	fx_lock(m, &m->async.lock);
	while (*link != call)
		link = &(*link)->next;
	*link = call->next;
	fx_unlock(m, &m->async.lock);
	return call->canceller;
}

/*
 * Who cancels waits first for the waiter to be released and then looks for the
 * call, which is listed before: so it cannot miss it.
 */
void fx_async_deliver(struct fx_manager *m, struct fx_waiter *w)
{
	struct fx_async *a = async_of(w);
	struct fx_async_call call;
	uint32_t *canceller;

	begin_call(m, &call, a);
	fx_waiter_release(m, &w->word);
	if (m->observer)
		m->observer->wait_end(m, w, 0);
	a->done(a, 0);
	canceller = end_call(m, &call);
	if (canceller)
		fx_waiter_release(m, canceller);
}

int fx_wait_async(struct fx_manager *m, struct fx_async *a, uintptr_t uaddr, enum fx_key_class cls,
		  uint32_t val, uint32_t bitset)
{
	a->waiter.kind = FX_WAITER_ASYNC;
	a->waiter.priority = FX_PRIORITY_NORMAL;
	return fx_wait_queue(m, &a->waiter, uaddr, cls, val, bitset);
}

/* True, and *word will be set to WOKEN at its end, if there is such a call. */
static bool attend_call(struct fx_manager *m, const struct fx_async *a, uint32_t *word)
{
	struct fx_async_call *call;

	fx_lock(m, &m->async.lock);
	for (call = m->async.calls; call && call->a != a; call = call->next)
		;
	if (call)
		call->canceller = word;
	fx_unlock(m, &m->async.lock);
	return call != NULL;
}

int fx_wait_async_cancel(struct fx_manager *m, struct fx_async *a)
{
	uint32_t word = FX_WAITER_RUNNING;

	if (fx_wait_leave(m, &a->waiter)) {
		if (m->observer)
			m->observer->wait_end(m, &a->waiter, -FX_ECANCELED);
		return 0;
	}
	fx_wait_await_release(m, &a->waiter);
	if (attend_call(m, a, &word))
		fx_wait_park(m, &word, NULL, FX_PARK_LOCK);
	return -FX_EALREADY;
}
