/* SPDX-License-Identifier: MIT */
/* What poll(2) takes. */
#ifndef SHIM_SCHEDULE_POLLFD_H
#define SHIM_SCHEDULE_POLLFD_H

#include <stdint.h>

struct fx_pollfd {
	int32_t fd;
	uint16_t events, revents;
};

#define FX_POLLIN  1
#define FX_POLLPRI 2
#define FX_POLLOUT 4

#endif
