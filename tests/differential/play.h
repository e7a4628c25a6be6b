/* SPDX-License-Identifier: MIT */
/* Plays a sequence and records it. */
#ifndef TESTS_DIFFERENTIAL_PLAY_H
#define TESTS_DIFFERENTIAL_PLAY_H

#include <stdint.h>

#include "tests/differential/sequence.h"

enum play_result {
	PLAY_DONE,
	PLAY_LATE, /* a timeout may have expired out of turn: to be played again */
	PLAY_HANG, /* recorded; the process is of no further use */
};

/* Bit i of dropped leaves out step i. */
enum play_result play(const struct sequence *s, uint32_t dropped);

#endif
