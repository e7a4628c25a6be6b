/* SPDX-License-Identifier: MIT */
/*
 * What differs from Linux, shown: `differences NAME` prints one thing natively
 * and another under fxbox. docs/limits.md has the reasons, tests/guests/
 * test_differences.c what each prints.
 */
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>

#include "guest-progs/futex.h"

static uint32_t word;
static pid_t waiter_tid[2];
static int order[2], got;

/* The field of /proc/self/task/TID/stat that holds the priority. */
static long priority_of(pid_t tid)
{
	char path[64], line[512], *at;
	long value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	file = fopen(path, "r");
	need(file && fgets(line, sizeof(line), file));
	fclose(file);
	at = strrchr(line, ')') + 2;
	for (int field = 3; field < 18; field++)
		at = strchr(at, ' ') + 1;
	value = strtol(at, NULL, 10);
	return value;
}

static int become_realtime(pid_t tid, int priority)
{
	struct sched_param param = {.sched_priority = priority};

	return sched_setscheduler(tid, SCHED_FIFO, &param);
}

static void *locks(void *arg)
{
	int number = (int)(long)arg;

	if (become_realtime(0, 10 + 10 * number) < 0) {
		puts("not allowed");
		exit(0);
	}
	__atomic_store_n(&waiter_tid[number], own_tid(), __ATOMIC_RELEASE);
	need(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	order[got++] = number;
	need(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	return arg;
}

/* Field 18 is negative for a thread that runs with a real-time priority. */
static void boost(void)
{
	pthread_t thread;

	need(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	thread = start_thread(locks, (void *)0);
	await_sleep(&waiter_tid[0]);
	printf("the owner's priority is %s\n",
	       priority_of(own_tid()) < 0 ? "the waiter's" : "its own");
	need(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	pthread_join(thread, NULL);
}

/* The less urgent of two waiters becomes the more urgent one while it waits. */
static void resort(void)
{
	pthread_t threads[2];

	need(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	for (int i = 0; i < 2; i++) {
		threads[i] = start_thread(locks, (void *)(long)i);
		await_sleep(&waiter_tid[i]);
	}
	need(become_realtime(waiter_tid[0], 30) == 0);
	need(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	printf("%d %d\n", order[0], order[1]);
}

static void foreign_owner(void)
{
	struct timespec soon;
	pid_t child = fork();

	if (child == 0) {
		pause();
		_exit(0);
	}
	word = (uint32_t)child;
	clock_gettime(CLOCK_REALTIME, &soon);
	say("lock", futex(&word, FUTEX_LOCK_PI, 0, &soon, NULL, 0));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void signalfd_of_a_fault(void)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTRAP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK);
	raise(SIGTRAP);
	say("read", read(fd, &info, sizeof(info)));
}

static void edits_segment(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	(void)info;
	/* The code segment of 32-bit programs: what follows is not code there. */
	uc->uc_mcontext.gregs[REG_CSGSFS] = (uc->uc_mcontext.gregs[REG_CSGSFS] & ~0xffffLL) | 0x23;
}

static void segment_in_a_frame(void)
{
	struct sigaction action = {.sa_sigaction = edits_segment, .sa_flags = SA_SIGINFO};
	pid_t child;

	child = fork();
	if (child == 0) {
		sigaction(SIGUSR1, &action, NULL);
		raise(SIGUSR1);
		_exit(0);
	}
	say_end("return with a 32-bit segment", child);
}

static int line_in(const char *path, const char *start, char *line, size_t size)
{
	FILE *file = fopen(path, "r");
	int found = 0;

	need(file);
	while (!found && fgets(line, (int)size, file))
		found = strstr(line, start) != NULL;
	fclose(file);
	return found;
}

static void caught_signals(void)
{
	char line[256];

	need(line_in("/proc/self/status", "SigCgt:", line, sizeof(line)));
	printf("SIGSEGV is %s\n",
	       strtoul(line + 7, NULL, 16) & 1UL << (SIGSEGV - 1) ? "caught" : "not caught");
}

static void own_memory(void)
{
	void *at = mmap((void *)0x70000000, 4096, PROT_READ,
			MAP_FIXED_NOREPLACE | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	say("mmap at 0x70000000", at == MAP_FAILED ? -1 : 0);
}

static void moved_pages(void)
{
	char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	say("remap_file_pages", syscall(SYS_remap_file_pages, at, 4096, 0, 1, 0));
}

static void below_the_limit(void)
{
	say("dup2", dup2(0, 1008) == 1008 ? 0 : -1);
}

/* They are where nobody meets them, unless the hard limit leaves no room there. */
static void kept_descriptor(void)
{
	const struct rlimit limit = {1024, 1024};

	prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE);
	need(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	execl("/proc/self/exe", "differences", "below_the_limit", NULL);
}

static void privileges(void)
{
	say("PR_GET_NO_NEW_PRIVS", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static void own_filter(void)
{
	/* Asks for nothing: which action is known. */
	uint32_t action = 0x7fff0000;

	say("seccomp", syscall(SYS_seccomp, 2 /* SECCOMP_GET_ACTION_AVAIL */, 0, &action));
}

static void traced(void)
{
	pid_t child = fork();

	if (child == 0) {
		say("ptrace", syscall(SYS_ptrace, 0 /* PTRACE_TRACEME */, 0, 0, 0));
		exit(0);
	}
	waitpid(child, NULL, 0);
}

static void chosen_tid(void)
{
	pid_t tid = 1;
	struct clone_args a = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&tid, .set_tid_size = 1};

	say("clone3", syscall(SYS_clone3, &a, sizeof(a)));
}

static void ring(void)
{
	say("io_uring_setup", syscall(SYS_io_uring_setup, 0, NULL));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*show)(void);
	} all[] = {
		{"boost", boost},
		{"resort", resort},
		{"foreign_owner", foreign_owner},
		{"signalfd", signalfd_of_a_fault},
		{"segment", segment_in_a_frame},
		{"caught", caught_signals},
		{"own_memory", own_memory},
		{"remap_file_pages", moved_pages},
		{"descriptors", kept_descriptor},
		{"below_the_limit", below_the_limit},
		{"no_new_privs", privileges},
		{"seccomp", own_filter},
		{"ptrace", traced},
		{"set_tid", chosen_tid},
		{"io_uring", ring},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (argc == 2 && strcmp(argv[1], all[i].name) == 0) {
			all[i].show();
			fflush(stdout);
			return 0;
		}
	}
	return 2;
}
