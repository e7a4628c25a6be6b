/* SPDX-License-Identifier: MIT */
#include "tests/differential/worker.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HANG_SECONDS 10

static struct worker workers[MAX_WORKERS];
static __thread struct worker *self;

static void count_signal(int sig)
{
	(void)sig;
	__atomic_add_fetch(&self->signals_seen, 1, __ATOMIC_RELEASE);
}

static void leave_call(int sig)
{
	(void)sig;
	siglongjmp(self->abandon, 1);
}

static void note_early(struct worker *w)
{
	struct timespec now;

	clock_gettime(w->deadline_clock, &now);
	w->early = now.tv_sec < w->deadline.tv_sec ||
		   (now.tv_sec == w->deadline.tv_sec && now.tv_nsec < w->deadline.tv_nsec);
}

static void make_call(struct worker *w)
{
	const uintptr_t *a = w->arg;
	long result;

	/* The handler does not change the mask, so there is none to save. */
	if (sigsetjmp(w->abandon, 0)) {
		w->result = -ABANDONED;
		return;
	}
	result = syscall(w->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	w->result = result < 0 ? -errno : result;
	w->early = false;
	if (w->result == -ETIMEDOUT && w->has_deadline)
		note_early(w);
}

static void *run(void *arg)
{
	struct worker *w = arg;
	uint64_t ignored;

	self = w;
	w->tid = gettid();
	__atomic_store_n(&w->done, 1, __ATOMIC_RELEASE);
	for (;;) {
		if (read(w->command, &ignored, sizeof(ignored)) != sizeof(ignored))
			err(2, "eventfd");
		if (w->exit) {
			syscall(SYS_set_robust_list, w->exit_head, sizeof(*w->exit_head));
			return NULL;
		}
		make_call(w);
		__atomic_store_n(&w->done, 1, __ATOMIC_RELEASE);
	}
}

static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};

	if (sigaction(sig, &sa, NULL) != 0)
		err(2, "sigaction");
}

static void use_one_cpu(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET((size_t)(cpu < 0 ? 0 : cpu), &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		err(2, "sched_setaffinity");
}

void worker_init(void)
{
	use_one_cpu();
	prctl(PR_SET_TIMERSLACK, 1);
	handle(SIGUSR1, count_signal, SA_RESTART);
	handle(SIGUSR2, count_signal, 0);
	handle(SIGRTMIN, leave_call, SA_NODEFER);
	for (unsigned i = 0; i < MAX_WORKERS; i++) {
		workers[i].index = i;
		workers[i].command = eventfd(0, 0);
		if (workers[i].command < 0)
			err(2, "eventfd");
		worker_start(&workers[i]);
	}
}

struct worker *worker_get(unsigned index)
{
	return &workers[index];
}

void worker_start(struct worker *w)
{
	char name[64];
	uint64_t length;
	int rc;

	w->exit = false;
	w->done = 0;
	rc = pthread_create(&w->thread, NULL, run, w);
	if (rc != 0)
		errx(2, "pthread_create: error %d", rc);
	while (!__atomic_load_n(&w->done, __ATOMIC_ACQUIRE))
		sched_yield();
	snprintf(name, sizeof(name), "/proc/self/task/%d/syscall", (int)w->tid);
	w->proc = open(name, O_RDONLY | O_CLOEXEC);
	if (w->proc < 0) {
		warn("%s", name);
		exit(77);
	}
	if (syscall(SYS_get_robust_list, w->tid, &w->robust_first, &length) != 0)
		err(2, "get_robust_list");
	w->robust_now = w->robust_first;
	memory_name_thread(w->index, w->tid);
}

static void command(const struct worker *w)
{
	uint64_t one = 1;

	if (write(w->command, &one, sizeof(one)) != sizeof(one))
		err(2, "eventfd");
}

void worker_call(struct worker *w)
{
	w->done = 0;
	w->in_call = true;
	command(w);
}

/* Whether the thread is switched out in a call that waits on a futex. */
static bool sleeps_in_futex(const struct worker *w)
{
	char text[256];
	ssize_t n = pread(w->proc, text, sizeof(text) - 1, 0);
	long nr;

	if (n <= 0)
		err(2, "/proc/self/task/%d/syscall", (int)w->tid);
	text[n] = '\0';
	if (text[0] < '0' || text[0] > '9')
		return false; /* "running" */
	nr = strtol(text, NULL, 10);
	return nr == SYS_futex || nr == SYS_futex_waitv || nr == 455; /* futex_wait */
}

static bool has_settled(struct worker *w)
{
	if (__atomic_load_n(&w->done, __ATOMIC_ACQUIRE)) {
		w->in_call = false;
		w->must_return = false;
		w->returned = true;
		return true;
	}
	return !w->must_return &&
	       __atomic_load_n(&w->signals_seen, __ATOMIC_ACQUIRE) == w->signals_sent &&
	       sleeps_in_futex(w);
}

static bool settle_one(struct worker *w)
{
	struct timespec begin, now;

	if (!w->in_call || has_settled(w))
		return true;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		sched_yield();
		if (has_settled(w))
			return true;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - begin.tv_sec < HANG_SECONDS);
	return false;
}

bool worker_settle(struct worker *first)
{
	if (first) {
		sched_yield();
		if (!settle_one(first))
			return false;
	}
	for (unsigned i = 0; i < MAX_WORKERS; i++)
		if (!settle_one(&workers[i]))
			return false;
	return true;
}

void worker_signal(struct worker *w, int sig)
{
	if (sig != SIGURG) /* ignored */
		w->signals_sent++;
	if (syscall(SYS_tgkill, getpid(), w->tid, sig) != 0)
		err(2, "tgkill");
}

void worker_abandon(struct worker *w)
{
	if (syscall(SYS_tgkill, getpid(), w->tid, SIGRTMIN) != 0)
		err(2, "tgkill");
	w->must_return = true;
}

void worker_exit(struct worker *w, struct robust_list_head *head)
{
	int rc;

	w->exit = true;
	w->exit_head = head;
	command(w);
	rc = pthread_join(w->thread, NULL);
	if (rc != 0)
		errx(2, "pthread_join: error %d", rc);
	close(w->proc);
}
