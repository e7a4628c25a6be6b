/* SPDX-License-Identifier: MIT */
/*
 * What fxbox writes for itself, on the guest's threads: it may fail, and then it is counted, but
 * the guest is not to notice.
 */
#ifndef SHIM_AUDIT_OWN_WRITE_H
#define SHIM_AUDIT_OWN_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/base/sigset.h"

struct fx_thread;

/* What a failed write(2) may signal. */
#define FX_OWN_WRITE_SIGNALS (FX_SIGBIT(SIGPIPE) | FX_SIGBIT(SIGXFSZ))

/*
 * Writes whole lines to a kept descriptor. What cannot be written is lost, and its lines are
 * counted in the shared table. One host call if all goes well; no signal of a failure (SIGPIPE,
 * SIGXFSZ) reaches the guest. May block as write(2) does.
 */
void fx_own_write(int fd, const char *lines, size_t length);

/*
 * For who writes in another way, with fx_thread.own_write set: takes the signal of a write that has
 * failed with this -errno, where it waits for the thread.
 */
void fx_own_write_failed(long error);

/* Whether a signal that has come is nothing but the answer to such a write. In the handler. */
bool fx_own_write_caused(const struct fx_thread *t, const siginfo_t *info);

#endif
