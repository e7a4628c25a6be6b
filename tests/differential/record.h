/* SPDX-License-Identifier: MIT */
/* What happened in a sequence: text, of which a run prints only the hash unless asked for all. */
#ifndef TESTS_DIFFERENTIAL_RECORD_H
#define TESTS_DIFFERENTIAL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

void record_start(bool verbose);
/* Part of the result: the same natively and under fxbox, or there is a difference. */
void record(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* For the reader only. */
void record_aside(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t record_hash(void);
/* All that was said aloud since the start. */
void record_print(void);

#endif
