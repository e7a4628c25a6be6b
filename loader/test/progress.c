/* SPDX-License-Identifier: MIT */
#include "loader/test/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DRAWN_US 200000	 /* on a terminal */
#define LINES_US 5000000 /* elsewhere */
#define ERASE	 "\r\033[K"

uint64_t fx_progress_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void fx_progress_begin(struct fx_progress *p, uint64_t of)
{
	const uint64_t now = fx_progress_now_us();

	*p = (struct fx_progress){
		.terminal = isatty(STDERR_FILENO), .began_us = now, .last_us = now, .of = of};
}

static void kinds(const struct fx_failures *failures, char *out, size_t size)
{
	size_t used = 0;

	*out = '\0';
	for (int kind = 1; kind < FX_VERDICT_KINDS && used < size; kind++) {
		if (failures->of[kind])
			used += (size_t)snprintf(out + used, size - used, ", %" PRIu64 " %s",
						 failures->of[kind],
						 fx_verdict_word((enum fx_verdict_kind)kind));
	}
}

void fx_progress_tell(struct fx_progress *p, uint64_t done, const struct fx_failures *failures)
{
	const uint64_t now = fx_progress_now_us();
	const double seconds = (double)(now - p->began_us) / 1e6;
	char line[256], of[32] = "", failed[160];

	if (now - p->last_us < (p->terminal ? DRAWN_US : LINES_US))
		return;
	p->last_us = now;
	p->shown = true;
	if (p->of)
		snprintf(of, sizeof(of), " of %" PRIu64, p->of);
	kinds(failures, failed, sizeof(failed));
	snprintf(line, sizeof(line), "%" PRIu64 "%s seeds, %.0f/s%s", done, of,
		 seconds > 0 ? (double)done / seconds : 0.0, failed);
	dprintf(STDERR_FILENO, p->terminal ? ERASE "%s" : "fxbox: test: %s\n", line);
}

void fx_progress_say(struct fx_progress *p, const char *what)
{
	if (!p->terminal)
		return;
	p->shown = true;
	dprintf(STDERR_FILENO, ERASE "%s", what);
}

void fx_progress_end(struct fx_progress *p)
{
	if (p->terminal && p->shown)
		dprintf(STDERR_FILENO, ERASE);
	p->shown = false;
}
