/* SPDX-License-Identifier: MIT */
#include "loader/scheduled.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#include "loader/descriptors.h"
#include "loader/exit_status.h"
#include "loader/options.h"
#include "shim/schedule.h"

#define DECISIONS 65536 /* that a file of our own has room for */
#define CURRENT	  0xffffffffUL

/* Whether memory is laid out by chance. */
static bool by_chance(void)
{
	int now = personality(CURRENT);

	return now >= 0 && !(now & ADDR_NO_RANDOMIZE);
}

void fx_schedule_fix_layout(char **argv, char **envp)
{
	int now = personality(CURRENT);

	if (!by_chance() || personality((unsigned long)now | ADDR_NO_RANDOMIZE) < 0 || by_chance())
		return;
	execve("/proc/self/exe", argv, envp);
	/* Then it goes on as it is. */
	personality((unsigned long)now);
}

/* The descriptor that a name like /dev/fd/5 stands for, or -1. */
static int named_descriptor(const char *path)
{
	static const char prefix[] = "/dev/fd/";
	char *end;
	long fd;

	if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
		return -1;
	fd = strtol(path + sizeof(prefix) - 1, &end, 10);
	return *end || end == path + sizeof(prefix) - 1 || fd < 0 || fd > INT32_MAX ? -1 : (int)fd;
}

static int open_named(const char *path, struct fx_schedule *order, struct fx_refusal *why)
{
	int fd = named_descriptor(path);

	if (fd < 0)
		fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fx_refuse(why, FX_EXIT_FAILED, path, "%s", strerror(errno));
	if (pread(fd, order, sizeof(*order), 0) != sizeof(*order) ||
	    order->magic != FX_SCHEDULE_MAGIC || order->size > FX_SCHEDULE_LARGEST ||
	    order->points >= FX_POINTS_MIX || order->strategy > FX_STRATEGY_REPLAY ||
	    lseek(fd, 0, SEEK_END) < (off_t)order->size) {
		close(fd);
		return fx_refuse(why, FX_EXIT_FAILED, path,
				 "is no file of a schedule, as `fxbox test` makes them");
	}
	return fd;
}

static int make_own(const struct fx_options *options, struct fx_schedule *order,
		    struct fx_refusal *why)
{
	int fd = memfd_create("fxbox-schedule", MFD_CLOEXEC);

	*order = (struct fx_schedule){
		.magic = FX_SCHEDULE_MAGIC,
		.seed = options->seed,
		.depth = 3,
		.points = (uint8_t)options->points,
		.decisions_at = sizeof(struct fx_schedule),
		.decisions_room = DECISIONS,
	};
	order->size = order->decisions_at + DECISIONS * sizeof(struct fx_decision);
	if (fd < 0 || ftruncate(fd, (off_t)order->size) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "memfd_create", "%s", strerror(errno));
	return fd;
}

int fx_schedule_open(struct fx_config *config, const struct fx_options *options,
		     struct fx_refusal *why)
{
	struct fx_schedule order;
	int fd;

	if (!options->scheduled)
		return 0;
	fd = options->schedule ? open_named(options->schedule, &order, why)
			       : make_own(options, &order, why);
	if (fd < 0)
		return -1;
	order.unforeseen = by_chance() ? FX_UNFORESEEN_ADDRESSES : 0;
	if (pwrite(fd, &order, sizeof(order), 0) != sizeof(order) ||
	    fx_descriptors_keep(config, FX_FD_SCHEDULE, fd) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "the file of the schedule", "%s",
				 strerror(errno));
	config->scheduled = true;
	config->seed = order.seed;
	config->points = order.points;
	return 0;
}

void fx_schedule_random(unsigned char random[16])
{
	uint64_t seed = 0;

	for (int i = 0; i < 16; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		random[i] = (unsigned char)(seed >> 56);
	}
}
