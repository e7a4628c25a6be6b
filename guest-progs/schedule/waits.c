/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait for each other by other calls than futex(2): each must let the other run. What
 * is printed is the same in every schedule.
 *
 * usage: waits KIND
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int ends[2];
static atomic_int flag;
static volatile sig_atomic_t handled;

static void check(bool good, const char *what)
{
	if (good)
		return;
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static void join(void *(*run)(void *), void (*meanwhile)(void))
{
	pthread_t thread;

	check(pthread_create(&thread, NULL, run, NULL) == 0, "pthread_create");
	meanwhile();
	check(pthread_join(thread, NULL) == 0, "pthread_join");
}

static void *write_late(void *unused)
{
	(void)unused;
	for (int i = 0; i < 5; i++)
		sched_yield();
	check(write(ends[1], "12345678", 8) == 8, "write");
	return NULL;
}

static void read_eight(void)
{
	char bytes[8];

	check(read(ends[0], bytes, 8) == 8, "read");
}

/* More than a pipe holds, so that both have to wait. */
#define MUCH (1 << 20)

static void *write_much(void *unused)
{
	static char bytes[MUCH];

	(void)unused;
	check(write(ends[1], bytes, MUCH) == MUCH, "write");
	close(ends[1]);
	return NULL;
}

static void read_much(void)
{
	static char bytes[3000];
	ssize_t n;
	size_t all = 0;

	while ((n = read(ends[0], bytes, sizeof(bytes))) > 0)
		all += (size_t)n;
	check(n == 0 && all == MUCH, "read");
}

static void poll_then_read(void)
{
	struct pollfd one = {.fd = ends[0], .events = POLLIN};

	check(poll(&one, 1, -1) == 1 && one.revents == POLLIN, "poll");
	read_eight();
}

static void select_then_read(void)
{
	struct timeval long_time = {1000000, 0};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	check(select(ends[0] + 1, &set, NULL, NULL, &long_time) == 1 && FD_ISSET(ends[0], &set),
	      "select");
	read_eight();
}

static void epoll_then_read(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = epoll_create1(0);

	check(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0, "epoll_ctl");
	check(epoll_wait(epoll, &event, 1, -1) == 1, "epoll_wait");
	read_eight();
}

/* Nobody writes, and nobody else could: by an epoll descriptor in another, of a pipe and an
 * eventfd. */
static void epoll_for_ever(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int inner = epoll_create1(0), outer = epoll_create1(0);

	check(epoll_ctl(inner, EPOLL_CTL_ADD, ends[0], &event) == 0 &&
		      epoll_ctl(outer, EPOLL_CTL_ADD, eventfd(0, 0), &event) == 0 &&
		      epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event) == 0,
	      "epoll_ctl");
	check(epoll_wait(outer, &event, 1, -1) == 1, "epoll_wait");
}

static void handle(int sig)
{
	(void)sig;
	handled = 1;
}

static pthread_t main_thread;

static void *send_signal(void *unused)
{
	(void)unused;
	sched_yield();
	pthread_kill(main_thread, SIGUSR1);
	return NULL;
}

static void await_signal(void)
{
	sigset_t none;

	sigemptyset(&none);
	while (!handled)
		check(sigsuspend(&none) == -1 && errno == EINTR, "sigsuspend");
}

static void take_signal(void)
{
	sigset_t usr1;
	int sig;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	check(sigwait(&usr1, &sig) == 0 && sig == SIGUSR1, "sigwait");
}

static void *raise_flag(void *unused)
{
	(void)unused;
	atomic_store(&flag, 1);
	return NULL;
}

static void spin(void)
{
	while (!atomic_load(&flag))
		;
}

static void *lock_file(void *path)
{
	int fd = open(path, O_RDWR);

	check(flock(fd, LOCK_EX) == 0, "flock");
	atomic_store(&flag, 1);
	close(fd);
	return NULL;
}

static void files(void)
{
	char path[] = "/tmp/waits.XXXXXX";
	int fd = mkstemp(path);
	pthread_t thread;

	check(fd >= 0 && flock(fd, LOCK_EX) == 0, "flock");
	check(pthread_create(&thread, NULL, lock_file, path) == 0, "pthread_create");
	for (int i = 0; i < 20; i++)
		sched_yield();
	check(!atomic_load(&flag), "a lock that two have");
	flock(fd, LOCK_UN);
	pthread_join(thread, NULL);
	unlink(path);
}

static void child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(7);
	check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7, "waitpid");
}

/* The signal is sent by the kernel, and nobody calls a handler. */
static void child_by_signal(void)
{
	sigset_t set;
	int sig, status;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pid = fork();
	if (pid == 0)
		_exit(7);
	check(sigwait(&set, &sig) == 0 && sig == SIGCHLD, "sigwait");
	check(waitpid(pid, &status, WNOHANG) == pid && WEXITSTATUS(status) == 7, "waitpid");
}

/* What is written comes from a process that is no child any more. */
static void orphan(void)
{
	int gone[2];
	pid_t pid;
	char c;

	check(pipe(gone) == 0, "pipe");
	pid = fork();
	if (pid == 0) {
		if (fork() == 0) {
			close(gone[1]);
			_exit(read(gone[0], &c, 1) != 0 || write(ends[1], "12345678", 8) != 8);
		}
		_exit(0);
	}
	check(waitpid(pid, NULL, 0) == pid, "waitpid");
	close(gone[1]);
	read_eight();
}

/* A word that other processes could have: another value, so nobody sleeps. */
static void look_at_shared(void)
{
	int *word = mmap(NULL, sizeof(*word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);

	check(word != MAP_FAILED, "mmap");
	check(syscall(SYS_futex, word, FUTEX_WAIT, 1, NULL) == -1 && errno == EAGAIN, "futex");
}

static void *nothing(void *unused)
{
	return unused;
}

/* A day and a half, one after the other and together. */
static void *sleep_long(void *unused)
{
	struct timespec day = {86400, 0};

	(void)unused;
	check(nanosleep(&day, NULL) == 0, "nanosleep");
	check(poll(NULL, 0, 3600 * 1000) == 0, "poll");
	return NULL;
}

static void sleep_beside(void)
{
	struct timespec before, after;

	clock_gettime(CLOCK_MONOTONIC, &before);
	sleep_long(NULL);
	clock_gettime(CLOCK_MONOTONIC, &after);
	check(after.tv_sec - before.tv_sec >= 90000 && after.tv_sec - before.tv_sec <= 90001,
	      "the time that has passed");
}

static void signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	/* Who does not block what is ignored takes it from those who wait for it. */
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	main_thread = pthread_self();
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "";

	check(pipe(ends) == 0, "pipe");
	signals();
	if (strcmp(kind, "read") == 0) {
		join(write_late, read_eight);
	} else if (strcmp(kind, "much") == 0) {
		join(write_much, read_much);
	} else if (strcmp(kind, "socket") == 0) {
		check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
		join(write_much, read_much);
	} else if (strcmp(kind, "poll") == 0) {
		join(write_late, poll_then_read);
	} else if (strcmp(kind, "select") == 0) {
		join(write_late, select_then_read);
	} else if (strcmp(kind, "epoll") == 0) {
		join(write_late, epoll_then_read);
	} else if (strcmp(kind, "stuck") == 0) {
		join(nothing, epoll_for_ever);
	} else if (strcmp(kind, "eventfd") == 0) {
		ends[0] = ends[1] = eventfd(0, 0);
		join(write_late, read_eight);
	} else if (strcmp(kind, "sigsuspend") == 0) {
		signal(SIGUSR1, handle);
		join(send_signal, await_signal);
	} else if (strcmp(kind, "sigwait") == 0) {
		join(send_signal, take_signal);
	} else if (strcmp(kind, "spin") == 0) {
		join(raise_flag, spin);
	} else if (strcmp(kind, "flock") == 0) {
		files();
	} else if (strcmp(kind, "child") == 0) {
		join(nothing, child);
	} else if (strcmp(kind, "sigchld") == 0) {
		join(nothing, child_by_signal);
	} else if (strcmp(kind, "orphan") == 0) {
		join(nothing, orphan);
	} else if (strcmp(kind, "shared") == 0) {
		join(nothing, look_at_shared);
	} else if (strcmp(kind, "sleep") == 0) {
		join(sleep_long, sleep_beside);
	} else {
		return 2;
	}
	puts(kind);
	return 0;
}
