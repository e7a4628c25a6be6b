/* SPDX-License-Identifier: MIT */
/* The parts of a wake, which requeue and wake_op share. */
#ifndef MANAGER_WAKE_H
#define MANAGER_WAKE_H

#include <stdint.h>

#include "manager/key.h"

struct fx_bucket;
struct fx_manager;
struct fx_waiter;

/* Waiters in the state taken (waiter.h), in the order in which they will be woken. */
struct fx_wake_list {
	struct fx_waiter *first;
	struct fx_waiter **end; /* the link to fill next */
};

static inline void fx_wake_list_init(struct fx_wake_list *list)
{
	list->first = 0;
	list->end = &list->first;
}

/* 0, -EINVAL (misaligned) or -EFAULT (unmapped; process class only), in this order. */
int fx_wake_check_word(const struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls);

/* Adds a waiter that has been taken off its queue. */
void fx_wake_list_add(struct fx_wake_list *list, struct fx_waiter *w);

/*
 * Takes at most nr > 0 waiters; bucket lock held. Returns their number, or -EINVAL at
 * the first one that waits for a word with an owner; those before it stay taken.
 */
int fx_wake_take(struct fx_manager *m, struct fx_bucket *b, struct fx_key key, int nr,
		 uint32_t bitset, struct fx_wake_list *list);

/* Releases all of them; no lock held. */
void fx_wake_issue(struct fx_manager *m, const struct fx_wake_list *list);

#endif
