/* SPDX-License-Identifier: MIT */
/*
 * Signals that the hardware raises too, sent and read from a signalfd: by every call that finds
 * one readable, before and while it sleeps, from the process's own and from one thread's.
 */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/uio.h>

#include "guest-progs/guest.h"

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGSYS};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static sigset_t set;
static int fd, epoll;

enum way {
	READ,
	READV,
	POLL,
	PPOLL,
	PPOLL_MASK,
	SELECT,
	PSELECT,
	PSELECT_MASK,
	EPOLL,
	EPOLL_MASK,
	WAYS
};

static const char *const names[WAYS] = {"read",	       "readv",	     "poll",	"ppoll",
					"ppoll, mask", "select",     "pselect", "pselect, mask",
					"epoll",       "epoll, mask"};

static void tell(const char *how, ssize_t n, const struct signalfd_siginfo *info)
{
	if (n < 0) {
		say(how, n);
		return;
	}
	printf("%s: %zd", how, n);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(*info); i++)
		printf(", %s code %d from us %d value %d", sigabbrev_np((int)info[i].ssi_signo),
		       info[i].ssi_code, info[i].ssi_pid == (unsigned)getpid(), info[i].ssi_int);
	putchar('\n');
}

static void read_it(const char *how)
{
	struct signalfd_siginfo info[3];

	tell(how, read(fd, info, sizeof(info)), info);
}

/* By a call of its own; what takes the signal tells of it. */
static int found(enum way way, int ms)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	struct timespec time = {ms / 1000, ms % 1000 * 1000000L}, *until = ms < 0 ? NULL : &time;
	struct timeval val = {ms / 1000, ms % 1000 * 1000L};
	struct epoll_event event;
	struct signalfd_siginfo info;
	struct iovec iov[2] = {{&info, 100}, {(char *)&info + 100, sizeof(info) - 100}};
	sigset_t mask = set;
	fd_set in, out;
	int r;

	sigaddset(&mask, SIGUSR2);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fd, &in);
	FD_SET(fd, &out);
	switch (way) {
	case READ:
		return (int)read(fd, &info, sizeof(info));
	case READV:
		return (int)readv(fd, iov, 2);
	case POLL:
		return poll(&polled, 1, ms);
	case PPOLL:
		return ppoll(&polled, 1, until, NULL);
	case PPOLL_MASK:
		return ppoll(&polled, 1, until, &mask);
	case SELECT:
		r = select(fd + 1, &in, &out, NULL, ms < 0 ? NULL : &val);
		return r < 0 ? r : r + 10 * !!FD_ISSET(fd, &in) + 100 * !!FD_ISSET(fd, &out);
	case PSELECT:
		r = pselect(fd + 1, &in, NULL, NULL, until, NULL);
		return r < 0 ? r : r + 10 * !!FD_ISSET(fd, &in);
	case PSELECT_MASK:
		r = pselect(fd + 1, &in, NULL, NULL, until, &mask);
		return r < 0 ? r : r + 10 * !!FD_ISSET(fd, &in);
	/* Under fxbox EINTR if SIGSYS comes while another thread is in a trap: docs/limits.md. */
	case EPOLL:
		return (int)TEMP_FAILURE_RETRY(epoll_wait(epoll, &event, 1, ms));
	default:
		return (int)TEMP_FAILURE_RETRY(epoll_pwait(epoll, &event, 1, ms, &mask));
	}
}

static void nothing_there(void)
{
	int sum = 0;

	for (int way = 0; way < WAYS; way++)
		sum += found(way, 0) > 0;
	printf("nothing: %d\n", sum);
}

static void send(int way, int sig, pthread_t thread)
{
	const union sigval value = {.sival_int = 77};

	if (way == 0)
		need(kill(getpid(), sig) == 0);
	else if (way == 1)
		need(pthread_kill(thread, sig) == 0);
	else if (way == 2)
		need(sigqueue(getpid(), sig, value) == 0);
	else
		need(pthread_sigqueue(thread, sig, value) == 0);
}

static void at_once(int sig)
{
	printf("%s\n", sigabbrev_np(sig));
	nothing_there();
	for (int how = 0; how < 4; how++) {
		send(how, sig, pthread_self());
		for (int way = POLL; way < WAYS; way++)
			say(names[way], found(way, way % 2 ? 0 : -1));
		read_it("read");
		nothing_there();
	}
	/* The one of the thread comes first, and of a kind there is one of each. */
	for (int how = 0; how < 4; how++)
		send(how, sig, pthread_self());
	read_it("both");
	read_it("then");
	send(0, sig, pthread_self());
	say("readv", found(READV, 0));
	send(0, sig, pthread_self());
	say("poll", found(POLL, -1));
	say("taken by sigtimedwait", sigtimedwait(&set, NULL, &(struct timespec){0, 0}) == sig);
	nothing_there();
}

static void together(void)
{
	for (int i = 0; i < 2; i++)
		send(0, signals[i], 0);
	send(0, SIGUSR1, 0);
	read_it("all");
	nothing_there();
}

struct sleeper {
	pid_t tid;
	enum way way;
	int found;
};

static void *sleeps(void *arg)
{
	struct sleeper *s = arg;

	__atomic_store_n(&s->tid, own_tid(), __ATOMIC_RELEASE);
	s->found = found(s->way, -1);
	return NULL;
}

static void blocking(int yes)
{
	int flags = fcntl(fd, F_GETFL);

	need(fcntl(fd, F_SETFL, yes ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) == 0);
}

/* One that sleeps is woken, whether the signal is sent to it or to the process. */
static void while_asleep(int sig)
{
	printf("%s while asleep:", sigabbrev_np(sig));
	for (int way = 0; way < WAYS; way++) {
		for (int how = 0; how < 4; how++) {
			struct sleeper s = {.way = way};
			struct signalfd_siginfo info;
			pthread_t thread;

			blocking(1);
			thread = start_thread(sleeps, &s);
			await_sleep(&s.tid);
			send(how, sig, thread);
			pthread_join(thread, NULL);
			blocking(0);
			printf(" %d", s.found);
			/* What was sent to a thread is gone with it. */
			if (way >= POLL && how % 2 == 0)
				need(read(fd, &info, sizeof(info)) == sizeof(info));
			need(read(fd, &info, sizeof(info)) == -1 && errno == EAGAIN);
		}
	}
	putchar('\n');
}

static void *sees(void *arg)
{
	int *sum = arg;

	for (int way = 0; way < WAYS; way++)
		*sum += found(way, 0) > 0;
	return NULL;
}

static void not_of_others(int sig)
{
	int sum = 0;

	send(1, sig, pthread_self());
	pthread_join(start_thread(sees, &sum), NULL);
	printf("seen by another thread: %d\n", sum);
	read_it("and by its own");
}

/* All that look see it, one gets it. But one of them in epoll: docs/limits.md. */
static void for_all(int sig)
{
	struct sleeper s[6] = {{0}};
	pthread_t thread[6];
	struct signalfd_siginfo info;
	int sum = 0;

	for (int i = 0; i < 6; i++) {
		s[i].way = i ? POLL + i % 3 : EPOLL;
		thread[i] = start_thread(sleeps, &s[i]);
		await_sleep(&s[i].tid);
	}
	send(0, sig, pthread_self());
	for (int i = 0; i < 6; i++) {
		pthread_join(thread[i], NULL);
		sum += s[i].found;
	}
	printf("all woken: %d\n", sum);
	read_it("one reads");
	say("no other", read(fd, &info, sizeof(info)));
}

static void *reads(void *arg)
{
	struct signalfd_siginfo info;
	int *sum = arg;

	for (;;) {
		ssize_t n = read(fd, &info, sizeof(info));

		need(n == sizeof(info));
		if (info.ssi_int == 1000)
			return NULL;
		__atomic_add_fetch(sum, 1, __ATOMIC_RELEASE);
	}
}

/* Every one that is sent when the one before has been read is read, by one of several threads. */
static void none_lost(void)
{
	const union sigval end = {.sival_int = 1000};
	pthread_t thread[3];
	int sum = 0;

	blocking(1);
	for (int i = 0; i < 3; i++)
		thread[i] = start_thread(reads, &sum);
	for (int i = 0; i < 300; i++) {
		send(0, signals[i % SIGNALS], 0);
		await_that(__atomic_load_n(&sum, __ATOMIC_ACQUIRE) == i + 1);
	}
	for (int i = 0; i < 3; i++)
		need(pthread_sigqueue(thread[i], SIGSEGV, end) == 0);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	blocking(0);
	printf("read of 300: %d\n", sum);
}

/* Other descriptors are read as ever while one waits. */
static void *writes(void *arg)
{
	const int *pipe_ = arg;

	need(write(pipe_[1], "x", 1) == 1);
	return NULL;
}

static void others(int sig)
{
	int pair[2];
	char c;
	pthread_t thread;

	need(pipe(pair) == 0);
	send(0, sig, 0);
	thread = start_thread(writes, pair);
	say("a pipe", read(pair[0], &c, 1));
	pthread_join(thread, NULL);
	read_it("and then");
	close(pair[0]);
	close(pair[1]);
}

/* A descriptor that was handed down is about whoever reads. */
static void in_a_child(int sig)
{
	int ready[2], copy = dup(fd), status;
	pid_t pid;
	char c;

	need(copy >= 0 && pipe(ready) == 0);
	send(0, sig, 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct signalfd_siginfo info;

		need(read(copy, &info, sizeof(info)) == -1 && errno == EAGAIN);
		blocking(1);
		need(write(ready[1], "x", 1) == 1);
		need(read(copy, &info, sizeof(info)) == sizeof(info));
		printf("child: %s code %d from its parent %d\n", sigabbrev_np((int)info.ssi_signo),
		       info.ssi_code, info.ssi_pid == (unsigned)getppid());
		fflush(stdout);
		_exit(0);
	}
	need(read(ready[0], &c, 1) == 1 && kill(pid, sig) == 0);
	need(waitpid(pid, &status, 0) == pid && status == 0);
	blocking(0);
	read_it("parent");
	close(copy);
	close(ready[0]);
	close(ready[1]);
}

static void over_an_exec(char **argv)
{
	char number[16];

	send(0, SIGBUS, 0);
	send(1, SIGILL, pthread_self());
	snprintf(number, sizeof(number), "%d", fd);
	fflush(stdout);
	execl("/proc/self/exe", argv[0], number, NULL);
}

int main(int argc, char **argv)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (argc > 1) {
		fd = atoi(argv[1]);
		read_it("executed");
		read_it("no more");
		return 0;
	}
	sigemptyset(&set);
	for (int i = 0; i < SIGNALS; i++)
		sigaddset(&set, signals[i]);
	sigaddset(&set, SIGUSR1);
	need(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	/* Before there is one. */
	send(0, SIGSEGV, 0);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	need(fd >= 0 && epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
	read_it("sent before");
	for (int i = 0; i < SIGNALS; i++)
		at_once(signals[i]);
	together();
	for (int i = 0; i < SIGNALS; i++)
		while_asleep(signals[i]);
	not_of_others(SIGSEGV);
	for_all(SIGBUS);
	none_lost();
	others(SIGILL);
	in_a_child(SIGSYS);
	over_an_exec(argv);
	return 1;
}
