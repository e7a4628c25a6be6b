/* SPDX-License-Identifier: MIT */
/*
 * `fxbox threads PID`: somebody outside asks where the threads are. The question is a SIGTRAP,
 * which the host never blocks, with a code of its own, to a process whose table
 * (shim/audit_table.h) says that it is asked; the answer is a dump, behind the table in the same
 * file.
 */
#ifndef SHIM_HANG_ANSWER_H
#define SHIM_HANG_ANSWER_H

#include <stdbool.h>

#include "shim/base/kernel_signal.h"

struct fx_thread;
struct ucontext;

/* Whether a signal is such a question. */
bool fx_answer_is_asked(const siginfo_t *info);

/*
 * Answers, unless the table says that nobody has asked. In the handler of the signal, whatever it
 * has interrupted: takes no lock. uc: which has interrupted guest code, else NULL. The process
 * stands still meanwhile.
 */
void fx_answer(struct fx_thread *t, const struct ucontext *uc);

#endif
