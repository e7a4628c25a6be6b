/* SPDX-License-Identifier: MIT */
#include "loader/test/signature.h"

#include <ctype.h>
#include <string.h>

#include "loader/test/fnv.h"

#define DIGITS_OF_AN_ID 4

static uint64_t place(const struct fx_step *step)
{
	const uint64_t both[] = {step->ip, step->what};

	return fx_fnv(FX_FNV_BEGIN, both, sizeof(both));
}

/* Where those sleep whose last event is that; how many sleep at the same place does not matter. */
static uint64_t sleepers(const struct fx_schedule_file *schedule, const struct fx_outcome *outcome)
{
	bool seen[FX_SCHEDULE_THREADS] = {false};
	uint64_t places[FX_SCHEDULE_THREADS];
	size_t count = 0;
	uint64_t sum = 0;
	struct fx_step step;

	for (uint64_t back = 0; fx_schedule_file_step(schedule, outcome, back, &step); back++) {
		size_t i = 0;

		if (step.thread >= FX_SCHEDULE_THREADS || seen[step.thread])
			continue;
		seen[step.thread] = true;
		if (step.kind != FX_EVENT_SLEEPS)
			continue;
		while (i < count && places[i] != place(&step))
			i++;
		if (i < count)
			continue;
		places[count++] = place(&step);
		sum += place(&step);
	}
	return sum;
}

/* The last line, with # for each long number and each that begins with 0x. */
static uint64_t last_line(const char *text)
{
	size_t length = strlen(text), begin;
	uint64_t hash = FX_FNV_BEGIN;

	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	begin = length;
	while (begin > 0 && text[begin - 1] != '\n')
		begin--;
	while (begin < length) {
		const char *at = text + begin;
		size_t run = 0;

		if (at[0] == '0' && at[1] == 'x') {
			run = 2 + strspn(at + 2, "0123456789abcdefABCDEF");
		} else if (isdigit((unsigned char)*at)) {
			run = strspn(at, "0123456789");
			if (run < DIGITS_OF_AN_ID) {
				hash = fx_fnv(hash, at, run);
				begin += run;
				continue;
			}
		}
		hash = fx_fnv(hash, run ? "#" : at, 1);
		begin += run ? run : 1;
	}
	return hash;
}

uint64_t fx_signature(const struct fx_verdict *verdict, const struct fx_schedule_file *schedule,
		      const struct fx_outcome *outcome, const char *output)
{
	uint64_t parts[4] = {(uint64_t)verdict->kind, (uint64_t)verdict->detail, 0, 0};
	struct fx_step step;

	if (verdict->kind == FX_VERDICT_HANG)
		parts[2] = sleepers(schedule, outcome);
	if (verdict->kind == FX_VERDICT_CRASH && fx_schedule_file_step(schedule, outcome, 0, &step))
		parts[2] = step.ip;
	if (verdict->kind == FX_VERDICT_CRASH || verdict->kind == FX_VERDICT_STATUS)
		parts[3] = last_line(output);
	return fx_fnv(FX_FNV_BEGIN, parts, sizeof(parts));
}
