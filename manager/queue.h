/* SPDX-License-Identifier: MIT */
/*
 * The queues of a bucket, one per key. A queue has no memory of its own: it is a
 * circle of waiters, oldest first, and the first one also stands for the key in
 * the bucket's list. So a wake passes over other keys, never over their waiters.
 * The caller holds the bucket's lock.
 */
#ifndef MANAGER_QUEUE_H
#define MANAGER_QUEUE_H

#include "manager/key.h"

struct fx_bucket;
struct fx_waiter;

/* The oldest waiter on the key, or NULL. */
struct fx_waiter *fx_queue_find(const struct fx_bucket *b, struct fx_key key);

/* Joins the queue of w->key: in the order of priorities, after those that are equal. */
void fx_queue_append(struct fx_bucket *b, struct fx_waiter *w);

void fx_queue_remove(struct fx_waiter *w);

/* Moves the whole queue that starts at first to a bucket whose lock is held too, and counts it. */
unsigned fx_queue_move(struct fx_waiter *first, struct fx_bucket *to);

#endif
