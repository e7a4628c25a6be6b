/* SPDX-License-Identifier: MIT */
/*
 * Stands in for `fxbox run --schedule=FILE ... -- WHAT N`: it runs nothing, but writes to FILE, to
 * the log and to standard output what a run would of a program that fails by every N-th seed:
 *
 *     pass alone hang two crash status livelock endless output broken calls shared unsteady
 *     prints
 *
 * It fails if two decisions are made, at events 50 and 90; there are eighteen others.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shim/schedule.h"

#define EVENTS	  200
#define DECISIONS 20

static struct fx_schedule *schedule;
static const char *what, *log_path;
static bool tmp;

static void *at(uint64_t offset)
{
	return (char *)schedule + offset;
}

static bool is_needed(uint64_t event)
{
	return event == 50 || event == 90;
}

/* Every third is forced, as the usual one would be. */
static void make(const struct fx_decision *d, enum fx_decision_why why)
{
	struct fx_decision *own = at(schedule->decisions_at);
	const bool usual = d->event % 30 == 0 && !is_needed(d->event);

	own[schedule->decisions] = *d;
	own[schedule->decisions].why = (uint8_t)(usual ? FX_WHY_SLEEPS : why);
	own[schedule->decisions].how = usual ? FX_HOW_USUAL : FX_HOW_FREE;
	schedule->switches = ++schedule->decisions;
	schedule->hash += d->event * schedule->decisions;
}

static bool is_made(uint64_t event)
{
	const struct fx_decision *own = at(schedule->decisions_at);

	return schedule->decisions && own[schedule->decisions - 1].event == event;
}

/* Makes the decisions, and says whether the program fails by them. */
static bool decide(bool fails)
{
	const struct fx_decision *follow = at(schedule->follow_at);
	unsigned needed = 0;

	if (schedule->strategy == FX_STRATEGY_REPLAY) {
		/* The list is in the order of threads. */
		for (uint64_t event = 10; event <= 10 * DECISIONS; event += 10) {
			for (uint64_t i = 0; i < schedule->follow; i++)
				if (follow[i].event == event)
					make(&follow[i], FX_WHY_REPLAY);
			needed += is_needed(event) && is_made(event);
		}
		schedule->followed = schedule->follow;
		return needed == 2;
	}
	for (uint64_t i = 0; i < DECISIONS; i++) {
		const struct fx_decision d = {.event = 10 * i + 10,
					      .own = i / 3 + 1,
					      .from = (uint16_t)(i % 3),
					      .to = (uint16_t)((i + 1) % 3)};

		if (fails || !is_needed(d.event))
			make(&d, FX_WHY_CHANCE);
	}
	return fails;
}

static void step(uint64_t event, uint16_t thread, enum fx_event_kind kind, uint64_t ip, uint64_t of)
{
	struct fx_step *all = at(schedule->steps_at);

	all[schedule->steps++ % schedule->steps_room] = (struct fx_step){
		.event = event, .thread = thread, .kind = (uint8_t)kind, .ip = ip, .what = of};
}

static void put_maps(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");

	if (maps && schedule->maps_room)
		schedule->maps = fread(at(schedule->maps_at), 1, schedule->maps_room, maps);
	if (maps)
		fclose(maps);
}

static void sleep_at(uint64_t word)
{
	put_maps();
	step(50, 1, FX_EVENT_CALL, (uintptr_t)sleep_at + 1, 202);
	step(90, 2, FX_EVENT_ATOMIC, (uintptr_t)put_maps, 0);
	step(91, 2, FX_EVENT_ATOMIC, (uintptr_t)put_maps, 0);
	step(198, 1, FX_EVENT_SLEEPS, 0x1000, word);
	step(199, 2, FX_EVENT_SLEEPS, 0x2000, word + 64);
	step(200, 0, FX_EVENT_SLEEPS, 0x3000, 0x7000);
}

static void log_hang(const char *word)
{
	FILE *log = log_path ? fopen(log_path, "w") : NULL;

	if (!log)
		return;
	fprintf(log,
		"{\"type\":\"start\"}\n{\"type\":\"hang\",\"reason\":\"stuck\",\"threads\":["
		"{\"tid\":%d,\"name\":\"left\",\"wait\":{\"text\":\"mutex %s (a.c:1)\"},\"frames\":["
		"{\"function\":\"lock\"},{\"function\":\"left\",\"own\":true,\"file\":\"/x/a.c\","
		"\"line\":7}]},{\"tid\":%d,\"name\":\"right\",\"wait\":{\"text\":"
		"\"the end of thread %d\"},\"frames\":[]}],\"findings\":[{\"what\":\"cycle\","
		"\"title\":\"deadlock\",\"threads\":[%d,%d]}]}\n",
		getpid(), word, getpid() + 1, getpid(), getpid(), getpid() + 1);
	fclose(log);
}

static void log_crash(void)
{
	FILE *log = log_path ? fopen(log_path, "w") : NULL;

	if (!log)
		return;
	fprintf(log, "{\"type\":\"hang\",\"reason\":\"crash\",\"process\":{\"signal\":\"SIGSEGV\"},"
		     "\"threads\":[{\"tid\":1,\"name\":\"w\",\"frames\":[{\"function\":\"work\","
		     "\"own\":true,\"file\":\"w.c\",\"line\":5}]}],\"findings\":[]}\n");
	fclose(log);
}

static int hang(uint64_t word, const char *name)
{
	sleep_at(word);
	log_hang(name);
	schedule->end = FX_SCHEDULE_HUNG;
	return raise(SIGABRT);
}

static int fail(void)
{
	if (strcmp(what, "hang") == 0)
		return hang(0x5000, "lock_a");
	/* Two bugs, of which one has two faces. */
	if (strcmp(what, "two") == 0)
		return schedule->seed % 4 == 0	 ? hang(0x5000, "lock_a")
		       : schedule->seed % 4 == 2 ? hang(0x5100, "lock_a")
						 : hang(0x5200, "lock_b");
	if (strcmp(what, "crash") == 0) {
		step(EVENTS, 1, FX_EVENT_CALL, 0x1000, 1);
		log_crash();
		return raise(SIGSEGV);
	}
	if (strcmp(what, "livelock") == 0) {
		schedule->end = FX_SCHEDULE_LIVELOCK;
		return raise(SIGABRT);
	}
	if (strcmp(what, "endless") == 0)
		pause();
	if (strcmp(what, "output") == 0)
		puts("another line");
	if (strcmp(what, "status") == 0) {
		printf("prog: value 123456 at 0x%x\n", getpid());
		return 3;
	}
	return 0;
}

static int run(unsigned long every)
{
	const bool seeded = schedule->strategy != FX_STRATEGY_REPLAY;
	bool fails;

	puts("a line");
	fflush(stdout); /* a signal may end it */
	schedule->threads = strcmp(what, "alone") == 0 ? 1 : 3;
	schedule->events = EVENTS;
	schedule->hash = strcmp(what, "unsteady") == 0 ? (uint64_t)getpid() : 1;
	fails = decide(seeded && every && schedule->seed % every == 0) || every == 1;
	schedule->end = FX_SCHEDULE_ENDED;
	return fails ? fail() : 0;
}

int main(int argc, char **argv)
{
	const char *path = NULL;
	int i = 1, fd, status;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "--schedule=", 11) == 0)
			path = argv[i] + 11;
		tmp = tmp || strcmp(argv[i], "--tmp") == 0;
		if (strncmp(argv[i], "--log=", 6) == 0)
			log_path = argv[i] + 6;
	}
	fd = path ? open(path, O_RDWR) : -1;
	if (fd < 0 || i + 1 >= argc)
		return 125;
	schedule = mmap(NULL, sizeof(*schedule), PROT_READ, MAP_SHARED, fd, 0);
	if (schedule == MAP_FAILED)
		return 125;
	schedule = mmap(NULL, schedule->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (schedule == MAP_FAILED || schedule->magic != FX_SCHEDULE_MAGIC)
		return 125;
	what = argv[i + 1];
	if (strcmp(what, "broken") == 0) {
		fprintf(stderr, "fxbox: broken: cannot be run\n");
		return 127;
	}
	if (strcmp(what, "calls") == 0 && schedule->points != FX_POINTS_CALLS) {
		fprintf(stderr, "fxbox: --schedule: no points but calls here\n");
		return 125;
	}
	if (strcmp(what, "shared") == 0 && tmp) {
		fprintf(stderr, "fxbox: --tmp: needs a mount namespace\n");
		return 125;
	}
	if (strcmp(what, "prints") == 0) {
		for (int k = 1; k < argc; k++)
			puts(argv[k]);
	}
	status = run(i + 2 < argc ? strtoul(argv[i + 2], NULL, 10) : 0);
	fflush(stdout);
	return status;
}
