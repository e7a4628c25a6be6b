/* SPDX-License-Identifier: MIT */
#include "shim/schedule/snapshot.h"

#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/stat.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/kernel_signal.h"
#include "shim/base/mem.h"
#include "shim/memory/maps.h"
#include "shim/memory/own_ranges.h"
#include "shim/patch/point.h"
#include "shim/process/process.h"
#include "shim/schedule/order.h"
#include "shim/threads/thread.h"
#include "shim/base/table.h"

#define MOST_FILES	 32    /* that are open, besides the first three */
#define MOST_DESCRIPTORS 65536 /* numbers that are looked at */
#define MEMORY_DEVICES	 1     /* their major number: null, zero, urandom */
#define STANDARD	 3
#define LOOK_NS		 100000
#define MOST_LOOKS	 200
#define MOST_PROCESSORS	 1024

/* A file that is read: copies share where they are in it. */
static struct {
	int fd;
	int64_t at;
} file[MOST_FILES];
static unsigned files;

static struct {
	uint64_t device, inode;
} standard[STANDARD];

static struct fx_schedule before FX_TABLE; /* what had come of the order at the snapshot */
static long parent;			   /* of the process that was copied; 0: there is no copy */
static bool leaves_traces;		   /* a call was made that others can see the effect of */

static const char *const private_place[] = {"/tmp", "/dev/shm"};

void fx_snapshot_begin(void)
{
	for (int fd = 0; fd < STANDARD; fd++) {
		struct stat st;

		if (fx_host(__NR_fstat, fd, &st) < 0)
			continue;
		standard[fd].device = st.st_dev;
		standard[fd].inode = st.st_ino;
	}
	parent = 0;
	leaves_traces = false;
}

/*
 * What fork does not copy (memory locks, timers, contexts of asynchronous I/O), or what outlives
 * the process in its namespaces.
 */
void fx_snapshot_note_call(uint64_t nr)
{
	switch (nr) {
	case __NR_shmget:
	case __NR_semget:
	case __NR_msgget:
	case __NR_mq_open:
	case __NR_bind:
	case __NR_mlock:
	case __NR_mlock2:
	case __NR_mlockall:
	case __NR_timer_create:
	case __NR_setitimer:
	case __NR_alarm:
	case __NR_io_setup:
	case __NR_setsid:
	case __NR_setpgid:
	case __NR_chdir:
	case __NR_fchdir:
		leaves_traces = true;
		if (parent)
			fx_order->unsound |= FX_UNSOUND_TRACES;
		break;
	default:
		break;
	}
}

void fx_snapshot_after_fork(void)
{
	parent = 0;
}

long fx_snapshot_parent(void)
{
	return parent;
}

void fx_snapshot_note_page(uintptr_t at)
{
	if (parent && fx_order->reached_count < FX_SCHEDULE_REACHED)
		fx_order->reached[fx_order->reached_count++] = at;
}

static bool is_given(const struct stat *st)
{
	for (int i = 0; i < STANDARD; i++)
		if (standard[i].inode == st->st_ino && standard[i].device == st->st_dev)
			return true;
	return false;
}

/* Whether a copy can have it as it is now. */
static bool keep_file(int fd)
{
	struct stat st;
	long flags = fx_host(__NR_fcntl, fd, F_GETFL);

	if (flags < 0)
		return true;
	if (fx_host(__NR_fstat, fd, &st) < 0)
		return false;
	if (S_ISCHR(st.st_mode))
		return (st.st_rdev >> 8 & 0xfff) == MEMORY_DEVICES;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return false;
	/* Who gives the order empties what it prints to. */
	if (is_given(&st))
		return true;
	if ((flags & O_PATH))
		return true;
	if ((flags & O_ACCMODE) != O_RDONLY || files == MOST_FILES)
		return false;
	file[files].fd = fd;
	file[files].at = fx_host(__NR_lseek, fd, 0, 1 /* SEEK_CUR */);
	return file[files++].at >= 0;
}

static bool keep_files(void)
{
	struct rlimit64 most = {MOST_DESCRIPTORS, 0};

	fx_host(__NR_prlimit64, 0, RLIMIT_NOFILE, 0, &most);
	files = 0;
	for (int fd = 0; fd < MOST_DESCRIPTORS && (uint64_t)fd < most.rlim_cur; fd++)
		if (!fx_fd_kept(fd) && !keep_file(fd))
			return false;
	return true;
}

/* That is for this run alone, as /tmp and /dev/shm can be. */
static bool is_empty(const char *path)
{
	struct {
		uint64_t inode, offset;
		uint16_t length;
		uint8_t type;
		char name[5];
	} * entry;
	char room[512] __attribute__((aligned(8)));
	long fd = fx_host(__NR_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	long n = fd < 0 ? 0 : fx_host(__NR_getdents64, fd, room, sizeof(room));
	bool empty = n >= 0;

	if (fd >= 0)
		fx_host(__NR_close, fd);
	for (long at = 0; at < n; at += entry->length) {
		entry = (void *)(room + at);
		empty &= entry->name[0] == '.' &&
			 (!entry->name[1] || (entry->name[1] == '.' && !entry->name[2]));
	}
	return empty;
}

static bool is_clean(void)
{
	for (unsigned i = 0; i < sizeof(private_place) / sizeof(private_place[0]); i++)
		if (before.private_places >> i & 1 && !is_empty(private_place[i]))
			return false;
	return true;
}

/* Not fxbox's own. */
static bool is_private(void *all, const struct fx_mapping *m)
{
	bool private = !m->shared || fx_own_overlaps(m->start, m->end - m->start);

	*(bool *)all &= private;
	return private;
}

static bool shares_memory(void)
{
	bool all = true;

	return fx_maps_each(is_private, &all) < 0 || !all;
}

static bool is_signalled(const struct fx_thread *t)
{
	uint64_t pending = 0;

	fx_host(__NR_rt_sigpending, &pending, sizeof(pending));
	return t->pending || t->held || pending;
}

static bool has_others(void)
{
	return fx_order->unforeseen & (FX_UNFORESEEN_OUTSIDE | FX_UNFORESEEN_PROCESSES |
				       FX_UNFORESEEN_TIMERS | FX_UNFORESEEN_SHARED);
}

/* Whether nobody else is in the PID namespace but its init; that reaps who has just ended. */
static bool becomes_alone(void)
{
	const uint64_t moment[2] = {0, LOOK_NS};

	for (unsigned i = 0; i < MOST_LOOKS; i++) {
		if (fx_host(__NR_kill, -1, 0) == -ESRCH)
			return true;
		fx_host(__NR_nanosleep, moment, 0);
	}
	return false;
}

/*
 * enum fx_unsound: what a copy has left for the next one. Its timers have ended with it, and
 * what it shared; with all of its processes it is as if there had been none.
 */
static uint32_t left_behind(void)
{
	return (has_others() && !becomes_alone() ? FX_UNSOUND_OTHERS : 0) |
	       (is_clean() ? 0 : FX_UNSOUND_WRITES);
}

/* enum fx_unsound, of this moment. */
static uint32_t unsound(const struct fx_thread *t)
{
	return (has_others() ? FX_UNSOUND_OTHERS : 0) | (is_clean() ? 0 : FX_UNSOUND_WRITES) |
	       (leaves_traces ? FX_UNSOUND_TRACES : 0) |
	       (is_signalled(t) ? FX_UNSOUND_SIGNALS : 0) | (keep_files() ? 0 : FX_UNSOUND_FILES) |
	       (shares_memory() ? FX_UNSOUND_MEMORY : 0);
}

/* The order is a new one; what had come of the old one until here is part of it. */
static void take_order(void)
{
	fx_order->end = FX_SCHEDULE_RUNS;
	fx_order->unforeseen = before.unforeseen;
	fx_order->events = before.events;
	fx_order->switches = before.switches;
	fx_order->hash = before.hash;
	fx_order->decisions = before.decisions;
	fx_order->steps = before.steps;
	fx_order->threads = before.threads;
	fx_order->now_ns = before.now_ns;
	fx_order->points = before.points;
	fx_order->maps = before.maps;
	fx_order->uses = before.uses;
	fx_order->tid[0] = before.tid[0];
}

/*
 * Its threads hand over to each other twice as fast on one processor. Which one, the host has
 * chosen when it was made: the one that had least to do.
 */
static void stay_here(void)
{
	uint64_t mask[MOST_PROCESSORS / 64] = {0};
	uint32_t here;

	if (fx_host(__NR_getcpu, &here, 0, 0) < 0 || here >= MOST_PROCESSORS)
		return;
	mask[here / 64] = 1ULL << (here % 64);
	fx_host(__NR_sched_setaffinity, 0, sizeof(mask), mask);
}

static void be_copy(void)
{
	stay_here();
	parent = before.parent;
	for (unsigned i = 0; i < files; i++)
		fx_host(__NR_lseek, file[i].fd, file[i].at, 0 /* SEEK_SET */);
	take_order();
}

/* Code that the last copy has come to: the next ones find their points made. */
static void make_points(void)
{
	uint32_t n = fx_order->reached_count;

	for (uint32_t i = 0; i < n && i < FX_SCHEDULE_REACHED; i++)
		fx_points_page(fx_order->reached[i]);
}

/* Waits for orders; returns in each copy. Stopped means: the last one is done. */
static void serve(struct fx_thread *t)
{
	const uint32_t tid = t->host_tid;

	/* Who serves is our parent once the process that was copied has made room. */
	while (fx_host(__NR_getppid) != before.parent)
		fx_host(__NR_sched_yield);
	for (;;) {
		int status = 0;
		long r;

		fx_host(__NR_kill, fx_host(__NR_getpid), SIGSTOP);
		r = fx_host(__NR_clone, SIGCHLD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, 0, 0,
			    &t->host_tid, 0);
		/* With another number it is no copy, and is not waited for as one. */
		if (r == 0 && t->host_tid != tid)
			fx_host(__NR_exit_group, 0);
		if (r == 0) {
			be_copy();
			return;
		}
		if (r > 0 && fx_host(__NR_wait4, r, &status, 0, 0) == r && (uint32_t)r == tid) {
			make_points();
			fx_order->status = (uint32_t)status;
			fx_order->ended = 1;
		}
		fx_order->unsound |= left_behind();
		if (!fx_order->ended || fx_order->unsound)
			fx_host(__NR_exit_group, 0);
	}
}

void fx_snapshot_take(struct fx_thread *t)
{
	const uint64_t all = ~0ULL;
	uint64_t mask;
	long r;

	if (fx_order->snapshot != FX_SNAPSHOT_WANTED || fx_order_is_own())
		return;
	memcpy(&before, fx_order, sizeof(before));
	fx_order->unsound = unsound(t);
	if (fx_order->unsound) {
		fx_order->snapshot = FX_SNAPSHOT_UNSOUND;
		return;
	}
	before.parent = (uint32_t)fx_host(__NR_getppid);
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof(mask));
	r = fx_host(__NR_clone, SIGCHLD, 0, 0, 0, 0);
	if (r == 0) {
		serve(t);
	} else {
		fx_order->snapshot = r > 0 ? FX_SNAPSHOT_TAKEN : FX_SNAPSHOT_UNSOUND;
		if (r > 0)
			fx_host(__NR_exit_group, 0);
	}
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, &mask, 0, sizeof(mask));
}
