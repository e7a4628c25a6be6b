/* SPDX-License-Identifier: MIT */
/* The parts of a wait, which the other kinds of waits share. */
#ifndef MANAGER_WAIT_H
#define MANAGER_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "manager/key.h"
#include "manager/platform.h"

struct fx_bucket;
struct fx_manager;
struct fx_waiter;

/* A deadline that may be given; NULL is one. */
bool fx_deadline_valid(const struct fx_deadline *deadline);

/* 0, -EFAULT, or -EAGAIN if the word has another value. */
int fx_wait_check_value(const struct fx_manager *m, uintptr_t uaddr, uint32_t val);

/* What fx_wait_begin does when kind and priority, and a vector's group, are set. */
int fx_wait_queue(struct fx_manager *m, struct fx_waiter *w, uintptr_t uaddr, enum fx_key_class cls,
		  uint32_t val, uint32_t bitset);

/* What a plain wait of the calling thread has as its priority. */
int8_t fx_wait_priority(const struct fx_manager *m);

/* Locks the bucket that w is queued in, or was last. */
struct fx_bucket *fx_wait_lock_bucket(const struct fx_manager *m, const struct fx_waiter *w);

/* Takes w off its queue; false: a waker has taken it. Not for kind PI. */
bool fx_wait_leave(const struct fx_manager *m, struct fx_waiter *w);

/* Of a waiter that a waker has taken: returns when it is woken. */
void fx_wait_await_release(const struct fx_manager *m, struct fx_waiter *w);

/* Parks on a word of the values of fx_waiter.word until it is WOKEN. 0, or what park says. */
int fx_wait_park(const struct fx_manager *m, uint32_t *word, const struct fx_deadline *deadline,
		 enum fx_park_kind kind);

#endif
