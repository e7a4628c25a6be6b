/* SPDX-License-Identifier: MIT */
/* Where the threads of a run were when its time was over (--timeout). */
#ifndef LOADER_CONFINE_LAST_DUMPS_H
#define LOADER_CONFINE_LAST_DUMPS_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * In the process outside, before it kills: dumps of the program, which /proc calls so, and of what
 * descends from it, as far as they
 * answer, eight of them at most, and for a second in all, whatever they do. Who does
 * not answer is left out: it may be about to end.
 */
void fx_last_dumps_take(pid_t program);

/*
 * When all of the run have ended, so that none of them sees what this does. in_namespace: our
 * children are in a PID namespace that has an init still, and nobody else that is to live: they end
 * the rest. Lets fxbox-report tell each dump on standard error, and in the log that is open as
 * `log`
 * (-1: none); waits for it, for five seconds each at most.
 */
void fx_last_dumps_tell(bool in_namespace, int log);

#endif
