/* SPDX-License-Identifier: MIT */
/*
 * Threads in all kinds of calls that wait, while somebody asks again and again where they are: no
 * call ends early or with EINTR. Goes on until standard input ends.
 */
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

#include "guest-progs/futex.h"

#define SHORT_MS 20

static int pipes[3][2], sockets[2];
static sem_t sem;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static uint32_t word;
static atomic_int over;

static long since_ms(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
}

static long reads(void)
{
	char c;

	return read(pipes[0][0], &c, 1);
}

static long polls(void)
{
	struct pollfd p = {.fd = pipes[1][0], .events = POLLIN};

	return poll(&p, 1, -1);
}

static long epolls(void)
{
	struct epoll_event e = {.events = EPOLLIN};
	int fd = epoll_create1(0);

	need(epoll_ctl(fd, EPOLL_CTL_ADD, pipes[1][0], &e) == 0);
	return epoll_wait(fd, &e, 1, -1);
}

static long selects(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(pipes[1][0], &set);
	return select(pipes[1][0] + 1, &set, NULL, NULL, NULL);
}

static long receives(void)
{
	char c;

	return recv(sockets[0], &c, 1, 0);
}

static long posts(void)
{
	return sem_wait(&sem);
}

static long waits(void)
{
	long r;

	pthread_mutex_lock(&mutex);
	while (!over)
		if ((r = pthread_cond_wait(&cond, &mutex)) != 0)
			return r;
	pthread_mutex_unlock(&mutex);
	return 0;
}

static long futexes(void)
{
	long r = futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);

	/* Standard input may have ended before it began. */
	return r == -1 && errno == EAGAIN && __atomic_load_n(&word, __ATOMIC_RELAXED) ? 0 : r;
}

static long signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return sigwaitinfo(&set, NULL) == SIGUSR1;
}

/* Not one comes back before its time, or with anything but what its time's end gives. */
static long repeats(long (*once)(void), long expected)
{
	while (!over) {
		struct timespec start;
		long r;

		clock_gettime(CLOCK_MONOTONIC, &start);
		r = once();
		if (r != expected)
			return r;
		if (!over && since_ms(&start) < SHORT_MS - 1)
			return -1000;
	}
	return 0;
}

static const struct timespec a_while = {.tv_nsec = SHORT_MS * 1000000};

static long sleep_once(void)
{
	return nanosleep(&a_while, NULL);
}

static long poll_once(void)
{
	return poll(NULL, 0, SHORT_MS);
}

static long wait_once(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, NULL, &a_while) == -1 ? errno : 0;
}

/* Once all is over the word is another one, and there is nothing to wait for. */
static long futex_once(void)
{
	long r = futex(&word, FUTEX_WAIT_PRIVATE, 0, &a_while, NULL, 0) == -1 ? errno : 0;

	return r == EAGAIN && over ? ETIMEDOUT : r;
}

static long sleeps(void)
{
	return repeats(sleep_once, 0);
}

static long polls_for_a_time(void)
{
	return repeats(poll_once, 0);
}

static long waits_for_a_time(void)
{
	return repeats(wait_once, EAGAIN);
}

static long futexes_for_a_time(void)
{
	uint32_t seen = __atomic_load_n(&word, __ATOMIC_RELAXED);

	return seen ? 0 : repeats(futex_once, ETIMEDOUT);
}

/* What it has in registers stays what it was. */
static long counts(void)
{
	unsigned long a = 1, b = 1, c = 1;

	while (!over) {
		for (int i = 0; i < 1000; i++) {
			a = a * 6364136223846793005UL + 1;
			b = b * 6364136223846793005UL + 1;
			c = c * 6364136223846793005UL + 1;
			__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c));
		}
		if (a != b || b != c)
			return -1;
	}
	return 0;
}

/* Makes calls that do not wait, one after the other. */
static long calls(void)
{
	pid_t own = getpid();

	while (!over)
		if (getppid() <= 0 || (pid_t)syscall(SYS_getpid) != own)
			return -1;
	return 0;
}

static const struct {
	const char *name;
	long (*run)(void);
} kinds[] = {
	{"read", reads},
	{"poll", polls},
	{"epoll_wait", epolls},
	{"select", selects},
	{"recv", receives},
	{"sem_wait", posts},
	{"pthread_cond_wait", waits},
	{"futex", futexes},
	{"sigwaitinfo", signals},
	{"nanosleep", sleeps},
	{"poll for a time", polls_for_a_time},
	{"sigtimedwait", waits_for_a_time},
	{"futex for a time", futexes_for_a_time},
	{"counting", counts},
	{"calls", calls},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static long results[KINDS];

static void *run(void *arg)
{
	size_t kind = (size_t)arg;

	results[kind] = kinds[kind].run();
	if (results[kind] < 0 && results[kind] != -1000)
		results[kind] = -errno;
	return NULL;
}

int main(void)
{
	pthread_t thread[KINDS];
	sigset_t set;
	char c;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 3; i++)
		need(pipe(pipes[i]) == 0);
	need(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	sem_init(&sem, 0, 0);
	for (size_t i = 0; i < KINDS; i++)
		thread[i] = start_thread(run, (void *)i);
	need(read(STDIN_FILENO, &c, 1) == 0);
	need(write(pipes[0][1], "x", 1) == 1);
	need(write(pipes[1][1], "x", 1) == 1);
	need(send(sockets[1], "x", 1, 0) == 1);
	sem_post(&sem);
	pthread_mutex_lock(&mutex);
	over = 1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	__atomic_store_n(&word, 1, __ATOMIC_RELEASE);
	await_that(futex(&word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) == 0);
	pthread_kill(thread[8], SIGUSR1);
	for (size_t i = 0; i < KINDS; i++) {
		pthread_join(thread[i], NULL);
		printf("%s: %ld\n", kinds[i].name, results[i]);
	}
	return 0;
}
