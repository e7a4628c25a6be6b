/* SPDX-License-Identifier: MIT */
/*
 * Number 1 of the PID namespace of a program that is copied (shim/schedule/snapshot.h): it sees to
 * it that each copy has number 2, as the program has, passes orders on, and tells what came of
 * them.
 *
 * An order is a file of the schedule, and then one byte on the socket; the answer is one byte when
 * there is a program that can be copied, before any order, and one when a copy has ended. Whoever
 * finds the socket closed instead looks whether the file says how the run ended.
 */
#ifndef LOADER_CONFINE_COPIES_H
#define LOADER_CONFINE_COPIES_H

#include <stdbool.h>
#include <sys/types.h>

#include "shim/boot.h"

/*
 * Before the program is made: has it stop where it can be copied, unless the host does not let
 * numbers be given again. tmp: /tmp is its own.
 */
void fx_copies_begin(const struct fx_config *config, bool tmp);

/* The program runs. Ends with the namespace, when there is nothing more to copy. */
_Noreturn void fx_copies_serve(int orders, pid_t program);

#endif
