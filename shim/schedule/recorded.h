/* SPDX-License-Identifier: MIT */
/* A signal that one thread has sent to others of its process. Inside schedule/. */
#ifndef SHIM_SCHEDULE_RECORDED_H
#define SHIM_SCHEDULE_RECORDED_H

#include <stdint.h>

struct fx_thread;

/* How many threads have recorded one; to be asked before the call. */
unsigned fx_recorded_count(void);

/*
 * Waits until the host has given the signal to the thread tid, or, if that is 0, to any, so that
 * what follows does not depend on when it does. before: of fx_recorded_count. Where nobody
 * takes it (it is blocked, or ignored) it returns at once.
 */
void fx_recorded_await(const struct fx_thread *t, int sig, uint32_t tid, unsigned before);

#endif
