/* SPDX-License-Identifier: MIT */
/*
 * Protection keys (pkeys(7)): a key that is given out changes its caller's rights, system calls
 * reach what their caller does, a thread begins with those of its maker, and a handler with the
 * first ones, whose end brings back what was.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>

#include "guest-progs/guest.h"

enum { KEYS = 4, PAGE = 4096, ROUNDS = 40 };

static int keys[KEYS]; /* of each the number is what it was asked with */
static char *page[KEYS];

static void say_rights(const char *when)
{
	printf("%s:", when);
	for (int i = 0; i < KEYS; i++)
		printf(" %d", pkey_get(keys[i]));
	printf("\n");
}

static void *says_rights(void *arg)
{
	say_rights(arg);
	/* Its own are no business of the others. */
	need(pkey_set(keys[3], 0) == 0);
	say_rights("and then");
	return NULL;
}

static void handler(int signal)
{
	(void)signal;
	say_rights("in a handler");
	need(pkey_set(keys[3], 0) == 0);
}

/* Linux gives who comes back without a state the first one. */
static void forgets(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.fpregs = NULL;
}

static sigjmp_buf back;
static siginfo_t fault;

static void faulted(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	fault = *info;
	siglongjmp(back, 1);
}

/* As the first thread has them; who leaves a handler by a jump has what the handler had. */
static void set_rights(void)
{
	for (int i = 0; i < KEYS; i++)
		need(pkey_set(keys[i], (unsigned)i) == 0);
}

static const char *by_hand(int i, bool writes)
{
	struct sigaction action = {.sa_sigaction = faulted, .sa_flags = SA_SIGINFO};
	volatile char *at = page[i];

	need(sigaction(SIGSEGV, &action, NULL) == 0);
	if (sigsetjmp(back, 1)) {
		set_rights();
		need(fault.si_code == SEGV_PKUERR && (int)fault.si_pkey == keys[i]);
		return "no";
	}
	if (writes)
		at[1] = 'x';
	else
		(void)at[1];
	return "yes";
}

static const char *said(long result)
{
	return result >= 0 ? "yes" : errno == EFAULT ? "no" : "else";
}

/* What the kernel reads and writes, and what is looked at before it sees the call. */
static void by_calls(int i)
{
	struct iovec *vector = (struct iovec *)(page[i] + 512);
	struct timespec *time = (struct timespec *)(page[i] + 256);
	int to = memfd_create("to", 0), from = open("/dev/zero", O_RDONLY);

	for (int round = 0; round < ROUNDS; round++) {
		const char *is[] = {said(write(to, page[i], 8) == 8 ? 0 : -1),
				    said(read(from, page[i] + 64, 8)),
				    said(access(page[i] + 128, F_OK)),
				    said(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, time)),
				    said(process_vm_readv(getpid(), vector, 1, vector, 1, 0))};

		if (round % (ROUNDS - 1) == 0)
			printf("calls, %d: %s %s %s %s %s\n", i, is[0], is[1], is[2], is[3], is[4]);
	}
	close(to);
	close(from);
}

int main(void)
{
	for (int i = 0; i < KEYS; i++) {
		keys[i] = pkey_alloc(0, (unsigned)i);
		need(keys[i] > 0);
		page[i] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);
		need(page[i] != MAP_FAILED);
		strcpy(page[i] + 128, "/dev/null");
		memcpy(page[i] + 512, &(struct iovec){page[0], 8}, sizeof(struct iovec));
		need(pkey_mprotect(page[i], PAGE, PROT_READ | PROT_WRITE, keys[i]) == 0);
	}
	say_rights("as asked");
	for (int i = 0; i < KEYS; i++)
		printf("by hand, %d: read %s, written %s\n", i, by_hand(i, false),
		       by_hand(i, true));
	for (int i = 0; i < KEYS; i++)
		by_calls(i);
	pthread_join(start_thread(says_rights, "in a thread"), NULL);
	say_rights("behind it");
	signal(SIGUSR1, handler);
	raise(SIGUSR1);
	say_rights("behind the handler");
	need(sigaction(SIGUSR2,
		       &(struct sigaction){.sa_sigaction = forgets, .sa_flags = SA_SIGINFO},
		       NULL) == 0);
	raise(SIGUSR2);
	say_rights("without a state");
	set_rights();
	need(pkey_free(keys[3]) == 0);
	need(pkey_alloc(1, 0) == -1 && errno == EINVAL && pkey_alloc(0, 4) == -1 &&
	     errno == EINVAL);
	need(pkey_alloc(0, 1) == keys[3]);
	say_rights("given again");
	return 0;
}
