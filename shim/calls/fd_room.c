/* SPDX-License-Identifier: MIT */
#include "shim/calls/fd_room.h"

#include <linux/resource.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/lock.h"
#include "shim/calls/handlers.h"
#include "shim/threads/thread.h"

static uint32_t lock;

void fx_fd_room_lock(void)
{
	fx_shim_lock(&lock);
}

void fx_fd_room_unlock(void)
{
	fx_shim_unlock(&lock);
}

/* A process that shares its parent's memory has limits of its own, and one thread. */
static void begin(const struct fx_thread *t)
{
	if (!t->own_process)
		fx_fd_room_lock();
}

static void end(const struct fx_thread *t)
{
	if (!t->own_process)
		fx_fd_room_unlock();
}

void fx_fd_room_make(struct fx_fd_room *room)
{
	const uint64_t need = (uint64_t)fx_fd(FX_FD_COUNT);
	uint64_t more[2];

	begin(fx_thread_self());
	room->lifted = false;
	if (fx_host(__NR_prlimit64, 0, RLIMIT_NOFILE, NULL, room->limit) < 0 ||
	    room->limit[0] >= need)
		return;
	more[0] = need;
	more[1] = room->limit[1] < need ? need : room->limit[1];
	room->lifted = fx_host(__NR_prlimit64, 0, RLIMIT_NOFILE, more, NULL) == 0;
}

void fx_fd_room_end(const struct fx_fd_room *room)
{
	if (room->lifted)
		fx_host(__NR_prlimit64, 0, RLIMIT_NOFILE, room->limit, NULL);
	end(fx_thread_self());
}

/* Whoever asks meanwhile has to wait. */
static long limit_call(struct fx_thread *t, struct fx_call *c, unsigned which)
{
	long r;

	if ((uint32_t)c->arg[which] != RLIMIT_NOFILE)
		return fx_sys_host(t, c);
	begin(t);
	r = fx_host(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3]);
	end(t);
	return r;
}

long fx_sys_getrlimit(struct fx_thread *t, struct fx_call *c)
{
	return limit_call(t, c, 0);
}

long fx_sys_setrlimit(struct fx_thread *t, struct fx_call *c)
{
	return limit_call(t, c, 0);
}

/* A confined process may change its own limits only, which the filter knows by the number 0. */
long fx_sys_prlimit64(struct fx_thread *t, struct fx_call *c)
{
	if ((int)c->arg[0] == fx_host(__NR_getpid))
		c->arg[0] = 0;
	return limit_call(t, c, 1);
}
