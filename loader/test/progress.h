/* SPDX-License-Identifier: MIT */
/* How far a test is, on standard error: a line that is drawn anew, or one every few seconds. */
#ifndef LOADER_TEST_PROGRESS_H
#define LOADER_TEST_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/test/group.h"

struct fx_progress {
	bool terminal, shown;
	uint64_t began_us, last_us;
	uint64_t of; /* how many there will be; 0: not known */
};

void fx_progress_begin(struct fx_progress *progress, uint64_t of);
/* Says it if it is time to. */
void fx_progress_tell(struct fx_progress *progress, uint64_t done,
		      const struct fx_failures *failures);
/* What is done now, for which there is no number: "looking closer at 3 failures". */
void fx_progress_say(struct fx_progress *progress, const char *what);
/* Takes the line away. */
void fx_progress_end(struct fx_progress *progress);
uint64_t fx_progress_now_us(void);

#endif
