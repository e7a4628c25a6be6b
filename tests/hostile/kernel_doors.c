/* SPDX-License-Identifier: MIT */
/* Gets what makes the kernel work without further calls: io_uring, userfaultfd, bpf, perf, keys. */
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	struct io_uring_params ring = {0};
	struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(event)};
	union bpf_attr map = {.map_type = BPF_MAP_TYPE_ARRAY};
	bool got = attempt(SYS_io_uring_setup, 4, &ring) >= 0;

	got |= attempt(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */) >= 0;
	got |= attempt(SYS_perf_event_open, &event, 0, -1, -1, 0) >= 0;
	got |= attempt(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map)) >= 0;
	got |= attempt(SYS_add_key, "user", "fxbox-hostile", "x", 1, -2 /* the process's */) >= 0;
	return got;
}
