/* SPDX-License-Identifier: MIT */
/*
 * Every way in which one thread can end while others go on, and what those that wait learn:
 * robust mutexes of both kinds, and a list of the thread's own with a pending operation.
 */
#include <semaphore.h>
#include <signal.h>

#include "guest-progs/futex.h"

enum way { RAW_EXIT, RETURN, PTHREAD_EXIT, CANCEL, CANCEL_ASYNC, CANCEL_IN_WAIT, EXIT_IN_WAIT };

static const char *const way_name[] = {
	"raw exit",
	"return",
	"pthread_exit",
	"cancelled, deferred",
	"cancelled, asynchronous",
	"cancelled in a wait",
	"exit in a wait",
};

struct node {
	struct robust_list link;
	uint32_t word;
};

static enum way way;
static pthread_mutex_t mutex[2]; /* plain, with priority inheritance */
static struct node plain, pi, pending;
static struct robust_list_head head;
static uint32_t never;
static sem_t nothing;
static volatile int go;
static pid_t owner_tid;
static int owns;

static void leave(int signal)
{
	(void)signal;
	syscall(SYS_exit, 0);
}

static void end(void)
{
	struct timespec while_alive = {100, 0};

	__atomic_store_n(&owner_tid, own_tid(), __ATOMIC_RELEASE);
	__atomic_store_n(&owns, 1, __ATOMIC_RELEASE);
	if (way == CANCEL_ASYNC)
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	if (way == EXIT_IN_WAIT)
		futex(&never, FUTEX_WAIT_PRIVATE, 0, &while_alive, NULL, 0);
	if (way == CANCEL_IN_WAIT)
		sem_wait(&nothing);
	while (!go || way == CANCEL_ASYNC)
		if (way == CANCEL)
			pthread_testcancel();
	if (way == RAW_EXIT)
		syscall(SYS_exit, 0);
	if (way == PTHREAD_EXIT)
		pthread_exit(NULL);
}

static void *locks_and_ends(void *arg)
{
	need(pthread_mutex_lock(&mutex[0]) == 0);
	need(pthread_mutex_lock(&mutex[1]) == 0);
	end();
	return arg;
}

static void *lists_and_ends(void *arg)
{
	uint32_t tid = (uint32_t)own_tid();

	head.list.next = &plain.link;
	plain.link.next = (struct robust_list *)((uintptr_t)&pi.link | 1);
	pi.link.next = &head.list;
	head.futex_offset = offsetof(struct node, word);
	head.list_op_pending = &pending.link;
	plain.word = tid | FUTEX_WAITERS;
	pi.word = tid;
	pending.word = 0;
	syscall(SYS_set_robust_list, &head, sizeof(head));
	end();
	return arg;
}

struct locker {
	pthread_mutex_t *mutex;
	pid_t tid;
	int result;
	pthread_t thread;
};

static void *wants_mutex(void *arg)
{
	struct locker *l = arg;

	__atomic_store_n(&l->tid, own_tid(), __ATOMIC_RELEASE);
	l->result = pthread_mutex_lock(l->mutex);
	pthread_mutex_consistent(l->mutex);
	pthread_mutex_unlock(l->mutex);
	return NULL;
}

static void *wants_pi_word(void *arg)
{
	struct futex_waiter *w = arg;

	__atomic_store_n(&w->tid, own_tid(), __ATOMIC_RELEASE);
	w->result = futex(w->word, FUTEX_LOCK_PI, 0, NULL, NULL, 0);
	w->error = errno;
	return NULL;
}

static pthread_t start_owner(void *(*routine)(void *))
{
	pthread_t owner;

	go = 0;
	owns = 0;
	owner_tid = 0;
	owner = start_thread(routine, NULL);
	await_that(__atomic_load_n(&owns, __ATOMIC_ACQUIRE));
	return owner;
}

static void end_owner(pthread_t owner)
{
	go = 1;
	if (way == CANCEL_IN_WAIT || way == EXIT_IN_WAIT)
		await_sleep(&owner_tid);
	if (way == EXIT_IN_WAIT)
		syscall(SYS_tgkill, getpid(), owner_tid, SIGUSR1);
	else if (way == CANCEL || way == CANCEL_ASYNC || way == CANCEL_IN_WAIT)
		need(pthread_cancel(owner) == 0);
	pthread_join(owner, NULL);
}

static void with_mutexes(void)
{
	struct locker locker[2] = {{.mutex = &mutex[0]}, {.mutex = &mutex[1]}};
	pthread_t owner = start_owner(locks_and_ends);

	for (int i = 0; i < 2; i++) {
		locker[i].thread = start_thread(wants_mutex, &locker[i]);
		await_sleep(&locker[i].tid);
	}
	end_owner(owner);
	for (int i = 0; i < 2; i++) {
		pthread_join(locker[i].thread, NULL);
		printf("%s, %s: %s\n", way_name[way], i ? "PI mutex" : "mutex",
		       errno_name(locker[i].result));
		printf("lock: %d\n", pthread_mutex_lock(&mutex[i]));
		printf("unlock: %d\n", pthread_mutex_unlock(&mutex[i]));
	}
}

static void say_word(const char *what, uint32_t word)
{
	printf("%s:%s%s, tid %s\n", what, word & FUTEX_OWNER_DIED ? " OWNER_DIED" : "",
	       word & FUTEX_WAITERS ? " WAITERS" : "", word & FUTEX_TID_MASK ? "kept" : "0");
}

static void with_a_list(void)
{
	pthread_t owner = start_owner(lists_and_ends);
	struct futex_waiter on_plain[2] = {
		{.word = &plain.word, .op = FUTEX_WAIT, .val = plain.word},
		{.word = &plain.word, .op = FUTEX_WAIT, .val = plain.word}};
	struct futex_waiter on_pending = {.word = &pending.word, .op = FUTEX_WAIT};
	struct futex_waiter on_pi = {.word = &pi.word};

	for (int i = 0; i < 2; i++)
		futex_waiter_start(&on_plain[i]);
	futex_waiter_start(&on_pending);
	on_pi.thread = start_thread(wants_pi_word, &on_pi);
	await_sleep(&on_pi.tid);
	end_owner(owner);
	say_word("plain word", plain.word);
	/* One was woken, the other is left. */
	say("plain word, left", futex(&plain.word, FUTEX_WAKE, 9, NULL, NULL, 0));
	futex_waiter_say("plain word, first", &on_plain[0]);
	futex_waiter_say("plain word, second", &on_plain[1]);
	futex_waiter_say("pending word", &on_pending);
	futex_waiter_say("PI word", &on_pi);
	printf("PI word is the waiter's: %d\n", (pi.word & FUTEX_TID_MASK) == (uint32_t)on_pi.tid);
}

int main(void)
{
	struct sigaction action = {.sa_handler = leave};
	pthread_mutexattr_t attr;

	sigaction(SIGUSR1, &action, NULL);
	sem_init(&nothing, 0, 0);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mutex[0], &attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&mutex[1], &attr);
	for (way = RAW_EXIT; way <= EXIT_IN_WAIT; way++) {
		with_mutexes();
		with_a_list();
	}
	return 0;
}
