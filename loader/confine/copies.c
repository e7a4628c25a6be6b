/* SPDX-License-Identifier: MIT */
#include "loader/confine/copies.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/confine/capabilities.h"
#include "loader/exit_status.h"
#include "shim/schedule.h"

#define TMP	1 /* bits of struct fx_schedule's private_places */
#define DEV_SHM 2

static struct fx_schedule *order; /* NULL: nothing is copied */

struct copied {
	int orders;
	pid_t program;
	pid_t source; /* of the copies; 0: none yet */
	bool copying;
};

/* The next process of this namespace is to be number 2: see ns_last_pid in proc(5). */
static bool number_anew(void)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, "1", 1) == 1;

	if (fd >= 0)
		close(fd);
	return done;
}

void fx_copies_begin(const struct fx_config *config, bool tmp)
{
	const int file = config->fd_base + (int)FX_FD_SCHEDULE;
	struct stat st;
	void *map;

	if (!number_anew() || !config->scheduled || fstat(file, &st) < 0 ||
	    (size_t)st.st_size < sizeof(*order))
		return;
	map = mmap(NULL, sizeof(*order), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	/* The program maps it itself. */
	if (map == MAP_FAILED || madvise(map, sizeof(*order), MADV_DONTFORK) < 0)
		return;
	order = map;
	order->private_places = (uint8_t)(DEV_SHM | (tmp ? TMP : 0));
	order->snapshot = FX_SNAPSHOT_WANTED;
}

static void answer(const struct copied *c)
{
	const char done = 'd';

	/* Nobody is there any more: then this ends, too. */
	if (write(c->orders, &done, 1) != 1)
		_exit(FX_EXIT_FAILED);
}

/* As what it stands for: whoever has the file reads the whole status there. */
static _Noreturn void end_as(int status)
{
	if (order && !order->ended) {
		order->status = (uint32_t)status;
		order->ended = 1;
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* It waits for an order: the last one is done, if there was one. */
static void take_stop(struct copied *c, pid_t pid)
{
	if (c->program || (c->source && pid != c->source))
		return;
	/* A copy has stopped it, and would wait for it for ever. */
	if (c->copying && !order->ended) {
		kill(pid, SIGCONT);
		return;
	}
	c->source = pid;
	c->copying = false;
	answer(c);
}

static void take_end(struct copied *c, pid_t pid, int status)
{
	if (pid == c->program) {
		if (!order || order->snapshot != FX_SNAPSHOT_TAKEN)
			end_as(status);
		c->program = 0;
	} else if (pid == c->source) {
		if (c->copying && order->ended)
			answer(c);
		_exit(0);
	}
}

static void reap(struct copied *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status))
			take_stop(c, pid);
		else
			take_end(c, pid, status);
	}
}

static void take_order(struct copied *c)
{
	char byte;

	if (read(c->orders, &byte, 1) != 1)
		_exit(FX_EXIT_FAILED);
	if (!c->source || !number_anew())
		_exit(FX_EXIT_FAILED);
	c->copying = true;
	kill(c->source, SIGCONT);
}

/* Nothing of what the program may have is held here. */
static int keep_only(int orders, int signals)
{
	const int low = signals < orders ? signals : orders;
	const int high = signals < orders ? orders : signals;

	if (signals < 0)
		return -1;
	if (low > 0)
		syscall(SYS_close_range, 0, low - 1, 0);
	if (high > low + 1)
		syscall(SYS_close_range, low + 1, high - 1, 0);
	syscall(SYS_close_range, high + 1, ~0U, 0);
	return chdir("/") < 0 ? -1 : signals;
}

_Noreturn void fx_copies_serve(int orders, pid_t program)
{
	struct copied c = {.orders = orders, .program = program};
	struct pollfd fds[2] = {{.events = POLLIN}, {.fd = orders, .events = POLLIN}};
	struct fx_refusal why;
	sigset_t children;

	if (fx_capabilities_keep_ids(&why) < 0)
		_exit(FX_EXIT_FAILED);
	prctl(PR_SET_NAME, "fxbox-init");
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	fds[0].fd = keep_only(orders, signalfd(-1, &children, SFD_CLOEXEC));
	if (fds[0].fd < 0)
		_exit(FX_EXIT_FAILED);
	for (;;) {
		struct signalfd_siginfo info;

		reap(&c);
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents && read(fds[0].fd, &info, sizeof(info)) < 0)
			_exit(FX_EXIT_FAILED);
		if (fds[1].revents)
			take_order(&c);
	}
}
