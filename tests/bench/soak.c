/* SPDX-License-Identifier: MIT */
/*
 * soak SECONDS: everything at once, for as long as asked.
 *
 * Workers hand a ball to each other, take and give semaphores and share a
 * counter, while each gets a queued signal every millisecond and one of its
 * own timer; beside them processes are forked, threads come and go, and
 * threads are cancelled where they sleep. Each kind keeps counters on both
 * sides, which must agree in the end: nothing is lost and nothing comes twice.
 * Memory must be as large at the end as after a quarter of the time.
 *
 * Prints the counters; exits with 0, or with 1 and a line for each that
 * disagrees. A kind that does not go on for a minute ends the program.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS	      4
#define PERIOD	      1000000L /* ns between two signals to a thread, and of its timer */
#define STALL_SECONDS 60
#define GROWTH_KIB    4096

static volatile int stop, workers_stop;
static int failures;

struct worker {
	pthread_t thread;
	volatile pid_t tid; /* not 0: it runs */
	/* Queued signals: the value counts. */
	unsigned long sent;
	volatile unsigned long handled, wrong;
	/* Its timer: one signal for several expirations. */
	timer_t timer;
	volatile unsigned long expirations;
	/* Its work. */
	volatile unsigned long handed, counted, tokens;
};

static struct worker workers[WORKERS];
static __thread struct worker *self;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static int turn;
static unsigned long shared_counter, balls;
static sem_t semaphore;
static volatile unsigned long tokens_given, forked, churned, cancelled, cleaned;

static void check(bool good, const char *what, unsigned long a, unsigned long b)
{
	if (good)
		return;
	printf("soak: FAILED: %s: %lu and %lu\n", what, a, b);
	failures++;
}

static void need(bool good, const char *what)
{
	if (good)
		return;
	printf("soak: FAILED: %s (%s)\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

static void on_queued(int signal, siginfo_t *info, void *uc)
{
	(void)signal;
	(void)uc;
	if ((unsigned long)info->si_value.sival_ptr != self->handled + 1)
		self->wrong++;
	self->handled++;
}

static void on_timer(int signal, siginfo_t *info, void *uc)
{
	(void)signal;
	(void)uc;
	self->expirations += 1 + (unsigned long)info->si_overrun;
}

static long ns_since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - from->tv_sec) * 1000000000L + now.tv_nsec - from->tv_nsec;
}

static void take_token(void)
{
	while (sem_wait(&semaphore) < 0)
		need(errno == EINTR, "sem_wait");
}

/* Gets the ball, gives it to the next; on the way a token and the counter. */
static void *works(void *arg)
{
	struct worker *w = arg;
	int number = (int)(w - workers);
	sigset_t ours;

	self = w;
	sigemptyset(&ours);
	sigaddset(&ours, SIGRTMIN);
	sigaddset(&ours, SIGRTMIN + 1);
	pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
	w->tid = (pid_t)syscall(SYS_gettid);
	while (!workers_stop) {
		pthread_mutex_lock(&mutex);
		while (turn != number && !workers_stop)
			pthread_cond_wait(&turn_changed, &mutex);
		if (turn == number) {
			turn = (turn + 1) % WORKERS;
			balls++;
			w->handed++;
		}
		shared_counter++;
		w->counted++;
		pthread_cond_broadcast(&turn_changed);
		pthread_mutex_unlock(&mutex);
		take_token();
		w->tokens++;
		__atomic_add_fetch(&tokens_given, 1, __ATOMIC_RELAXED);
		sem_post(&semaphore);
	}
	return NULL;
}

/* Until both sides agree: what was sent is still on its way. */
static void drain(struct worker *w)
{
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (w->handled < w->sent && ns_since(&start) < STALL_SECONDS * 1000000000L)
		usleep(1000);
	check(w->handled == w->sent, "queued signals: sent and handled", w->sent, w->handled);
	check(!w->wrong, "queued signals: out of order", w->wrong, 0);
}

static void *sends(void *arg)
{
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!stop) {
		next.tv_nsec += PERIOD;
		if (next.tv_nsec >= 1000000000L) {
			next.tv_sec++;
			next.tv_nsec -= 1000000000L;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		for (struct worker *w = workers; w < workers + WORKERS; w++) {
			union sigval value = {.sival_ptr = (void *)(w->sent + 1)};
			int error = pthread_sigqueue(w->thread, SIGRTMIN, value);

			/* The queue is full: later, then. */
			errno = error;
			need(error == 0 || error == EAGAIN, "pthread_sigqueue");
			w->sent += error == 0;
		}
	}
	return arg;
}

static void *forks(void *arg)
{
	while (!stop) {
		int code = (int)(forked % 100), status;
		pid_t child = fork();

		if (child == 0)
			_exit(code);
		need(child > 0, "fork");
		need(waitpid(child, &status, 0) == child, "waitpid");
		need(WIFEXITED(status) && WEXITSTATUS(status) == code, "status of a child");
		forked++;
	}
	return arg;
}

static void *comes_and_goes(void *arg)
{
	__atomic_add_fetch((volatile unsigned long *)arg, 1, __ATOMIC_RELAXED);
	return arg;
}

static void *churns(void *arg)
{
	static unsigned long came;
	unsigned long started = 0;

	while (!stop) {
		pthread_t threads[8];

		for (int i = 0; i < 8; i++)
			need(pthread_create(&threads[i], NULL, comes_and_goes, &came) == 0,
			     "pthread_create");
		for (int i = 0; i < 8; i++)
			need(pthread_join(threads[i], NULL) == 0, "pthread_join");
		started += 8;
		check(started == came, "threads started and run", started, came);
		churned = started;
	}
	return arg;
}

static void cleans_up(void *arg)
{
	(void)arg;
	cleaned++;
}

static void unlocks(void *arg)
{
	pthread_mutex_unlock(arg);
}

/* Sleeps where a cancellation finds it: in a call, or in a wait for a condition. */
static void *sleeps(void *arg)
{
	static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

	pthread_cleanup_push(cleans_up, NULL);
	if (arg) {
		pthread_mutex_lock(&own);
		pthread_cleanup_push(unlocks, &own);
		for (;;)
			pthread_cond_wait(&never, &own);
		pthread_cleanup_pop(1);
	} else {
		for (;;)
			pause();
	}
	pthread_cleanup_pop(1);
	return NULL;
}

static void *cancels(void *arg)
{
	while (!stop) {
		pthread_t thread;
		void *result;

		need(pthread_create(&thread, NULL, sleeps, cancelled % 2 ? arg : NULL) == 0,
		     "pthread_create");
		if (cancelled % 3)
			sched_yield();
		pthread_cancel(thread);
		need(pthread_join(thread, &result) == 0, "pthread_join");
		need(result == PTHREAD_CANCELED, "a cancelled thread's result");
		cancelled++;
	}
	return arg;
}

/* Of this process, in KiB. */
static unsigned long resident(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	need(file && fscanf(file, "%*u %lu", &pages) == 1, "/proc/self/statm");
	fclose(file);
	return pages * 4;
}

static void start_timers(void)
{
	const struct itimerspec often = {{0, PERIOD}, {0, PERIOD}};

	for (struct worker *w = workers; w < workers + WORKERS; w++) {
		struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID,
					 .sigev_signo = SIGRTMIN + 1};

		while (!w->tid)
			sched_yield();
		event._sigev_un._tid = w->tid;
		need(timer_create(CLOCK_MONOTONIC, &event, &w->timer) == 0, "timer_create");
		need(timer_settime(w->timer, 0, &often, NULL) == 0, "timer_settime");
	}
}

/* How far all kinds are, to see that each goes on. */
static void snapshot(unsigned long *at)
{
	*at++ = forked;
	*at++ = churned;
	*at++ = cancelled;
	for (struct worker *w = workers; w < workers + WORKERS; w++) {
		*at++ = w->handled;
		*at++ = w->expirations;
		*at++ = w->handed;
		*at++ = w->tokens;
	}
}

enum { KINDS = 3 + 4 * WORKERS };

static void await(long seconds, long *quarter_kib)
{
	struct timespec start;
	unsigned long before[KINDS] = {0}, now[KINDS];
	long stalled[KINDS] = {0};

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long s = 1; s <= seconds; s++) {
		while (ns_since(&start) < s * 1000000000L)
			usleep(100000);
		snapshot(now);
		for (int i = 0; i < KINDS; i++) {
			stalled[i] = now[i] == before[i] ? stalled[i] + 1 : 0;
			if (stalled[i] >= STALL_SECONDS) {
				printf("soak: FAILED: kind %d stands still at %lu\n", i, now[i]);
				fflush(stdout);
				_exit(1);
			}
		}
		memcpy(before, now, sizeof(before));
		if (s == (seconds + 3) / 4)
			*quarter_kib = (long)resident();
		if (isatty(2) && s % 10 == 0)
			fprintf(stderr, "soak: %ld of %ld s, %lu signals to the first worker\n", s,
				seconds, workers[0].handled);
	}
}

static void compare(long quarter_kib, const struct timespec *timers_started)
{
	unsigned long counted = 0, handed = 0, tokens = 0, signals = 0, expired = 0;
	struct itimerspec off = {{0, 0}, {0, 0}};
	long end_kib = (long)resident();

	for (struct worker *w = workers; w < workers + WORKERS; w++) {
		long due;

		counted += w->counted;
		handed += w->handed;
		tokens += w->tokens;
		signals += w->handled;
		expired += w->expirations;
		/* The last may be on its way; a timer never runs early. */
		due = ns_since(timers_started) / PERIOD;
		check((long)w->expirations <= due + 1, "timer: expirations and most possible",
		      w->expirations, (unsigned long)due);
		timer_settime(w->timer, 0, &off, NULL);
	}
	check(counted == shared_counter, "counter under the mutex", counted, shared_counter);
	check(handed == balls, "balls given and taken", handed, balls);
	check(tokens == tokens_given, "semaphore: taken and given", tokens, tokens_given);
	check(cleaned == cancelled, "threads cancelled and cleaned up", cancelled, cleaned);
	check(end_kib <= quarter_kib + GROWTH_KIB, "memory in KiB after a quarter and in the end",
	      (unsigned long)quarter_kib, (unsigned long)end_kib);
	printf("signals       %10lu queued and handled\n", signals);
	printf("timers        %10lu expirations\n", expired);
	printf("hand-offs     %10lu\n", balls);
	printf("tokens        %10lu\n", tokens);
	printf("forks         %10lu\n", forked);
	printf("threads       %10lu\n", churned);
	printf("cancellations %10lu\n", cancelled);
	printf("memory        %10ld KiB after a quarter, %ld in the end\n", quarter_kib, end_kib);
}

int main(int argc, char **argv)
{
	static void *(*const others[])(void *) = {sends, forks, churns, cancels};
	struct sigaction queued = {.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO | SA_RESTART};
	struct sigaction timed = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO};
	long seconds = argc == 2 ? strtol(argv[1], NULL, 10) : 0, quarter_kib = 0;
	struct timespec timers_started;
	pthread_t threads[4];
	sigset_t ours;

	if (seconds < 1) {
		fprintf(stderr, "usage: soak SECONDS\n");
		return 2;
	}
	/* Only the workers take them. */
	sigemptyset(&ours);
	sigaddset(&ours, SIGRTMIN);
	sigaddset(&ours, SIGRTMIN + 1);
	pthread_sigmask(SIG_BLOCK, &ours, NULL);
	sigaction(SIGRTMIN, &queued, NULL);
	sigaction(SIGRTMIN + 1, &timed, NULL);
	sem_init(&semaphore, 0, WORKERS / 2);
	for (struct worker *w = workers; w < workers + WORKERS; w++)
		need(pthread_create(&w->thread, NULL, works, w) == 0, "pthread_create");
	clock_gettime(CLOCK_MONOTONIC, &timers_started);
	start_timers();
	for (int i = 0; i < 4; i++)
		need(pthread_create(&threads[i], NULL, others[i], "") == 0, "pthread_create");
	await(seconds, &quarter_kib);
	stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	/* Signals to a thread that has ended would be lost, as they should. */
	for (struct worker *w = workers; w < workers + WORKERS; w++)
		drain(w);
	pthread_mutex_lock(&mutex);
	workers_stop = 1;
	pthread_cond_broadcast(&turn_changed);
	pthread_mutex_unlock(&mutex);
	for (struct worker *w = workers; w < workers + WORKERS; w++)
		pthread_join(w->thread, NULL);
	compare(quarter_kib, &timers_started);
	return failures > 0;
}
