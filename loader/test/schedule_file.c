/* SPDX-License-Identifier: MIT */
#include "loader/test/schedule_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Pages that nobody writes take no memory. */
#define DECISIONS_ROOM (1U << 18)
#define STEPS_ROOM     (1U << 15)
#define MAPS_ROOM      (1U << 18)
#define CACHE_ROOM     (1U << 22) /* kept from run to run */
#define USES_ROOM      (1U << 19)

#define STEPS_AT       ((sizeof(struct fx_schedule) + 63) / 64 * 64)
#define DECISIONS_AT   (STEPS_AT + STEPS_ROOM * sizeof(struct fx_step))
#define MAPS_AT	       (DECISIONS_AT + DECISIONS_ROOM * sizeof(struct fx_decision))
#define CACHE_AT       (MAPS_AT + MAPS_ROOM)
#define FOLLOW_AT      (CACHE_AT + CACHE_ROOM)

static uint64_t uses_at(const struct fx_schedule_file *file)
{
	return FOLLOW_AT + file->follow_room * sizeof(struct fx_decision);
}

int fx_schedule_file_make(struct fx_schedule_file *file, uint64_t follow_room, bool uses)
{
	void *map;

	*file = (struct fx_schedule_file){
		.fd = memfd_create("fxbox-schedule", MFD_CLOEXEC),
		.follow_room = follow_room,
		.uses_room = uses ? USES_ROOM : 0,
	};
	file->size = uses_at(file) + file->uses_room * sizeof(struct fx_use);
	if (file->fd < 0)
		return -1;
	if (ftruncate(file->fd, (off_t)file->size) == 0) {
		map = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_SHARED, file->fd, 0);
		if (map != MAP_FAILED) {
			file->map = map;
			return 0;
		}
	}
	close(file->fd);
	file->fd = -1;
	return -1;
}

void fx_schedule_file_close(struct fx_schedule_file *file)
{
	if (file->fd < 0)
		return;
	munmap(file->map, file->size);
	close(file->fd);
	file->fd = -1;
}

/* As a run looks for them (shim/schedule.h). */
static int by_thread(const void *a, const void *b)
{
	const struct fx_decision *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->own < y->own ? -1 : x->own > y->own;
}

bool fx_schedule_file_order(struct fx_schedule_file *file, const struct fx_order *order)
{
	if (order->follows > file->follow_room)
		return false;
	*file->map = (struct fx_schedule){
		.magic = FX_SCHEDULE_MAGIC,
		.size = file->size,
		.seed = order->seed,
		.likely = order->likely,
		.likely_met = order->likely_met,
		.meets_known = order->meets != NULL,
		.budget = order->budget,
		.strategy = (uint8_t)order->strategy,
		.depth = (uint8_t)order->depth,
		.points = (uint8_t)order->points,
		.follow_at = FOLLOW_AT,
		.follow = order->follows,
		.decisions_at = DECISIONS_AT,
		.decisions_room = DECISIONS_ROOM,
		.steps_at = STEPS_AT,
		.steps_room = STEPS_ROOM,
		.cache_at = CACHE_AT,
		.cache_room = CACHE_ROOM,
		.maps_at = order->told || order->uses ? MAPS_AT : 0,
		.maps_room = order->told || order->uses ? MAPS_ROOM : 0,
		.uses_at = order->uses ? uses_at(file) : 0,
		.uses_room = order->uses ? file->uses_room : 0,
		.silent = !order->told,
		.stop = order->stop,
		.loose = order->loose,
	};
	if (order->meets)
		memcpy(file->map->meets, order->meets, sizeof(file->map->meets));
	if (order->follows) {
		memcpy((char *)file->map + FOLLOW_AT, order->follow,
		       order->follows * sizeof(*order->follow));
		qsort((char *)file->map + FOLLOW_AT, order->follows, sizeof(*order->follow),
		      by_thread);
	}
	return true;
}

static uint64_t at_most(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

void fx_schedule_file_outcome(const struct fx_schedule_file *file, struct fx_outcome *out)
{
	const volatile struct fx_schedule *s = file->map;
	const uint32_t end = s->end;

	*out = (struct fx_outcome){
		.end = end <= FX_SCHEDULE_STRAYED ? (enum fx_schedule_end)end : FX_SCHEDULE_RUNS,
		.points = (enum fx_points)s->points,
		.unforeseen = s->unforeseen,
		.unsound = s->unsound,
		.events = s->events,
		.choices = s->choices,
		.met = s->met,
		.switches = s->switches,
		.hash = s->hash,
		.decisions = at_most(s->decisions, DECISIONS_ROOM),
		.followed = s->followed,
		.steps = s->steps,
		.threads = s->threads,
		.strayed_at = s->strayed_at,
		.now_ns = s->now_ns,
		.strayed = s->strayed <= FX_STRAY_TO ? (enum fx_stray)s->strayed : FX_STRAY_EVENT,
		.strayed_from = s->strayed_from,
		.uses = s->uses,
	};
}

bool fx_schedule_file_begun(const struct fx_schedule_file *file)
{
	return file->map->events;
}

bool fx_schedule_file_ended(const struct fx_schedule_file *file)
{
	return file->map->ended;
}

void fx_schedule_file_status(const struct fx_schedule_file *file, int *status)
{
	if (file->map->ended)
		*status = (int)file->map->status;
}

struct fx_decision *fx_schedule_file_decisions(const struct fx_schedule_file *file,
					       const struct fx_outcome *outcome)
{
	const size_t size = (size_t)outcome->decisions * sizeof(struct fx_decision);
	struct fx_decision *copy = size ? malloc(size) : NULL;

	if (copy)
		memcpy(copy, (const char *)file->map + DECISIONS_AT, size);
	return copy;
}

struct fx_use *fx_schedule_file_uses(const struct fx_schedule_file *file,
				     const struct fx_outcome *outcome, size_t *count)
{
	const size_t size = (size_t)outcome->uses * sizeof(struct fx_use);
	struct fx_use *copy = NULL;

	if (outcome->uses && outcome->uses <= file->uses_room)
		copy = malloc(size);
	if (copy)
		memcpy(copy, (const char *)file->map + uses_at(file), size);
	*count = copy ? (size_t)outcome->uses : 0;
	return copy;
}

char *fx_schedule_file_maps(const struct fx_schedule_file *file)
{
	const size_t size =
		at_most(((const volatile struct fx_schedule *)file->map)->maps, MAPS_ROOM);
	char *copy = size ? malloc(size + 1) : NULL;

	if (!copy)
		return NULL;
	memcpy(copy, (const char *)file->map + MAPS_AT, size);
	copy[size] = '\0';
	return copy;
}

uint64_t fx_schedule_file_kept(const struct fx_outcome *outcome)
{
	return at_most(outcome->steps, STEPS_ROOM);
}

bool fx_schedule_file_step(const struct fx_schedule_file *file, const struct fx_outcome *outcome,
			   uint64_t back, struct fx_step *step)
{
	const struct fx_step *all =
		(const struct fx_step *)(const void *)((const char *)file->map + STEPS_AT);

	if (back >= fx_schedule_file_kept(outcome))
		return false;
	*step = all[(outcome->steps - 1 - back) % STEPS_ROOM];
	return true;
}
