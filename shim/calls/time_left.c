/* SPDX-License-Identifier: MIT */
#include "shim/calls/time_left.h"

#include <asm/errno.h>

#include "shim/audit/clock.h"
#include "shim/base/call.h"
#include "shim/memory/umem.h"
#include "shim/threads/thread.h"

#define US_PER_SEC 1000000
#define LONGEST	   (INT64_MAX / US_PER_SEC / 4) /* seconds: nobody sees the end of it */

/* Of two looks at the clock one may be a microsecond off; and a wait is never too short. */
#define CLOCK_ERROR 2

bool fx_time_left(struct fx_thread *t, const struct fx_call *c, struct fx_time *time)
{
	int64_t now = fx_clock_us(), left;

	if (t->until_nr != c->nr) {
		int64_t sec = time->sec < LONGEST ? time->sec : LONGEST;

		t->until_nr = c->nr;
		t->until_us = now + sec * US_PER_SEC + time->nsec / 1000 + CLOCK_ERROR;
		return false;
	}
	left = t->until_us > now ? t->until_us - now : 0;
	time->sec = left / US_PER_SEC;
	time->nsec = left % US_PER_SEC * 1000;
	return true;
}

bool fx_time_left_ms(struct fx_thread *t, const struct fx_call *c, int *ms)
{
	struct fx_time time = {*ms / 1000, *ms % 1000 * 1000000L};

	if (*ms <= 0) {
		t->until_nr = 0;
		return false;
	}
	if (!fx_time_left(t, c, &time))
		return false;
	*ms = (int)(time.sec * 1000 + (time.nsec + 999999) / 1000000);
	return true;
}

long fx_time_left_at(struct fx_thread *t, const struct fx_call *c, struct fx_time *own,
		     uintptr_t *host)
{
	if (!*host) {
		t->until_nr = 0;
		return 0;
	}
	if (fx_umem_copy_in(own, *host, sizeof(*own)) < 0)
		return -EFAULT;
	if (own->sec >= 0 && own->nsec >= 0 && fx_time_left(t, c, own))
		*host = (uintptr_t)own;
	return 0;
}
