/* SPDX-License-Identifier: MIT */
/*
 * A wait that calls a function instead of waking a thread.
 *
 * Who cancels may have to wait until done has returned, and done may free the
 * fx_async. So that the waker needs nothing of it afterwards, a call of done is
 * listed in the manager while it lasts, by a node in the waker's frame.
 */
#ifndef MANAGER_ASYNC_H
#define MANAGER_ASYNC_H

#include <stdint.h>

#include "manager/waiter.h"

struct fx_manager;

/* Owned by the manager from fx_wait_async until done is called or a cancel returns. */
struct fx_async {
	struct fx_waiter waiter;
	void (*done)(struct fx_async *a, int result);
};

struct fx_async_call;

struct fx_async_table {
	uint32_t lock;
	struct fx_async_call *calls; /* of done, that are going on */
};

void fx_async_table_init(struct fx_async_table *table);

/* A wake has taken w, which is the waiter of a struct fx_async. No lock is held. */
void fx_async_deliver(struct fx_manager *m, struct fx_waiter *w);

#endif
