/* SPDX-License-Identifier: MIT */
/* All threads wait, and what wakes them comes from outside: timers, signals, children, pipes. */
#include "guest-progs/hang/calm.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>

static sem_t woken;
static int end[2];

static void post(int sig)
{
	(void)sig;
	sem_post(&woken);
}

/* sem_post is what a handler may call; the wait may be interrupted by it. */
static void wait_until_woken(void)
{
	while (sem_wait(&woken) < 0)
		MUST(errno == EINTR);
}

static void alarm_clock(void)
{
	const struct itimerval soon = {.it_value = {.tv_usec = 100000}};

	sem_init(&woken, 0, 0);
	signal(SIGALRM, post);
	setitimer(ITIMER_REAL, &soon, NULL);
	wait_until_woken();
}

static void posix_timer(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	const struct itimerspec soon = {.it_value = {.tv_nsec = 100000000}};
	timer_t timer;

	sem_init(&woken, 0, 0);
	signal(SIGUSR1, post);
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	MUST(timer_settime(timer, 0, &soon, NULL) == 0);
	wait_until_woken();
}

static void on_expiry(union sigval value)
{
	(void)value;
	sem_post(&woken);
}

/* By a thread that glibc makes for it. */
static void timer_thread(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD};
	const struct itimerspec soon = {.it_value = {.tv_nsec = 100000000}};
	timer_t timer;

	event.sigev_notify_function = on_expiry;
	sem_init(&woken, 0, 0);
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	MUST(timer_settime(timer, 0, &soon, NULL) == 0);
	wait_until_woken();
}

static void child_signals(void)
{
	pid_t parent = getpid(), child;

	sem_init(&woken, 0, 0);
	signal(SIGUSR1, post);
	child = fork();
	if (child == 0) {
		calm_pause(100);
		_exit(kill(parent, SIGUSR1) == 0 ? 0 : 1);
	}
	wait_until_woken();
	waitpid(child, NULL, 0);
}

static void child_ends(void)
{
	sem_init(&woken, 0, 0);
	signal(SIGCHLD, post);
	if (fork() == 0) {
		calm_pause(100);
		_exit(0);
	}
	wait_until_woken();
	MUST(wait(NULL) > 0);
}

static void *read_and_post(void *arg)
{
	char c;

	MUST(read(end[0], &c, 1) == 1);
	sem_post(&woken);
	return arg;
}

static void pipe_of_child(void)
{
	pthread_t t;

	sem_init(&woken, 0, 0);
	MUST(pipe(end) == 0);
	if (fork() == 0) {
		calm_pause(100);
		_exit(write(end[1], "x", 1) == 1 ? 0 : 1);
	}
	t = spawn("reader", read_and_post);
	wait_until_woken();
	pthread_join(t, NULL);
	wait(NULL);
}

static void *await_signal(void *arg)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	MUST(sigwait(&set, &sig) == 0 && sig == SIGUSR2);
	sem_post(&woken);
	return arg;
}

static void signal_waited_for(void)
{
	pid_t parent = getpid();
	sigset_t set;
	pthread_t t;

	sem_init(&woken, 0, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	t = spawn("signals", await_signal);
	if (fork() == 0) {
		calm_pause(100);
		_exit(kill(parent, SIGUSR2) == 0 ? 0 : 1);
	}
	wait_until_woken();
	pthread_join(t, NULL);
	wait(NULL);
}

static void *sleep_and_post(void *arg)
{
	calm_pause(100);
	sem_post(&woken);
	return arg;
}

static void sleeper(void)
{
	pthread_t t;

	sem_init(&woken, 0, 0);
	t = spawn("sleeper", sleep_and_post);
	wait_until_woken();
	pthread_join(t, NULL);
}

static void *poll_timer(void *arg)
{
	const struct itimerspec soon = {.it_value = {.tv_nsec = 100000000}};
	struct pollfd p = {.fd = timerfd_create(CLOCK_MONOTONIC, 0), .events = POLLIN};

	MUST(p.fd >= 0 && timerfd_settime(p.fd, 0, &soon, NULL) == 0);
	MUST(poll(&p, 1, -1) == 1);
	sem_post(&woken);
	return arg;
}

static void timer_descriptor(void)
{
	pthread_t t;

	sem_init(&woken, 0, 0);
	t = spawn("poller", poll_timer);
	wait_until_woken();
	pthread_join(t, NULL);
}

static void *answer(void *arg)
{
	uint64_t one = 0;

	MUST(read(end[0], &one, sizeof(one)) == sizeof(one));
	MUST(write(end[1], &one, sizeof(one)) == sizeof(one));
	return arg;
}

static void event_descriptors(void)
{
	uint64_t one = 1;
	pthread_t t;

	end[0] = eventfd(0, 0);
	end[1] = eventfd(0, 0);
	t = spawn("answerer", answer);
	MUST(write(end[0], &one, sizeof(one)) == sizeof(one));
	MUST(read(end[1], &one, sizeof(one)) == sizeof(one));
	pthread_join(t, NULL);
}

static void *spin_and_post(void *arg)
{
	const struct timespec over = calm_after(CLOCK_MONOTONIC, 100);
	struct timespec now;

	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (now.tv_sec < over.tv_sec ||
	       (now.tv_sec == over.tv_sec && now.tv_nsec < over.tv_nsec));
	sem_post(&woken);
	return arg;
}

static void one_computes(void)
{
	pthread_t t;

	sem_init(&woken, 0, 0);
	t = spawn("busy", spin_and_post);
	wait_until_woken();
	pthread_join(t, NULL);
}

static void fork_in_order(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int status;
	pid_t child;

	pthread_mutex_lock(&lock);
	child = fork();
	/* The one thread that fork copies is the one that has it. */
	pthread_mutex_unlock(&lock);
	if (child == 0) {
		pthread_mutex_lock(&lock);
		_exit(0);
	}
	MUST(waitpid(child, &status, 0) == child && status == 0);
}

static const struct calm_case cases[] = {
	{"alarm", alarm_clock},
	{"posix-timer", posix_timer},
	{"timer-thread", timer_thread},
	{"child-signals", child_signals},
	{"child-ends", child_ends},
	{"pipe-of-child", pipe_of_child},
	{"signal-waited-for", signal_waited_for},
	{"sleeper", sleeper},
	{"timer-descriptor", timer_descriptor},
	{"event-descriptors", event_descriptors},
	{"one-computes", one_computes},
	{"fork-in-order", fork_in_order},
};

CALM_MAIN(cases)
