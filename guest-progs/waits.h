/* SPDX-License-Identifier: MIT */
/* Every call that waits with a timeout, one by one, and what it says at its end. */
#ifndef GUEST_PROGS_WAITS_H
#define GUEST_PROGS_WAITS_H

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>

#include "guest-progs/futex.h"

#define FUTEX_WAITV_CALL 449

enum wait_call {
	FUTEX_RELATIVE,
	FUTEX_ABSOLUTE,
	FUTEX_LOCK,
	FUTEX_REQUEUED,
	FUTEX_VECTOR,
	NANOSLEEP,
	CLOCK_NANOSLEEP,
	CLOCK_NANOSLEEP_ABSOLUTE,
	POLL,
	PPOLL,
	SELECT,
	PSELECT,
	EPOLL_WAIT,
	EPOLL_PWAIT2,
	SIGTIMEDWAIT,
	SEMTIMEDOP,
	RECV_TIMEOUT,
	WAIT_CALLS
};

static const char *const wait_name[WAIT_CALLS] = {
	"FUTEX_WAIT",
	"FUTEX_WAIT_BITSET",
	"FUTEX_LOCK_PI2",
	"FUTEX_WAIT_REQUEUE_PI",
	"futex_waitv",
	"nanosleep",
	"clock_nanosleep",
	"clock_nanosleep, absolute",
	"poll",
	"ppoll",
	"select",
	"pselect",
	"epoll_wait",
	"epoll_pwait2",
	"sigtimedwait",
	"semtimedop",
	"recv",
};

struct wait_vector {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

/* A word that another thread owns, for as long as the process lives. */
static uint32_t wait_owned;

static inline void *wait_owner(void *arg)
{
	need(futex(&wait_owned, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	for (;;)
		pause();
	return arg;
}

/* Before the wait, for those that need something. SIGUSR2 is blocked and never comes. */
static inline int wait_prepare(enum wait_call call)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fds[2], fd;
	sigset_t set;

	switch (call) {
	case FUTEX_LOCK:
		sigfillset(&set);
		pthread_sigmask(SIG_BLOCK, &set, NULL); /* for the thread to inherit */
		start_thread(wait_owner, NULL);
		await_that(__atomic_load_n(&wait_owned, __ATOMIC_ACQUIRE));
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
		return -1;
	case SIGTIMEDWAIT:
		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		sigprocmask(SIG_BLOCK, &set, NULL);
		return -1;
	case EPOLL_WAIT:
	case EPOLL_PWAIT2:
		need(pipe(fds) == 0);
		fd = epoll_create1(0);
		need(fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, fds[0], &event) == 0);
		return fd;
	case SEMTIMEDOP:
		fd = semget(IPC_PRIVATE, 1, 0600);
		need(fd >= 0);
		return fd;
	case RECV_TIMEOUT:
		need(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
		return fds[0];
	default:
		need(pipe(fds) == 0);
		return fds[0];
	}
}

static inline void wait_done(enum wait_call call, int what)
{
	if (call == SEMTIMEDOP)
		semctl(what, 0, IPC_RMID);
}

/* Waits in vain for so many milliseconds. clock_nanosleep returns its error: made -1 here. */
static inline long wait_once(enum wait_call call, int what, long ms)
{
	static uint32_t word, second;
	struct timespec relative = {ms / 1000, ms % 1000 * 1000000};
	struct timespec absolute = in_milliseconds(CLOCK_MONOTONIC, ms);
	struct timeval interval = {ms / 1000, ms % 1000 * 1000};
	struct wait_vector vector = {0, (uintptr_t)&word, FUTEX_PRIVATE_FLAG | 2, 0};
	struct pollfd pfd = {.fd = what, .events = POLLIN};
	struct sembuf op = {0, -1, 0};
	struct epoll_event event;
	sigset_t set;
	fd_set fds;
	char c;

	FD_ZERO(&fds);
	if (what >= 0 && what < FD_SETSIZE)
		FD_SET(what, &fds);
	sigemptyset(&set);
	switch (call) {
	case FUTEX_RELATIVE:
		return futex(&word, FUTEX_WAIT_PRIVATE, 0, &relative, NULL, 0);
	case FUTEX_ABSOLUTE:
		return futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &absolute, NULL, 1);
	case FUTEX_LOCK:
		return futex(&wait_owned, FUTEX_LOCK_PI2 | FUTEX_PRIVATE_FLAG, 0, &absolute, NULL,
			     0);
	case FUTEX_REQUEUED:
		return futex(&word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, &absolute, &second, 0);
	case FUTEX_VECTOR:
		return syscall(FUTEX_WAITV_CALL, &vector, 1, 0, &absolute, CLOCK_MONOTONIC);
	case NANOSLEEP:
		return syscall(SYS_nanosleep, &relative, NULL);
	case CLOCK_NANOSLEEP:
		return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &relative, NULL);
	case CLOCK_NANOSLEEP_ABSOLUTE:
		return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &absolute,
			       NULL);
	case POLL:
		return poll(&pfd, 1, (int)ms);
	case PPOLL:
		return ppoll(&pfd, 1, &relative, NULL);
	case SELECT:
		return select(what + 1, &fds, NULL, NULL, &interval);
	case PSELECT:
		return pselect(what + 1, &fds, NULL, NULL, &relative, NULL);
	case EPOLL_WAIT:
		return epoll_wait(what, &event, 1, (int)ms);
	case EPOLL_PWAIT2:
		return syscall(441, what, &event, 1, &relative, NULL, 0);
	case SIGTIMEDWAIT:
		sigaddset(&set, SIGUSR2);
		return sigtimedwait(&set, NULL, &relative);
	case SEMTIMEDOP:
		return semtimedop(what, &op, 1, &relative);
	case RECV_TIMEOUT:
		need(setsockopt(what, SOL_SOCKET, SO_RCVTIMEO, &interval, sizeof(interval)) == 0);
		return recv(what, &c, 1, 0);
	default:
		return 0;
	}
}

static inline long wait_elapsed(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

/* The state letter of another process. */
static inline char process_state(pid_t pid)
{
	char path[64], line[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 'X';
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n <= 0)
		return 'X';
	line[n] = '\0';
	return strrchr(line, ')')[2];
}

/* Returns when a child that has set *begun sleeps, or has ended. */
static inline void await_child_sleep(pid_t pid, const int *begun)
{
	time_t since = 0;
	int seen = 0;

	/* It may end without having begun. */
	await_that(__atomic_load_n(begun, __ATOMIC_ACQUIRE) || process_state(pid) == 'Z');
	while (seen < 5) {
		char state = process_state(pid);

		guest_waited(&since, __FILE__, __LINE__, "a child to sleep or end");
		seen = state == 'S' || state == 'Z' || state == 'X' ? seen + 1 : 0;
		sched_yield();
	}
}

#endif
