/* SPDX-License-Identifier: MIT */
#include "shim/schedule/code.h"

#include "shim/patch/point.h"
#include "shim/schedule/order.h"
#include "shim/schedule/story.h"
#include "shim/schedule/turn.h"

void fx_schedule_code(uintptr_t start, uint64_t length, int fd, uint64_t offset, bool own)
{
	if (fx_turns() && own)
		fx_story_text(start, start + length);
	if (fx_turns() && fx_config.points != FX_POINTS_CALLS &&
	    !fx_points_text(start, length, fd, offset, own))
		fx_order_unforeseen(FX_UNFORESEEN_TEXT);
}

void fx_schedule_no_code(void)
{
	if (!fx_turns() || fx_config.points == FX_POINTS_CALLS)
		return;
	fx_points_forget(0, UINTPTR_MAX);
	fx_order_unforeseen(FX_UNFORESEEN_GS);
}
