/* SPDX-License-Identifier: MIT */
/*
 * Every way in which a process, or a thread of it, can end while it holds what it shares with
 * its parent: robust mutexes of both kinds, and a list of its own with a pending operation. The
 * parent waits for all of them. Only after an exec by a thread that is not the first it looks at
 * the words instead: such a thread has another ID by the time its list is walked, so nothing is
 * marked (so Linux).
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "guest-progs/futex.h"

enum way {
	THREAD_EXIT,
	THREAD_RETURN,
	THREAD_CANCELLED,
	THREAD_CANCELLED_ASYNC,
	LEADER_EXIT,
	LAST_EXIT,
	EXIT_GROUP,
	EXIT_GROUP_BY_ANOTHER,
	EXIT_GROUP_IN_WAIT,
	TERM_IN_WAIT,
	TERM_RUNNING,
	KILLED,
	FAULT,
	FAULT_OF_ANOTHER,
	EXEC,
	EXEC_BY_THREAD,
	EXEC_BY_ANOTHER,
	EXEC_BY_ANOTHER_IN_WAIT,
	WAYS
};

static const char *const way_name[WAYS] = {
	"raw exit of a thread",
	"return of a thread",
	"cancelled thread",
	"thread cancelled asynchronously",
	"raw exit of the first thread",
	"raw exit of the only thread",
	"exit_group",
	"exit_group by another",
	"exit_group by another, owner in a wait",
	"SIGTERM, owner in a wait",
	"SIGTERM, owner running",
	"SIGKILL",
	"SIGSEGV",
	"SIGSEGV of another",
	"exec",
	"exec by a thread that owns",
	"exec by another",
	"exec by another, owner in a wait",
};

struct node {
	struct robust_list link;
	uint32_t word;
};

static struct shared {
	pthread_mutex_t mutex[2]; /* plain, with priority inheritance */
	struct robust_list_head head;
	struct node plain, pi, pending;
	int owned;
} * s;

static enum way way;
static int raw;			 /* the list of its own, or the mutexes */
static int keep[2], executed[2]; /* the second is closed by an exec */
static uint32_t never;

static void own_list(void)
{
	uint32_t tid = (uint32_t)own_tid();

	s->head.list.next = &s->plain.link;
	s->plain.link.next = (struct robust_list *)((uintptr_t)&s->pi.link | 1);
	s->pi.link.next = &s->head.list;
	s->head.futex_offset = offsetof(struct node, word);
	s->head.list_op_pending = &s->pending.link;
	s->plain.word = tid | FUTEX_WAITERS;
	s->pi.word = tid;
	s->pending.word = 0;
	need(syscall(SYS_set_robust_list, &s->head, sizeof(s->head)) == 0);
}

static void own(void)
{
	if (raw) {
		own_list();
	} else {
		need(pthread_mutex_lock(&s->mutex[0]) == 0);
		need(pthread_mutex_lock(&s->mutex[1]) == 0);
	}
	__atomic_store_n(&s->owned, 1, __ATOMIC_RELEASE);
}

/* Until the parent closes its end, which it does when it has been told. */
static void stay(void)
{
	char c;

	close(keep[1]);
	while (read(keep[0], &c, 1) < 0)
		;
}

/* The parent waits for what is owned. */
static void await_waiters(void)
{
	char c;

	need(read(keep[0], &c, 1) == 1);
}

static void execute(void)
{
	char fd[16];

	snprintf(fd, sizeof(fd), "%d", keep[0]);
	close(keep[1]);
	execl("/proc/self/exe", "stays", fd, NULL);
	_exit(98);
}

static void fault(void)
{
	*(volatile int *)NULL = 1; /* NOLINT */
}

static void *another(void *arg)
{
	await_sleep(arg);
	await_waiters();
	switch (way) {
	case EXIT_GROUP_BY_ANOTHER:
	case EXIT_GROUP_IN_WAIT:
		_exit(3);
	case FAULT_OF_ANOTHER:
		fault();
		break;
	case TERM_IN_WAIT:
		kill(getpid(), SIGTERM);
		break;
	default:
		execute();
	}
	return arg;
}

static void *another_of_running(void *arg)
{
	await_waiters();
	if (way == EXIT_GROUP_BY_ANOTHER)
		_exit(3);
	if (way == EXEC_BY_ANOTHER)
		execute();
	if (way == FAULT_OF_ANOTHER)
		fault();
	kill(getpid(), SIGTERM);
	return arg;
}

static void *owner(void *arg)
{
	own();
	if (way == THREAD_CANCELLED_ASYNC)
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	while (way == THREAD_CANCELLED_ASYNC)
		;
	while (way == THREAD_CANCELLED)
		pthread_testcancel();
	await_waiters();
	if (way == EXEC_BY_THREAD)
		execute();
	if (way == THREAD_EXIT)
		syscall(SYS_exit, 0);
	return arg;
}

static void *stays_for_leader(void *arg)
{
	stay();
	_exit(4);
	return arg;
}

static void child(void)
{
	static pid_t tid;
	pthread_t thread;

	prctl(PR_SET_DUMPABLE, 0);
	switch (way) {
	case THREAD_EXIT:
	case THREAD_RETURN:
	case EXEC_BY_THREAD:
		pthread_join(start_thread(owner, NULL), NULL);
		stay();
		_exit(1);
	case THREAD_CANCELLED:
	case THREAD_CANCELLED_ASYNC:
		thread = start_thread(owner, NULL);
		await_waiters();
		pthread_cancel(thread);
		pthread_join(thread, NULL);
		stay();
		_exit(1);
	case EXIT_GROUP_IN_WAIT:
	case TERM_IN_WAIT:
	case EXEC_BY_ANOTHER_IN_WAIT:
		start_thread(another, &tid);
		own();
		__atomic_store_n(&tid, own_tid(), __ATOMIC_RELEASE);
		futex(&never, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
		_exit(97);
	case EXIT_GROUP_BY_ANOTHER:
	case EXEC_BY_ANOTHER:
	case FAULT_OF_ANOTHER:
	case TERM_RUNNING:
		start_thread(another_of_running, NULL);
		own();
		for (;;)
			;
	default:
		break;
	}
	own();
	await_waiters();
	switch (way) {
	case LEADER_EXIT:
		start_thread(stays_for_leader, NULL);
		syscall(SYS_exit, 0);
		break;
	case LAST_EXIT:
		syscall(SYS_exit, 2);
		break;
	case KILLED:
		kill(getpid(), SIGKILL);
		break;
	case FAULT:
		fault();
		break;
	case EXEC:
		execute();
		break;
	default:
		_exit(2);
	}
}

struct waiter {
	int which;
	pid_t tid;
	long result;
	int error;
	pthread_t thread;
};

/* 0, 1: the mutexes; 2 to 4: the plain, the pending and the PI word of the list. */
static void *waits(void *arg)
{
	struct waiter *w = arg;

	__atomic_store_n(&w->tid, own_tid(), __ATOMIC_RELEASE);
	switch (w->which) {
	case 0:
	case 1:
		w->error = pthread_mutex_lock(&s->mutex[w->which]);
		w->result = w->error ? -1 : 0;
		pthread_mutex_consistent(&s->mutex[w->which]);
		pthread_mutex_unlock(&s->mutex[w->which]);
		return NULL;
	case 2:
		w->result = futex(&s->plain.word, FUTEX_WAIT, s->plain.word, NULL, NULL, 0);
		break;
	case 3:
		w->result = futex(&s->pending.word, FUTEX_WAIT, 0, NULL, NULL, 0);
		break;
	default:
		w->result = futex(&s->pi.word, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
	}
	w->error = errno;
	return NULL;
}

static void init_mutexes(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->mutex[0], &attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&s->mutex[1], &attr);
}

static void await_all(void)
{
	static const char *const what[] = {"mutex", "PI mutex", "plain word", "pending word",
					   "PI word"};
	int from = raw ? 2 : 0, to = raw ? 5 : 2;
	struct waiter w[5];

	for (int i = from; i < to; i++) {
		w[i] = (struct waiter){.which = i};
		w[i].thread = start_thread(waits, &w[i]);
		await_sleep(&w[i].tid);
	}
	need(write(keep[1], "x", 1) == 1);
	for (int i = from; i < to; i++) {
		pthread_join(w[i].thread, NULL);
		errno = w[i].error;
		printf("%s, ", way_name[way]);
		say(what[i], w[i].result);
	}
	if (raw)
		printf("plain word %#x, PI word owned %d\n", s->plain.word,
		       (s->pi.word & FUTEX_TID_MASK) == (uint32_t)w[4].tid);
}

static void look(void)
{
	char c;

	need(write(keep[1], "x", 1) == 1);
	need(read(executed[0], &c, 1) == 0);
	printf("%s: mutexes %s, words marked %d %d\n", way_name[way],
	       raw ? "unused"
	       : pthread_mutex_trylock(&s->mutex[0]) == EBUSY &&
			       pthread_mutex_trylock(&s->mutex[1]) == EBUSY
		       ? "busy"
		       : "free",
	       (s->plain.word & FUTEX_OWNER_DIED) != 0, (s->pi.word & FUTEX_OWNER_DIED) != 0);
}

static void play(void)
{
	pid_t pid;

	memset(s, 0, sizeof(*s));
	init_mutexes();
	need(pipe(keep) == 0 && pipe2(executed, O_CLOEXEC) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		child();
	close(keep[0]);
	close(executed[1]);
	await_that(__atomic_load_n(&s->owned, __ATOMIC_ACQUIRE));
	if (way == EXEC_BY_THREAD)
		look();
	else
		await_all();
	close(keep[1]);
	close(executed[0]);
	say_end("child", pid);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		keep[0] = atoi(argv[1]);
		keep[1] = -1;
		stay();
		return 5;
	}
	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(s != MAP_FAILED);
	for (way = 0; way < WAYS; way++)
		for (raw = 0; raw < 2; raw++)
			play();
	return 0;
}
