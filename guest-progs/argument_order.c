/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with the arguments is said before anything else, also where
 * a range wraps round or is so long that it meets memory of somebody else.
 */
#include <linux/sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "guest-progs/guest.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

#define PAGE  4096UL
#define HUGE  (1UL << 56) /* no processor has so much, nor is a range of it anywhere harmless */
#define MSEAL 462

static void *at(unsigned long address)
{
	return (void *)address;
}

static void tell(const char *what, unsigned long length, long r)
{
	printf("%s, length %s: ", what,
	       length == HUGE  ? "huge"
	       : length > HUGE ? "wraps"
			       : "small");
	say("", r < 0 ? -1 : 0);
}

static void ranges(char *p)
{
	const unsigned long lengths[] = {HUGE, -4095UL, -(unsigned long)p, -1UL};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		unsigned long n = lengths[i];

		tell("mprotect, misaligned", n, mprotect(p + 1, n, PROT_READ));
		tell("mprotect, of no such kind", n, mprotect(at(PAGE), n, 0xf00));
		tell("mprotect, both ways", n, mprotect(p, n, PROT_GROWSDOWN | PROT_GROWSUP));
		tell("mprotect, a hole first", n, mprotect(at(16 * PAGE), n, PROT_READ));
		tell("madvise, misaligned", n, madvise(p + 1, n, MADV_NORMAL));
		tell("madvise, of no such kind", n, madvise(p, n, 12345));
		if (n != HUGE) {
			tell("madvise", n, madvise(p, n, MADV_NORMAL));
			tell("mprotect", n, mprotect(p, n, PROT_READ));
			tell("munmap", n, munmap(p, n));
			tell("mseal", n, syscall(MSEAL, p, n, 0));
			tell("mlock", n, mlock(p, n));
			tell("msync", n, msync(p, n, MS_ASYNC));
		}
		tell("mseal, flags", n, syscall(MSEAL, p, n, 1));
		tell("munmap, misaligned", n, munmap(p + 1, n));
	}
}

static void moves(char *p)
{
	const unsigned long lengths[] = {HUGE, -4095UL, -4096UL, 1UL << 57};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		unsigned long n = lengths[i];
		const int fixed = MREMAP_MAYMOVE | MREMAP_FIXED;

		tell("mremap, from", n, (long)mremap(p, n, PAGE, 0));
		tell("mremap, from nothing", n, (long)mremap(at(16 * PAGE), n, PAGE, 0));
		tell("mremap, flags", n, (long)mremap(p, n, PAGE, 0x100));
		tell("mremap, misaligned", n, (long)mremap(p + 1, n, PAGE, 0));
		tell("mremap, to nothing", n, (long)mremap(p, n, 0, MREMAP_MAYMOVE));
		tell("mremap, fixed and may not move", n,
		     (long)mremap(p, n, PAGE, MREMAP_FIXED, p));
		tell("mremap, to a misaligned place", n, (long)mremap(p, n, PAGE, fixed, p + 1));
		tell("mremap, keeps, of two lengths", n,
		     (long)mremap(p, n, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0));
		if (n != HUGE)
			tell("mremap, so long", n, (long)mremap(p, PAGE, n, MREMAP_MAYMOVE));
	}
}

static void maps(char *p)
{
	const int flags = MAP_PRIVATE | MAP_FIXED;
	const unsigned long lengths[] = {HUGE, -4095UL, -1UL, 1UL << 57};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		unsigned long n = lengths[i];

		tell("mmap, misaligned", n, (long)mmap(p + 1, n, 0, flags | MAP_ANONYMOUS, -1, 0));
		tell("mmap, no descriptor", n, (long)mmap(at(PAGE), n, 0, flags, 999, 0));
		tell("mmap, no offset", n,
		     syscall(SYS_mmap, PAGE, n, 0, flags | MAP_ANONYMOUS, -1, 1));
		if (n != HUGE)
			tell("mmap", n, (long)mmap(p, n, 0, flags | MAP_ANONYMOUS, -1, 0));
	}
}

static void clones(void)
{
	const struct {
		const char *what;
		unsigned long flags;
		unsigned long sig;
	} c[] = {
		{"parent's, with a signal", CLONE_PARENT, SIGCHLD},
		{"a thread, with a signal", CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, SIGCHLD},
		{"bit 63", 1UL << 63, SIGCHLD},
		{"bit 34", 1UL << 34, SIGCHLD},
		{"bit 63 and CLONE_VM", 1UL << 63 | CLONE_VM, SIGCHLD},
		{"the exit signal in the flags", SIGCHLD, 0},
		{"CLONE_DETACHED", CLONE_DETACHED, SIGCHLD},
		{"CLONE_SIGHAND alone", CLONE_SIGHAND, SIGCHLD},
		{"both of CLEAR_SIGHAND and SIGHAND", 1UL << 32 | CLONE_SIGHAND | CLONE_VM,
		 SIGCHLD},
		{"two kinds of file system", CLONE_FS | CLONE_NEWNS, SIGCHLD},
		{"exit signal 65", 0, 65},
		{"exit signal 256", 0, 256},
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct clone_args a = {.flags = c[i].flags, .exit_signal = c[i].sig};
		long r;

		fflush(stdout);
		r = syscall(SYS_clone3, &a, sizeof(a));
		if (r == 0)
			_exit(0);
		say(c[i].what, r < 0 ? -1 : 0);
	}
	struct clone_args a = {.exit_signal = SIGCHLD, .set_tid_size = 1};

	say("set_tid without one", syscall(SYS_clone3, &a, sizeof(a)));
	a.set_tid_size = 1000;
	say("many of set_tid", syscall(SYS_clone3, &a, sizeof(a)));
	a.set_tid_size = 0;
	a.stack_size = PAGE;
	say("a size without a stack", syscall(SYS_clone3, &a, sizeof(a)));
}

static void breaks(void)
{
	char *now = (char *)syscall(SYS_brk, 0);
	struct rlimit limit = {0, RLIM_INFINITY};

	setrlimit(RLIMIT_DATA, &limit);
	printf("break, with no data allowed: %s\n",
	       (char *)syscall(SYS_brk, now + 65536) == now ? "refused" : "moved");
	limit.rlim_cur = 16 << 20;
	setrlimit(RLIMIT_DATA, &limit);
	printf("break, within the limit: %s\n",
	       (char *)syscall(SYS_brk, now + 65536) == now ? "refused" : "moved");
	printf("break, beyond it: %s\n",
	       (char *)syscall(SYS_brk, now + (64 << 20)) == now + 65536 ? "refused" : "moved");
}

int main(void)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED);
	ranges(p);
	moves(p);
	maps(p);
	clones();
	breaks();
	return 0;
}
