/* SPDX-License-Identifier: MIT */
/* Timers of every kind: what they send, to whom, and what they say when asked. */
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#include "guest-progs/guest.h"

static volatile int handled, code, value, overruns;
static volatile pid_t by;
static timer_t timer;

static void handler(int signal, siginfo_t *info, void *uc)
{
	(void)signal;
	(void)uc;
	code = info->si_code;
	value = info->si_value.sival_int;
	by = own_tid();
	handled++;
}

static const struct itimerspec soon = {.it_value = {0, 1000000}};
static const struct itimerspec never = {.it_value = {1000, 0}};

static void await_handled(void)
{
	await_that(handled);
}

static void interval_timers(void)
{
	static const struct {
		const char *name;
		int which, signal;
	} timers[] = {{"real", ITIMER_REAL, SIGALRM},
		      {"virtual", ITIMER_VIRTUAL, SIGVTALRM},
		      {"profiling", ITIMER_PROF, SIGPROF}};

	for (int i = 0; i < 3; i++) {
		struct itimerval two = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}}, now;

		handled = 0;
		need(setitimer(timers[i].which, &two, NULL) == 0);
		while (handled < 5)
			;
		need(setitimer(timers[i].which, &off, &now) == 0);
		printf("%s: code %d, interval %ld\n", timers[i].name, code,
		       (long)now.it_interval.tv_usec);
		say("switched off", getitimer(timers[i].which, &now));
		printf("left %ld\n", (long)now.it_value.tv_sec);
	}
	alarm(1000);
	printf("alarm: %u\n", alarm(0));
	say("bad timer", setitimer(7, NULL, NULL));
}

static void run_notified(union sigval v)
{
	value = v.sival_int;
	handled++;
}

static void *waits(void *arg)
{
	pid_t *tid = arg;

	__atomic_store_n(tid, own_tid(), __ATOMIC_RELEASE);
	await_handled();
	return NULL;
}

static void posix_timers(void)
{
	static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	struct itimerspec left;
	pid_t tid = 0;
	pthread_t thread;

	for (int i = 0; i < 3; i++) {
		handled = 0;
		event.sigev_value.sival_int = i + 1;
		need(timer_create(clocks[i], &event, &timer) == 0);
		timer_settime(timer, 0, &soon, NULL);
		await_handled();
		printf("timer: code %d, value %d\n", code, value);
		timer_settime(timer, 0, &never, NULL);
		timer_gettime(timer, &left);
		printf("left: %d\n", left.it_value.tv_sec >= 900);
		say("overrun", timer_getoverrun(timer));
		say("delete", timer_delete(timer));
	}
	/* For one thread. */
	handled = 0;
	thread = start_thread(waits, &tid);
	await_that(__atomic_load_n(&tid, __ATOMIC_ACQUIRE));
	event.sigev_notify = SIGEV_THREAD_ID;
	event._sigev_un._tid = tid;
	event.sigev_value.sival_int = 9;
	need(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	timer_settime(timer, 0, &soon, NULL);
	pthread_join(thread, NULL);
	printf("for a thread: code %d, value %d, it had it %d\n", code, value, by == tid);
	timer_delete(timer);
	event._sigev_un._tid = 0x3fffffff;
	say("for no thread", timer_create(CLOCK_MONOTONIC, &event, &timer));
	/* On a thread of libc's. */
	handled = 0;
	event = (struct sigevent){.sigev_notify = SIGEV_THREAD,
				  .sigev_value.sival_int = 11,
				  .sigev_notify_function = run_notified};
	need(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	timer_settime(timer, 0, &soon, NULL);
	await_handled();
	printf("on a thread: value %d\n", value);
	timer_delete(timer);
	/* Of the processor's time. */
	handled = 0;
	event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	need(timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0);
	timer_settime(timer, 0, &soon, NULL);
	await_handled();
	printf("processor time: code %d\n", code);
	timer_delete(timer);
	say("no such timer", timer_delete((timer_t)0x7777));
}

/* While the signal is blocked further expirations are counted. */
static void overrun(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	struct itimerspec often = {{0, 100000}, {0, 100000}}, off = {{0, 0}, {0, 0}};
	struct timespec start, now;
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	need(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	timer_settime(timer, 0, &often, NULL);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < 5000000);
	need(sigwaitinfo(&set, &info) == SIGRTMIN);
	timer_settime(timer, 0, &off, NULL);
	printf("overruns: in the record %d, asked %d\n", info.si_overrun >= 40,
	       timer_getoverrun(timer) >= 40);
	timer_delete(timer);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void descriptors(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	unsigned long count;

	timerfd_settime(fd, 0, &soon, NULL);
	say("poll", poll(&pfd, 1, -1));
	say("read", read(fd, &count, sizeof(count)));
	printf("count %lu\n", count);
	close(fd);
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGVTALRM, &action, NULL);
	sigaction(SIGPROF, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGRTMIN, &action, NULL);
	interval_timers();
	posix_timers();
	overrun();
	descriptors();
	return 0;
}
