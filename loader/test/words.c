/* SPDX-License-Identifier: MIT */
#include "loader/test/words.h"

#include <string.h>

#include "shim/schedule.h"

static const char *const strategies[] = {
	[FX_STRATEGY_MIX] = "mix",
	[FX_STRATEGY_WALK] = "walk",
	[FX_STRATEGY_PCT] = "pct",
	[FX_STRATEGY_REPLAY] = "replay",
};
static const char *const points_words[] = {
	[FX_POINTS_CALLS] = "calls",
	[FX_POINTS_ATOMICS] = "atomics",
	[FX_POINTS_ACCESSES] = "accesses",
	[FX_POINTS_MIX] = "mix",
};
static const char *const whys[] = {
	[0] = "unknown",
	[FX_WHY_CHANCE] = "chance",
	[FX_WHY_PRIORITY] = "priority",
	[FX_WHY_SLEEPS] = "sleeps",
	[FX_WHY_ENDS] = "ends",
	[FX_WHY_YIELDS] = "yields",
	[FX_WHY_WATCHDOG] = "watchdog",
	[FX_WHY_TIME] = "time",
	[FX_WHY_REPLAY] = "replay",
};
static const char *const ends[] = {
	[FX_SCHEDULE_RUNS] = "killed",	   [FX_SCHEDULE_ENDED] = "ended",
	[FX_SCHEDULE_HUNG] = "hung",	   [FX_SCHEDULE_LIVELOCK] = "livelock",
	[FX_SCHEDULE_STRAYED] = "strayed",
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *word(const char *const *list, size_t count, unsigned i)
{
	return i < count && list[i] ? list[i] : "?";
}

static int place(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] && strcmp(list[i], name) == 0)
			return (int)i;
	}
	return -1;
}

const char *fx_strategy_word(unsigned strategy)
{
	return word(strategies, COUNT(strategies), strategy);
}

const char *fx_points_word(unsigned points)
{
	return word(points_words, COUNT(points_words), points);
}

const char *fx_why_word(unsigned why)
{
	return word(whys, COUNT(whys), why);
}

const char *fx_end_word(unsigned end)
{
	return word(ends, COUNT(ends), end);
}

int fx_strategy_of(const char *name)
{
	return place(strategies, COUNT(strategies), name);
}

int fx_points_of(const char *name)
{
	return place(points_words, COUNT(points_words), name);
}

int fx_why_of(const char *name)
{
	return place(whys, COUNT(whys), name);
}

const char *fx_unforeseen_word(uint32_t bit)
{
	switch (bit) {
	case FX_UNFORESEEN_OUTSIDE:
		return "it waited for somebody outside, by a descriptor or a signal";
	case FX_UNFORESEEN_PROCESSES:
		return "it made processes, whose turns are the kernel's";
	case FX_UNFORESEEN_WATCHDOG:
		return "a thread ran too long between two events and was stopped somewhere";
	case FX_UNFORESEEN_ADDRESSES:
		return "this host puts memory at other addresses each time";
	case FX_UNFORESEEN_TIMERS:
		return "timers of the host's follow its own time";
	case FX_UNFORESEEN_SHARED:
		return "a futex of several processes was left to the host";
	case FX_UNFORESEEN_TEXT:
		return "code made at run time has no points but its calls";
	case FX_UNFORESEEN_FULL:
		return "there were more decisions than a file holds";
	case FX_UNFORESEEN_GS:
		return "the program sets GS: no points but calls";
	case FX_UNFORESEEN_THREADS:
		return "more threads than a schedule can hold";
	default:
		return NULL;
	}
}

const char *fx_unsound_word(uint32_t bit)
{
	switch (bit) {
	case FX_UNSOUND_OTHERS:
		return "there are other processes, timers, or futexes left to the host";
	case FX_UNSOUND_TRACES:
		return "a call had an effect that fork(2) does not copy";
	case FX_UNSOUND_SIGNALS:
		return "signals wait";
	case FX_UNSOUND_FILES:
		return "it has something open that copies would share";
	case FX_UNSOUND_WRITES:
		return "it has made files in its own /tmp or /dev/shm";
	case FX_UNSOUND_MEMORY:
		return "it has memory that is shared and writable";
	default:
		return NULL;
	}
}
