/* SPDX-License-Identifier: MIT */
#include "shim/schedule/order.h"

#include <asm/mman.h>
#include <linux/mman.h>

#include "shim/audit/own_write.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/memory/own_ranges.h"
#include "shim/patch/point.h"
#include "shim/process/process.h"
#include "shim/schedule/policy.h"
#include "shim/schedule/story.h"
#include "shim/schedule/uses.h"
#include "shim/threads/thread.h"
#include "shim/base/table.h"

#define FIXED_PLACE 0x60000000UL /* below fxbox, so that the program finds its own places free */

/* enum fx_unforeseen, by its bits. */
static const char *const reasons[] = {
	"outside", "processes", "watchdog", "addresses", "timers",
	"shared",  "new code",	"full",	    "GS",	 "threads",
};

struct fx_schedule *fx_order;

static struct fx_schedule own FX_TABLE;
/* In the file; and how long they are, as it was before the program could write there. */
static struct fx_decision *decisions;
static struct fx_step *steps;
static char *maps;
static uint64_t decisions_room, steps_room, maps_room;
static uint64_t size; /* of the file */

/* Who started us may have written anything. */
static void *list(uint64_t at, uint64_t count, size_t each)
{
	if (!at || at % 8 || at < sizeof(struct fx_schedule) || at > size ||
	    count > (size - at) / each)
		return NULL;
	return (char *)fx_order + at;
}

static void map_file(void)
{
	uint64_t head[2];
	long r = fx_host(__NR_pread64, fx_fd(FX_FD_SCHEDULE), head, sizeof(head), 0);

	if (r != (long)sizeof(head) || head[0] != FX_SCHEDULE_MAGIC ||
	    head[1] < sizeof(struct fx_schedule) || head[1] > FX_SCHEDULE_LARGEST)
		fx_process_fail("the file of the schedule is not one", -EINVAL);
	r = fx_host(__NR_mmap, FIXED_PLACE, head[1], PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED_NOREPLACE, fx_fd(FX_FD_SCHEDULE), 0);
	if (r != (long)FIXED_PLACE)
		fx_process_fail("the file of the schedule cannot be mapped", r < 0 ? r : -EEXIST);
	fx_own_add(FIXED_PLACE, FIXED_PLACE + ((head[1] + 4095) & ~4095UL));
	fx_order = (struct fx_schedule *)FIXED_PLACE;
	size = head[1];
}

void fx_order_map(void)
{
	map_file();
	decisions_room = fx_order->decisions_room;
	steps_room = fx_order->steps_room;
	maps_room = fx_order->maps_room;
	decisions = list(fx_order->decisions_at, decisions_room, sizeof(*decisions));
	steps = list(fx_order->steps_at, steps_room, sizeof(*steps));
	maps = list(fx_order->maps_at, maps_room, 1);
	fx_uses_share(list(fx_order->uses_at, fx_order->uses_room, sizeof(struct fx_use)),
		      fx_order->uses_room, &fx_order->uses);
	fx_points_share(list(fx_order->cache_at, fx_order->cache_room, 1), fx_order->cache_room);
}

const struct fx_decision *fx_order_follow(uint64_t *count)
{
	const struct fx_decision *follow = NULL;

	*count = fx_order->follow;
	if (!fx_order_is_own())
		follow = list(fx_order->follow_at, *count, sizeof(*follow));
	if (!follow)
		*count = 0;
	return follow;
}

void fx_order_own(uint64_t seed, const struct fx_schedule *like)
{
	struct fx_schedule new = {.seed = seed};

	if (like) {
		new.strategy =
			like->strategy == FX_STRATEGY_REPLAY ? FX_STRATEGY_MIX : like->strategy;
		new.depth = like->depth;
		new.points = like->points;
	}
	memcpy(&own, &new, sizeof(own));
	fx_order = &own;
	decisions = NULL;
	steps = NULL;
	maps = NULL;
	fx_uses_share(NULL, 0, NULL);
}

bool fx_order_is_own(void)
{
	return fx_order == &own;
}

void fx_order_unforeseen(uint32_t why)
{
	fx_order->unforeseen |= why;
}

void fx_order_note_maps(void)
{
	if (maps)
		fx_order->maps = fx_story_maps(maps, maps_room);
}

void fx_order_step(const struct fx_thread *t, unsigned thread, enum fx_event_kind kind,
		   uintptr_t ip, uint64_t what)
{
	struct fx_step *s;

	fx_order->events++;
	if (!steps || !steps_room)
		return;
	s = &steps[fx_order->steps % steps_room];
	*s = (struct fx_step){.event = fx_order->events,
			      .ip = ip,
			      .what = what,
			      .thread = (uint16_t)thread,
			      .kind = (uint8_t)kind,
			      .caller = maps ? fx_story_caller(t, ip) : 0};
	fx_order->steps++;
}

/* SplitMix64's last steps, of all that was before and this. */
static void hash_in(uint64_t value)
{
	uint64_t z = fx_order->hash ^ value;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	fx_order->hash = z ^ (z >> 31);
}

/* Of addresses what does not depend on where the host has put a file. */
#define IN_PAGE 0xfffUL

void fx_order_went_on(unsigned thread, unsigned next, enum fx_event_kind kind, uintptr_t ip,
		      uint64_t what)
{
	bool address = kind == FX_EVENT_ATOMIC || kind == FX_EVENT_LOAD || kind == FX_EVENT_STORE;

	hash_in((uint64_t)thread << 48 ^ (uint64_t)kind << 40 ^ (ip & IN_PAGE) << 16 ^ next);
	hash_in(address ? what & IN_PAGE : what);
}

void fx_order_decision(const struct fx_decision *decision)
{
	uint64_t at = fx_order->decisions;

	fx_order->switches += decision->from != decision->to;
	if (!decisions)
		return;
	if (at >= decisions_room) {
		fx_order_unforeseen(FX_UNFORESEEN_FULL);
		return;
	}
	fx_order->decisions = at + 1;
	decisions[at] = *decision;
}

void fx_order_followed(const struct fx_policy *policy)
{
	fx_order->followed = policy->followed;
	if (!policy->strayed || policy->loose || fx_order->strayed)
		return;
	fx_order->strayed = policy->strayed;
	fx_order->strayed_at = policy->strayed_at;
	fx_order->strayed_from = policy->strayed_from;
	fx_order->end = FX_SCHEDULE_STRAYED;
}

void fx_order_say_end(void)
{
	char line[200];
	struct fx_text x;

	fx_text_init(&x, line, sizeof(line));
	fx_text_put(&x, "fxbox: seed ");
	fx_text_udec(&x, fx_order->seed);
	fx_text_put(&x, ": ");
	fx_text_udec(&x, fx_order->events);
	fx_text_put(&x, " events, ");
	fx_text_udec(&x, fx_order->switches);
	fx_text_put(&x, fx_order->switches == 1 ? " switch, " : " switches, ");
	fx_text_put(&x, "hash ");
	fx_text_hex(&x, fx_order->hash);
	if (fx_order->unforeseen)
		fx_text_put(&x, "; not by the seed alone: ");
	for (unsigned i = 0, n = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (fx_order->unforeseen & (1U << i)) {
			fx_text_put(&x, n++ ? ", " : "");
			fx_text_put_string(&x, reasons[i]);
		}
	x.buf[x.len++] = '\n';
	fx_own_write(fx_fd(FX_FD_REPORT), x.buf, x.len);
}
