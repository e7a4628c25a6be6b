/* SPDX-License-Identifier: MIT */
/*
 * calls WHAT COUNT: does WHAT COUNT times and prints the nanoseconds that one takes.
 *
 * bare-trap   getppid under a filter that traps it and a handler that returns:
 *             what the kernel and the processor charge for any SIGSYS
 * getppid, read, mask, wake, wait
 *             the call itself, natively or under fxbox, as it is started
 * write-N     N bytes to standard error: what a line of a log costs that is written at once
 * gather-N    N bytes, copied and written when there are 256 KiB: what it costs at least
 * words-N     wakes of N words in turn, on none of which anybody waits
 * threads     create and join
 * ping-pong   two threads hand a word to and fro, wherever the host runs them
 * apart       the same, each on a CPU of its own
 * spin        the same as apart, without a call: what the hardware charges for the hand-over
 * broadcast-N one wake for N threads, and until all of them wait again
 * requeue-N   N waiters from one word to another, and back the next time
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint32_t word, other;
static long count;
static long size; /* the N of the name */

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

static int zero;

static void open_zero(void)
{
	zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (zero < 0) {
		perror("/dev/zero");
		exit(1);
	}
}

static void read_loop(void)
{
	char byte;

	for (long i = 0; i < count; i++)
		if (read(zero, &byte, 1) != 1)
			exit(1);
}

#define GATHERED (256 << 10)

static void gather_loop(void)
{
	static char line[1024], buffer[GATHERED];
	size_t length = (size_t)size, used = 0;

	if (length > sizeof(line))
		abort();
	memset(line, '-', length);
	for (long i = 0; i < count; i++) {
		if (used + length > sizeof(buffer)) {
			if (write(STDERR_FILENO, buffer, used) != (ssize_t)used)
				abort();
			used = 0;
		}
		memcpy(buffer + used, line, length);
		used += length;
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

static void write_loop(void)
{
	char *line = malloc((size_t)size);

	if (!line)
		abort();
	memset(line, '-', (size_t)size);
	for (long i = 0; i < count; i++)
		if (write(STDERR_FILENO, line, (size_t)size) != size)
			abort();
	free(line);
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

static long futex(_Atomic uint32_t *uaddr, int op, uint32_t val)
{
	return syscall(SYS_futex, uaddr, op, val, NULL, NULL, 0);
}

static void words_loop(void)
{
	struct {
		_Alignas(64) _Atomic uint32_t word;
	} *lines = calloc((size_t)size, sizeof(*lines));

	if (!lines)
		abort();
	for (long i = 0; i < count; i++)
		futex(&lines[i % size].word, FUTEX_WAKE_PRIVATE, 1);
	free(lines);
}

/* To the first or the last CPU that this program may use. */
static void go_to(bool last)
{
	cpu_set_t may, one;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(may), &may))
		abort();
	for (size_t i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &may))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		if (!last)
			break;
	}
	if (sched_setaffinity(0, sizeof(one), &one))
		abort();
}

static void take_turns(uint32_t me)
{
	for (long i = 0; i < count; i++) {
		while (atomic_load(&word) != me)
			futex(&word, FUTEX_WAIT_PRIVATE, !me);
		atomic_store(&word, !me);
		futex(&word, FUTEX_WAKE_PRIVATE, 1);
	}
}

static void spin(uint32_t me)
{
	for (long i = 0; i < count; i++) {
		while (atomic_load_explicit(&word, memory_order_acquire) != me)
			__builtin_ia32_pause();
		atomic_store_explicit(&word, !me, memory_order_release);
	}
}

struct game {
	void (*turns)(uint32_t me);
	bool apart;
};

static void *second(void *arg)
{
	const struct game *game = arg;

	if (game->apart)
		go_to(true);
	game->turns(1);
	return NULL;
}

static void play(struct game game)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, second, &game))
		abort();
	if (game.apart)
		go_to(false);
	game.turns(0);
	pthread_join(thread, NULL);
}

static void ping_pong_loop(void)
{
	play((struct game){take_turns, false});
}

static void apart_loop(void)
{
	play((struct game){take_turns, true});
}

static void spin_loop(void)
{
	play((struct game){spin, true});
}

static pthread_t *start_many(void *(*body)(void *))
{
	pthread_t *threads = calloc((size_t)size, sizeof(*threads));

	for (long i = 0; i < size; i++)
		if (!threads || pthread_create(&threads[i], NULL, body, NULL))
			abort();
	return threads;
}

static void join_many(pthread_t *threads)
{
	for (long i = 0; i < size; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

/* word: the round that runs; other: how many are still in it. */
static void *listen(void *arg)
{
	for (uint32_t round = 0; round < count; round++) {
		while (atomic_load(&word) == round)
			futex(&word, FUTEX_WAIT_PRIVATE, round);
		if (atomic_fetch_sub(&other, 1) == 1)
			futex(&other, FUTEX_WAKE_PRIVATE, 1);
	}
	return arg;
}

static void broadcast_loop(void)
{
	pthread_t *threads = start_many(listen);

	for (long i = 0; i < count; i++) {
		uint32_t left;

		atomic_store(&other, (uint32_t)size);
		atomic_fetch_add(&word, 1);
		futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX);
		while ((left = atomic_load(&other)) != 0)
			futex(&other, FUTEX_WAIT_PRIVATE, left);
	}
	join_many(threads);
}

static void *wait_until_moved(void *arg)
{
	futex(&word, FUTEX_WAIT_PRIVATE, 0);
	return arg;
}

static long move_all(_Atomic uint32_t *from, _Atomic uint32_t *to)
{
	return syscall(SYS_futex, from, FUTEX_REQUEUE_PRIVATE, 0, INT_MAX, to, 0);
}

static pthread_t *moved;

static void gather(void)
{
	long n = 0;

	moved = start_many(wait_until_moved);
	while (n < size) {
		n += move_all(&word, &other);
		sched_yield();
	}
}

static void requeue_loop(void)
{
	for (long i = 0; i < count; i++)
		if ((i % 2 ? move_all(&word, &other) : move_all(&other, &word)) != size)
			abort();
}

static void dismiss(void)
{
	futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX);
	futex(&other, FUTEX_WAKE_PRIVATE, INT_MAX);
	join_many(moved);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name; /* one that ends in `-` is followed by a number */
		void (*setup)(void);
		void (*loop)(void);
		void (*after)(void);
	} what[] = {
		{"bare-trap", trap_getppid, getppid_loop, NULL},
		{"getppid", NULL, getppid_loop, NULL},
		{"read", open_zero, read_loop, NULL},
		{"mask", NULL, mask_loop, NULL},
		{"wake", NULL, wake_loop, NULL},
		{"wait", NULL, wait_loop, NULL},
		{"write-", NULL, write_loop, NULL},
		{"gather-", NULL, gather_loop, NULL},
		{"words-", NULL, words_loop, NULL},
		{"threads", NULL, threads_loop, NULL},
		{"ping-pong", NULL, ping_pong_loop, NULL},
		{"apart", NULL, apart_loop, NULL},
		{"spin", NULL, spin_loop, NULL},
		{"broadcast-", NULL, broadcast_loop, NULL},
		{"requeue-", gather, requeue_loop, dismiss},
	};

	if (argc != 3 || (count = atol(argv[2])) <= 0) {
		fputs("usage: calls WHAT COUNT\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof(what) / sizeof(*what); i++) {
		size_t length = strlen(what[i].name);
		bool sized = what[i].name[length - 1] == '-';
		double start;

		if (strncmp(argv[1], what[i].name, sized ? length : length + 1) != 0 ||
		    (sized && (size = atol(argv[1] + length)) <= 0))
			continue;
		if (what[i].setup)
			what[i].setup();
		start = now_ns();
		what[i].loop();
		printf("%.1f\n", (now_ns() - start) / (double)count);
		if (what[i].after)
			what[i].after();
		return 0;
	}
	fputs("calls: no such benchmark\n", stderr);
	return 2;
}
