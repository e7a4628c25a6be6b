/* SPDX-License-Identifier: MIT */
/*
 * calls WHAT COUNT: makes COUNT calls and prints nanoseconds per call.
 *
 * bare-trap   getppid under a filter that traps it and a handler that returns:
 *             what the kernel and the processor charge for any SIGSYS
 * getppid, mask, wake, wait
 *             the call itself, natively or under fxbox, as it is started
 * threads     create and join
 * ping-pong   two threads hand a word to and fro
 */
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint32_t word;
static long count;

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
}

static void trap_getppid(void)
{
	struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	sigaction(SIGSYS, &action, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("seccomp");
		exit(1);
	}
}

static void getppid_loop(void)
{
	for (long i = 0; i < count; i++)
		syscall(SYS_getppid);
}

static void mask_loop(void)
{
	uint64_t old;

	for (long i = 0; i < count; i++)
		syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &old, 8);
}

static void wake_loop(void)
{
	for (long i = 0; i < count; i++)
		syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void wait_loop(void)
{
	for (long i = 0; i < count; i++)
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
}

static void *nothing(void *arg)
{
	return arg;
}

static void threads_loop(void)
{
	for (long i = 0; i < count; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, nothing, NULL))
			abort();
		pthread_join(thread, NULL);
	}
}

static void take_turns(uint32_t me)
{
	for (long i = 0; i < count; i++) {
		while (atomic_load(&word) != me)
			syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
		atomic_store(&word, !me);
		syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
}

static void *second(void *arg)
{
	take_turns(1);
	return arg;
}

static void ping_pong_loop(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, second, NULL))
		abort();
	take_turns(0);
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*setup)(void);
		void (*loop)(void);
	} what[] = {
		{"bare-trap", trap_getppid, getppid_loop},
		{"getppid", NULL, getppid_loop},
		{"mask", NULL, mask_loop},
		{"wake", NULL, wake_loop},
		{"wait", NULL, wait_loop},
		{"threads", NULL, threads_loop},
		{"ping-pong", NULL, ping_pong_loop},
	};

	if (argc != 3 || (count = atol(argv[2])) <= 0) {
		fputs("usage: calls WHAT COUNT\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof(what) / sizeof(*what); i++) {
		double start;

		if (strcmp(argv[1], what[i].name) != 0)
			continue;
		if (what[i].setup)
			what[i].setup();
		start = now_ns();
		what[i].loop();
		printf("%.1f\n", (now_ns() - start) / (double)count);
		return 0;
	}
	fputs("calls: no such benchmark\n", stderr);
	return 2;
}
