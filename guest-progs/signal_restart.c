/* SPDX-License-Identifier: MIT */
/* Interrupted calls: EINTR or begun anew, by SA_RESTART: read, wait, poll, sockets, sleep. */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <time.h>

#include "guest-progs/guest.h"

static volatile int handled;
static pid_t main_tid;
static int pipes[2], sockets[2], locked[2];
static pid_t child;

static void handler(int signal)
{
	(void)signal;
	handled = 1;
}

/* Interrupts the first thread in its call; lets the call end if it was begun anew. */
static void *interrupts(void *arg)
{
	int restarts = (int)(long)arg;

	await_sleep(&main_tid);
	syscall(SYS_tgkill, getpid(), main_tid, SIGUSR1);
	await_that(handled);
	if (restarts) {
		await_sleep(&main_tid);
		need(write(pipes[1], "x", 1) == 1);
		need(write(sockets[1], "x", 1) == 1);
		flock(locked[1], LOCK_UN);
		kill(child, SIGTERM);
	}
	return NULL;
}

/* Until a send would block. */
static void fill(int socket)
{
	char some[4096] = {0};

	while (send(socket, some, sizeof(some), MSG_DONTWAIT) > 0)
		;
	need(errno == EAGAIN);
}

static long call(int which)
{
	struct pollfd pfd = {.fd = pipes[0], .events = POLLIN};
	struct timespec long_time = {100, 0}, left = {0};
	struct timeval long_time_v = {100, 0};
	struct epoll_event event = {.events = EPOLLIN};
	char c;
	long r;
	int fd;

	switch (which) {
	case 0:
		return read(pipes[0], &c, 1);
	case 1:
		return recv(sockets[0], &c, 1, 0);
	case 2:
		return waitpid(child, NULL, 0) == child;
	case 3:
		return flock(locked[0], LOCK_EX);
	case 4:
		return poll(&pfd, 1, -1);
	case 5:
		fd = epoll_create1(0);
		epoll_ctl(fd, EPOLL_CTL_ADD, pipes[0], &event);
		r = epoll_wait(fd, &event, 1, -1);
		close(fd);
		return r;
	case 6:
		setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &long_time_v, sizeof(long_time_v));
		return recv(sockets[0], &c, 1, 0);
	case 7:
		setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &long_time_v, sizeof(long_time_v));
		return read(sockets[0], &c, 1);
	case 8:
		setsockopt(sockets[0], SOL_SOCKET, SO_SNDTIMEO, &long_time_v, sizeof(long_time_v));
		fill(sockets[0]);
		return write(sockets[0], &c, 1);
	default:
		r = nanosleep(&long_time, &left);
		need(r == 0 || left.tv_sec > 0);
		return r;
	}
}

int main(void)
{
	static const char *const names[] = {"read",
					    "recv",
					    "waitpid",
					    "flock",
					    "poll",
					    "epoll_wait",
					    "recv with a timeout",
					    "read with a receive timeout",
					    "write with a send timeout",
					    "nanosleep"};
	static const int calls = sizeof(names) / sizeof(*names);
	static const int restartable = 4; /* those before it are begun anew with SA_RESTART */
	FILE *file = tmpfile();
	char path[64];

	need(file);
	main_tid = own_tid();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(file));
	for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

		sigaction(SIGUSR1, &action, NULL);
		for (int which = 0; which < calls; which++) {
			int restarts = flags && which < restartable;
			pthread_t thread;
			int error;
			long r;

			need(pipe(pipes) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
			locked[0] = open(path, O_RDWR);
			locked[1] = open(path, O_RDWR);
			flock(locked[1], LOCK_EX);
			child = fork();
			if (child == 0) {
				signal(SIGUSR1, SIG_DFL);
				pause();
				_exit(0);
			}
			handled = 0;
			thread = start_thread(interrupts, (void *)(long)restarts);
			r = call(which);
			error = errno;
			pthread_join(thread, NULL);
			errno = error;
			printf("%s, ", flags ? "SA_RESTART" : "no flag");
			say(names[which], r);
			kill(child, SIGTERM);
			waitpid(child, NULL, 0);
			for (int i = 0; i < 2; i++) {
				close(pipes[i]);
				close(sockets[i]);
				close(locked[i]);
			}
		}
	}
	return 0;
}
