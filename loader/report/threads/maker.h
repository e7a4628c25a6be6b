/* SPDX-License-Identifier: MIT */
/* Who has begun an initialisation that others wait for, by the stacks. 0: nobody, or not known. */
#ifndef LOADER_REPORT_THREADS_MAKER_H
#define LOADER_REPORT_THREADS_MAKER_H

#include <stdint.h>

#include "loader/report/threads/threads.h"

/* The id of the one thread that is within some pthread_once, if any waits for such a thing. */
uint32_t fx_maker_only(const struct fx_threads *t);

/*
 * Where several are, or one whose own functions left no frame: the one that is within that of this
 * word.
 */
uint32_t fx_maker_of_once(const struct fx_threads *t, uint64_t word);

/* Of the static variable of C++ that r waits for: whoever stands in the function that has it. */
uint32_t fx_maker_of_guard(const struct fx_threads *t, const struct fx_thread_report *r);

#endif
