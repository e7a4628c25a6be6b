/* SPDX-License-Identifier: MIT */
/* Sentences about a thread, which the text has and JSON as well. */
#ifndef LOADER_REPORT_THREADS_THREADS_WORDS_H
#define LOADER_REPORT_THREADS_THREADS_WORDS_H

#include <stddef.h>

#include "loader/report/threads/findings.h"
#include "loader/report/threads/threads.h"

#define FX_WORDS 1600 /* room for one of these; what is longer is cut */

/* "mutex lock_b (abba.c:12)" */
void fx_words_object(const struct fx_wait *w, char *out, size_t size);
/* "waits for recursive mutex lock_b (abba.c:12), held by 4713", "is in read(0, 0x7f.., 512)" */
void fx_words_does(const struct fx_threads *t, const struct fx_thread_report *r, char *out,
		   size_t size);
/* The call that a thread is in, with its arguments; "" if it is in none. */
void fx_words_call(const struct fx_thread_report *r, char *out, size_t size);
/* What was found, on one line: "4712 -> mutex a (abba.c:9) -> 4713 -> ..." with what it means. */
void fx_words_finding(const struct fx_threads *t, const struct fx_finding *f, char *out,
		      size_t size);
/* Why the dump was made, and of whom: the report's first line. */
void fx_words_head(const struct fx_threads *t, const struct fx_findings *f, const char *name,
		   char *out, size_t size);
/* "3.2 s" */
void fx_words_time(uint64_t ns, char *out, size_t size);

#endif
