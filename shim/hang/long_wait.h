/* SPDX-License-Identifier: MIT */
/*
 * --profile=locks: waits in the manager that take longer than 20 microseconds are told in the
 * log, one `lock_wait` record each, with who held the lock when the waiter fell asleep, as far as
 * the lock says it, and who woke it; and whoever wakes such a waiter tells where, in a `lock_wake`.
 * Without the option nothing of it is called.
 */
#ifndef SHIM_HANG_LONG_WAIT_H
#define SHIM_HANG_LONG_WAIT_H

struct fx_observer;
struct fx_thread;

/* For fx_manager.observer, if fx_config.locks. */
extern const struct fx_observer fx_long_wait_observer;

/* t, the calling thread, is about to sleep in its call: notes who holds what it waits for. */
void fx_long_wait_sleeps(struct fx_thread *t);

/* The call of t, the calling thread, has woken somebody who waited long (t->woke). Takes no lock.
 */
void fx_long_wait_woke(struct fx_thread *t);

#endif
