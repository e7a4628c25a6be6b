/* SPDX-License-Identifier: MIT */
/*
 * The word that is cleared when a thread lets go of its memory, and the wake of one of those that
 * wait for it: at the end of threads, of processes that share the memory, at their exec, and not
 * at all where nobody else has the memory. With an argument only a process that is killed.
 */
#include <signal.h>
#include <sys/mman.h>

#include "guest-progs/futex.h"

#define STACK (64 * 1024)

enum way { RAW_EXIT, RETURN, EXIT_GROUP, TERM, FAULT, EXEC, WAYS, KILLED = WAYS };

static const char *const way_name[WAYS + 1] = {
	"raw exit", "return", "exit_group", "SIGTERM", "SIGSEGV", "exec", "SIGKILL",
};

static uint32_t word, other_word;
static int leave, elsewhere; /* elsewhere: the word is changed by set_tid_address */
static char *stack;
static char true_name[] = "/bin/true";

static int child(void *arg)
{
	if (elsewhere)
		syscall(SYS_set_tid_address, &word);
	await_that(__atomic_load_n(&leave, __ATOMIC_ACQUIRE));
	switch ((enum way)(long)arg) {
	case RAW_EXIT:
		syscall(SYS_exit, 7);
		break;
	case EXIT_GROUP:
		_exit(7);
	case TERM:
		kill(getpid(), SIGTERM);
		break;
	case FAULT:
		*(volatile int *)NULL = 1; /* NOLINT */
		break;
	case KILLED:
		kill(getpid(), SIGKILL);
		break;
	case EXEC:
		execv(true_name, (char *[]){true_name, NULL});
		break;
	default:
		break;
	}
	return 7;
}

/* Two wait for the word; one is woken by the end, the other is left for us. */
static int start(const char *who, enum way way, int flags)
{
	struct futex_waiter w[2];
	int tid;

	word = 1;
	other_word = 1;
	leave = 0;
	fflush(stdout);
	tid = clone(child, stack + STACK, flags | CLONE_VM | CLONE_CHILD_CLEARTID,
		    (void *)(long)way, NULL, NULL, elsewhere ? &other_word : &word);
	need(tid > 0);
	for (int i = 0; i < 2; i++) {
		w[i] = (struct futex_waiter){.word = &word, .op = FUTEX_WAIT, .val = 1};
		futex_waiter_start(&w[i]);
	}
	__atomic_store_n(&leave, 1, __ATOMIC_RELEASE);
	futex_waiter_say("first", &w[0]);
	printf("%s, %s: word %u, other word %u\n", who, way_name[way],
	       __atomic_load_n(&word, __ATOMIC_SEQ_CST), other_word);
	say("left", futex(&word, FUTEX_WAKE, 9, NULL, NULL, 0));
	futex_waiter_say("second", &w[1]);
	return tid;
}

static void threads(void)
{
	int flags = CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	for (enum way way = RAW_EXIT; way <= RETURN; way++)
		start("thread", way, flags);
}

static void processes(void)
{
	for (enum way way = RAW_EXIT; way < WAYS; way++)
		say_end("process", start("process with our memory", way, SIGCHLD));
}

struct vfork {
	enum way way;
	pid_t pid;
};

/* The parent sleeps in vfork; when it goes on, the word has been cleared. */
static void *vforks(void *arg)
{
	struct vfork *v = arg;

	v->pid = vfork();
	if (v->pid == 0) {
		syscall(SYS_set_tid_address, &word);
		if (v->way == EXEC)
			execv(true_name, (char *[]){true_name, NULL});
		if (v->way == TERM)
			kill(getpid(), SIGTERM);
		if (v->way == KILLED)
			kill(getpid(), SIGKILL);
		if (v->way == RAW_EXIT)
			syscall(SYS_exit, 7);
		_exit(7);
	}
	return NULL;
}

static void vfork_children(void)
{
	static const enum way ways[] = {RAW_EXIT, EXIT_GROUP, TERM, KILLED, EXEC};

	for (int i = 0; i < 5; i++) {
		struct futex_waiter w = {.word = &word, .op = FUTEX_WAIT, .val = 1};
		struct vfork v = {.way = ways[i]};
		pthread_t thread;

		word = 1;
		fflush(stdout);
		futex_waiter_start(&w);
		thread = start_thread(vforks, &v);
		pthread_join(thread, NULL);
		printf("vfork child, %s: word %u\n", way_name[v.way], word);
		futex_waiter_say("waiter", &w);
		say_end("vfork child", v.pid);
	}
}

/* A forked child is alone with its memory: its word stays, also where we can see it. */
static void forked(void)
{
	static const enum way ways[] = {RAW_EXIT, EXIT_GROUP, TERM, EXEC};
	uint32_t *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	need(shared != MAP_FAILED);
	for (int i = 0; i < 4; i++) {
		pid_t pid;

		*shared = 1;
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			syscall(SYS_set_tid_address, shared);
			elsewhere = 0;
			leave = 1;
			child((void *)(long)ways[i]);
		}
		say_end("forked child", pid);
		printf("forked child, %s: word %u\n", way_name[ways[i]], *shared);
	}
}

/* The last thread of a forked child is alone again; the first was not when it ended. */
static void *outlives(void *arg)
{
	uint32_t *shared = arg;

	await_that(!__atomic_load_n(&shared[0], __ATOMIC_ACQUIRE));
	syscall(SYS_set_tid_address, &shared[1]);
	syscall(SYS_exit, 0);
	return arg;
}

static void last_of_two(void)
{
	uint32_t *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	need(shared != MAP_FAILED);
	shared[0] = shared[1] = 1;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_set_tid_address, &shared[0]);
		start_thread(outlives, shared);
		syscall(SYS_exit, 0);
	}
	say_end("two threads", pid);
	printf("first thread's word %u\n", shared[0]);
}

int main(int argc, char **argv)
{
	(void)argv;
	stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(stack != MAP_FAILED);
	if (argc > 1) {
		say_end("process", start("process with our memory", KILLED, SIGCHLD));
		return 0;
	}
	for (elsewhere = 0; elsewhere < 2; elsewhere++) {
		threads();
		processes();
	}
	elsewhere = 0;
	vfork_children();
	forked();
	last_of_two();
	return 0;
}
