/* SPDX-License-Identifier: MIT */
/*
 * Kept descriptors lie just above the soft limit, where nobody meets them (ADR 29). To put one
 * there needs the limit out of the way for a moment, which it is for the whole process. So that
 * nobody sees it, or takes it for the limit that was set, whoever asks for the limit, sets it,
 * or makes a process that inherits it has the same lock.
 */
#ifndef SHIM_CALLS_FD_ROOM_H
#define SHIM_CALLS_FD_ROOM_H

#include <stdbool.h>
#include <stdint.h>

struct fx_fd_room {
	uint64_t limit[2]; /* soft and hard, as they were */
	bool lifted;
};

/*
 * From here to the end the kept descriptors have room below the limit, if the hard one or a
 * privilege allows; if not, what is put there fails as the host says. Takes the lock, which the
 * others wait for as long as what is done meanwhile takes: the open of a program's file, no more.
 */
void fx_fd_room_make(struct fx_fd_room *room);
void fx_fd_room_end(const struct fx_fd_room *room);

/* Around the making of a process, which inherits the limits. */
void fx_fd_room_lock(void);
void fx_fd_room_unlock(void);

#endif
