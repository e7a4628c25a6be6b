/* SPDX-License-Identifier: MIT */
#include "shim/schedule/uses.h"

#include <asm/unistd.h>

#include "shim/base/call.h"
#include "shim/memory/umem.h"
#include "shim/schedule/story.h"
#include "shim/threads/thread.h"
#include "shim/base/table.h"

bool fx_uses_wanted;

static struct fx_use *uses;
static uint64_t uses_room, *used;
/* By thread, its last use of a word, whose outcome is not known yet; NULL: none. */
static struct fx_use *unsettled[FX_SCHEDULE_THREADS] FX_TABLE;

void fx_uses_share(struct fx_use *at, uint64_t room, uint64_t *count)
{
	uses = at;
	used = count;
	uses_room = at ? room : 0;
	fx_uses_wanted = uses_room > 0;
}

/* NULL: there is no room. */
static struct fx_use *note(unsigned thread, enum fx_use_kind kind, uint64_t ip, uint64_t address)
{
	const uint64_t at = (*used)++;

	if (at >= uses_room)
		return NULL;
	uses[at] = (struct fx_use){
		.address = address, .ip = ip, .thread = (uint16_t)thread, .kind = (uint8_t)kind};
	return &uses[at];
}

/* As much of a word as there is before memory ends. */
static uint32_t look(uintptr_t address)
{
	uint32_t value = 0;

	if (fx_umem_copy_in(&value, address, sizeof(value)) < 0)
		fx_umem_copy_in(&value, address, 1);
	return value;
}

static enum fx_use_kind kind_of(enum fx_event_kind kind, bool exchanges)
{
	if (kind == FX_EVENT_ATOMIC)
		return exchanges ? FX_USE_EXCHANGE : FX_USE_CHANGE;
	return kind == FX_EVENT_LOAD ? FX_USE_LOAD : FX_USE_STORE;
}

void fx_uses_word(const struct fx_thread *t, enum fx_event_kind kind, bool exchanges, uintptr_t ip,
		  uintptr_t address, uintptr_t rsp)
{
	struct fx_use *use;

	if (t->own_process)
		return;
	use = note((unsigned)t->turn, kind_of(kind, exchanges), ip, address);
	if (!use)
		return;
	use->before = use->after = look(address);
	if (kind == FX_EVENT_ATOMIC) {
		fx_story_stack(rsp);
		use->outer = fx_story_caller(t, 0);
		fx_story_stack(rsp);
		use->caller = fx_story_caller(t, ip);
	}
	if (kind != FX_EVENT_LOAD)
		unsettled[t->turn] = use;
}

void fx_uses_settle(unsigned thread)
{
	struct fx_use *use = unsettled[thread];

	unsettled[thread] = NULL;
	if (use)
		use->after = look(use->address);
}

void fx_uses_call(const struct fx_thread *t, const struct fx_call *c)
{
	struct fx_use *use =
		note((unsigned)t->turn, FX_USE_CALL, (uint64_t)c->nr, (uint64_t)c->arg[0]);

	if (!use || c->nr != __NR_futex)
		return;
	use->before = (uint32_t)c->arg[1];
	use->after = (uint32_t)c->arg[2];
}

void fx_uses_made(unsigned by, const struct fx_thread *child)
{
	struct fx_use *use = note(by, FX_USE_MADE, 0, child->fs_base);

	if (use)
		use->before = (uint32_t)child->turn;
}

void fx_uses_ended(unsigned thread)
{
	note(thread, FX_USE_ENDED, 0, 0);
}
