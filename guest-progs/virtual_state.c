/* SPDX-License-Identifier: MIT */
/* What prctl(2) and process_vm_readv(2) tell and take of what is virtual under fxbox. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>

#include "guest-progs/guest.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#endif

#define MANY 200 /* calls of a site: it is patched by then, if ever */

/* The word that set_tid_address(2) was given: pthread_join waits for it. */
static void *look_at_word(void *unused)
{
	int *word = NULL, here;

	(void)unused;
	need(prctl(PR_GET_TID_ADDRESS, &word) == 0);
	printf("the word has %s\n", *word == own_tid() ? "the thread's number" : "something else");
	need(syscall(SYS_set_tid_address, &here) == own_tid());
	need(prctl(PR_GET_TID_ADDRESS, &word) == 0);
	printf("then it is %s\n", word == &here ? "the new one" : "another");
	need(syscall(SYS_set_tid_address, NULL) == own_tid());
	need(prctl(PR_GET_TID_ADDRESS, &word) == 0);
	printf("then it is %s\n", word ? "another" : "none");
	fflush(stdout);
	_exit(0);
}

static void *set_it_again(void *unused)
{
	int *word;

	(void)unused;
	need(prctl(PR_GET_TID_ADDRESS, &word) == 0);
	need(syscall(SYS_set_tid_address, word) == own_tid());
	return NULL;
}

static void tid_address(void)
{
	pid_t pid = fork();
	int status;

	/* Its join would wait for the word for ever, so the thread ends the process. */
	if (pid == 0)
		pthread_join(start_thread(look_at_word, NULL), NULL);
	need(waitpid(pid, &status, 0) == pid && status == 0);
	need(pthread_join(start_thread(set_it_again, NULL), NULL) == 0);
	printf("joined\n");
	say("nowhere", prctl(PR_GET_TID_ADDRESS, 8));
}

static long call_often(void)
{
	long sum = 0;

	for (int i = 0; i < MANY; i++)
		sum += syscall(SYS_getppid) == getppid();
	return sum;
}

/* What was writable may not become code: the program lives on, and so do its children. */
static void memory_that_cannot_become_code(void)
{
	char *const argv[] = {"/bin/sh", "-c",
			      "i=0; while [ $i -lt 100 ]; do kill -0 $$; i=$((i+1)); done; "
			      "echo executed",
			      NULL};
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		long set = prctl(PR_SET_MDWE, 1UL, 0L, 0L, 0L);

		/* Before Linux 6.3 there is none of it. */
		say("set", set);
		printf("calls that were right: %ld\n", call_often());
		say("a page to write and execute",
		    (long)mmap(NULL, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1 ? -1 : 0);
		say("get", prctl(PR_GET_MDWE, 0L, 0L, 0L, 0L));
		fflush(stdout);
		execv(argv[0], argv);
		_exit(1);
	}
	need(waitpid(pid, &status, 0) == pid);
	printf("status %d\n", WEXITSTATUS(status));
}

static void dispatch_and_mm(void)
{
	say("user dispatch off", prctl(59, 0L, 0L, 0L, 0L));
	say("off with more", prctl(59, 0L, 1L, 0L, 0L));
	if (getuid() == 0)
		need(setresuid(65534, 65534, 65534) == 0);
	say("PR_SET_MM without privilege", prctl(PR_SET_MM, PR_SET_MM_BRK, 0x10000UL, 0L, 0L));
}

/* A gap in the middle of what is read, a vector of nothing, sides that are cut differently. */
static void own_memory(void)
{
	char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static char to[16384];
	struct iovec remote[3] = {{p + 100, 3000}, {p, 0}, {p + 4000, 200}};
	struct iovec local[2] = {{to, 1}, {to + 1, sizeof(to) - 1}};
	struct iovec across = {p + 3000, 3 * 4096}, whole = {to, sizeof(to)}, bad = {(void *)8, 8};

	need(p != MAP_FAILED);
	for (int i = 0; i < 3 * 4096; i++)
		p[i] = (char)(i * 7);
	say("read", process_vm_readv(getpid(), local, 2, remote, 3, 0));
	printf("%s\n", memcmp(to, p + 100, 3000) == 0 && memcmp(to + 3000, p + 4000, 200) == 0
			       ? "as it is there"
			       : "something else");
	say("written", process_vm_writev(getpid(), &whole, 1, &remote[2], 1, 0));
	printf("%s\n", memcmp(to, p + 4000, 200) == 0 ? "as it was here" : "something else");
	need(munmap(p + 4096, 4096) == 0);
	say("up to a gap", process_vm_readv(getpid(), &whole, 1, &across, 1, 0));
	say("from nowhere", process_vm_readv(getpid(), &whole, 1, &bad, 1, 0));
	say("to nowhere", process_vm_readv(getpid(), &bad, 1, remote, 1, 0));
	say("flags", process_vm_readv(getpid(), &whole, 1, remote, 1, 1));
	say("too many", process_vm_readv(getpid(), &whole, 1, remote, 1025, 0));
	whole.iov_len = (size_t)-1;
	say("too long", process_vm_readv(getpid(), &whole, 1, remote, 1, 0));
	say("vectors nowhere", process_vm_readv(getpid(), (void *)8, 1, remote, 1, 0));
	say("no vectors", process_vm_readv(getpid(), NULL, 0, NULL, 0, 0));
}

int main(void)
{
	tid_address();
	memory_that_cannot_become_code();
	own_memory();
	dispatch_and_mm();
	return 0;
}
