/* SPDX-License-Identifier: MIT */
/*
 * FS belongs to the program, whose threads may share one base, exchange theirs, or have one
 * where nothing is: busy call sites know who calls all the same. Each thread has a signal mask
 * of its own, which it asks for.
 *
 * site_fs threads: only threads as there are everywhere.
 *
 * While FS is another the C library is not called, and no stack is protected.
 */
#include <asm/prctl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>

#include "guest-progs/site.h"

#define PLAIN __attribute__((noinline, optimize("no-stack-protector")))

enum { STACK = 65536, AREA = 1024 };

/* As a thread's: the first word is its own address. The rest is for who looks for a canary. */
struct area {
	uintptr_t self;
	uintptr_t rest[AREA];
} __attribute__((aligned(4096)));

static struct area area[4];
static uint32_t gate, out[2];

static inline long raw(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

/* The one site that is busy. */
PLAIN static uint64_t mask_now(void)
{
	uint64_t mask = 0;
	register long r10 __asm__("r10") = sizeof(mask);
	long result = SYS_rt_sigprocmask;

	__asm__ volatile("movl $14, %%eax\n\tsyscall"
			 : "=a"(result)
			 : "D"((long)SIG_BLOCK), "S"(0L), "d"(&mask), "r"(r10)
			 : "rcx", "r11", "memory");
	return result == 0 ? mask : ~0UL;
}

PLAIN static int wrong_masks(uint64_t right)
{
	int wrong = 0;

	for (int i = 0; i < SITE_CALLS; i++)
		wrong += mask_now() != right;
	return wrong;
}

PLAIN static void block(int sig)
{
	uint64_t mask = 1UL << (sig - 1);

	raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof(mask));
}

static uint64_t only(int sig)
{
	return 1UL << (sig - 1);
}

PLAIN static void set_fs(uintptr_t base)
{
	raw(SYS_arch_prctl, ARCH_SET_FS, (long)base, 0, 0);
}

static uintptr_t get_fs(void)
{
	uintptr_t base = 0;

	need(syscall(SYS_arch_prctl, ARCH_GET_FS, &base) == 0);
	return base;
}

static uintptr_t get_gs(void)
{
	uintptr_t base = 0;

	need(syscall(SYS_arch_prctl, ARCH_GET_GS, &base) == 0);
	return base;
}

/* Both threads are in the same phase. */
PLAIN static void meet(uint32_t phase)
{
	__atomic_add_fetch(&gate, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) < 2 * phase)
		raw(SYS_sched_yield, 0, 0, 0, 0);
}

static void *stack_top(void)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(stack != MAP_FAILED);
	return stack + STACK - 64;
}

/* A thread that nobody gave an FS of its own, or a process of that kind. */
PLAIN static int child(void *arg)
{
	int wrong;

	(void)arg;
	block(SIGUSR2);
	meet(1);
	wrong = wrong_masks(1UL << (SIGUSR2 - 1));
	meet(2);
	__atomic_store_n(&out[0], (uint32_t)wrong, __ATOMIC_SEQ_CST);
	raw(SYS_exit, 0, 0, 0, 0);
	return 0;
}

/* As clone(3), which would end by another call. */
PLAIN static long clone_to(int (*function)(void *), void *stack, long flags, uint32_t *tid)
{
	register long r10 __asm__("r10") = (long)tid;
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%5\n\t"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone), "D"(flags), "S"(stack), "d"(tid), "b"(function), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

static void with_a_child(const char *what, long flags)
{
	static uint32_t tid;

	gate = 0;
	tid = 1;
	block(SIGUSR1);
	need(clone_to(child, stack_top(), flags | CLONE_VM | CLONE_CHILD_CLEARTID, &tid) > 0);
	meet(1);
	say(what, wrong_masks(only(SIGUSR1)));
	meet(2);
	await_that(!__atomic_load_n(&tid, __ATOMIC_SEQ_CST));
	say("in the child", (long)out[0]);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
}

PLAIN static int vforked(void *arg)
{
	block(SIGUSR2);
	*(int *)arg = wrong_masks(1UL << (SIGUSR2 - 1));
	raw(SYS_exit, 0, 0, 0, 0);
	return 0;
}

static int vfork_wrong;

PLAIN static int vfork_child(void *arg)
{
	(void)arg;
	return vforked(&vfork_wrong);
}

static void with_a_vfork_child(void)
{
	static uint32_t tid;

	block(SIGUSR1);
	need(clone_to(vfork_child, stack_top(), CLONE_VM | CLONE_VFORK | SIGCHLD, &tid) > 0);
	say("in a vfork child", vfork_wrong);
	say("after it", wrong_masks(only(SIGUSR1)));
	need(waitpid(-1, NULL, 0) > 0);
}

/* Both have the same FS for a while, and exchange them. */
struct turn {
	uintptr_t first, second;
	int sig;
	long wrong;
};

PLAIN static void turns(struct turn *turn, uintptr_t own)
{
	int wrong;

	block(turn->sig);
	meet(1);
	set_fs(turn->first);
	meet(2);
	wrong = wrong_masks(1UL << (turn->sig - 1));
	meet(3);
	set_fs(turn->second);
	meet(4);
	wrong += wrong_masks(1UL << (turn->sig - 1));
	meet(5);
	set_fs(own);
	meet(6);
	turn->wrong = wrong + wrong_masks(1UL << (turn->sig - 1));
}

static void *of_turn(void *arg)
{
	turns(arg, get_fs());
	return NULL;
}

static void two_threads(const char *what, struct turn one, struct turn other)
{
	pthread_t thread;

	gate = 0;
	one.sig = SIGUSR1;
	other.sig = SIGUSR2;
	thread = start_thread(of_turn, &other);
	turns(&one, get_fs());
	pthread_join(thread, NULL);
	say(what, one.wrong + other.wrong);
}

PLAIN static int with_fs(uintptr_t base, uintptr_t own)
{
	int wrong;

	set_fs(base);
	wrong = wrong_masks(1UL << (SIGUSR1 - 1));
	set_fs(own);
	return wrong;
}

static void *short_thread(void *arg)
{
	block(*(int *)arg);
	return (void *)(long)wrong_masks(only(*(int *)arg));
}

/* One after the other, which have the same stacks, and several at once. */
static void threads(const char *what)
{
	int sig[8];
	pthread_t thread[8];
	void *wrong;
	long sum = 0;

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 8; i++) {
			sig[i] = SIGRTMIN + i;
			thread[i] = start_thread(short_thread, &sig[i]);
		}
		for (int i = 0; i < 8; i++) {
			need(pthread_join(thread[i], &wrong) == 0);
			sum += (long)wrong;
		}
	}
	say(what, sum);
}

int main(int argc, char **argv)
{
	uintptr_t own = get_fs(), a = (uintptr_t)&area[0], b = (uintptr_t)&area[1];

	for (int i = 0; i < 3; i++)
		area[i].self = (uintptr_t)&area[i];
	block(SIGUSR1);
	say("calls", wrong_masks(only(SIGUSR1)));
	threads("threads");
	if (argc > 1 && !strcmp(argv[1], "threads"))
		return 0;
	with_a_vfork_child();
	with_a_child("beside a process with the same FS", SIGCHLD);
	with_a_child("beside a thread with the same FS",
		     CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM);
	say("FS elsewhere", with_fs(a, own));
	two_threads("two threads exchange theirs", (struct turn){.first = a, .second = b},
		    (struct turn){.first = b, .second = a});
	two_threads("two threads have the same", (struct turn){.first = a, .second = a},
		    (struct turn){.first = a, .second = b});
	two_threads("and afterwards not", (struct turn){.first = a, .second = b},
		    (struct turn){.first = b, .second = a});
	fflush(stdout);
	block(SIGUSR1);
	if (fork() == 0) {
		say("in a forked child", wrong_masks(only(SIGUSR1)));
		threads("its threads");
		fflush(stdout);
		_exit(0);
	}
	need(wait(NULL) > 0);
	threads("threads afterwards");
	/* From here on a thread's pointer is none, as far as one sees; and GS is the program's. */
	need(syscall(SYS_arch_prctl, ARCH_SET_GS, area) == 0);
	say("FS where the word is 0", with_fs((uintptr_t)&area[3], own));
	say("FS at 0", with_fs(0, own));
	say("FS where nothing is", with_fs(4096, own));
	threads("threads in the end");
	say("GS is as it was", get_gs() == (uintptr_t)area);
	return 0;
}
