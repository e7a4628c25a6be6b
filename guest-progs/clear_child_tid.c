/* SPDX-License-Identifier: MIT */
/* A thread made by clone(2) alone: its words, its own stack, and the wake at its end. */
#include <sys/mman.h>

#include "guest-progs/futex.h"

#define STACK (64 * 1024)

static pid_t parent_word, child_word = -1;
static uint32_t seen_parent_word;
static int ran;

static int child(void *arg)
{
	/* The parent's word is set before the child runs. */
	seen_parent_word = (uint32_t)parent_word;
	ran = (int)(long)arg;
	return 0;
}

int main(void)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		    CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	int tid;

	need(stack != MAP_FAILED);
	tid = clone(child, stack + STACK, flags, (void *)7L, &parent_word, NULL, &child_word);
	need(tid > 0);
	printf("parent's word is the id: %d\n", parent_word == tid);
	for (;;) {
		pid_t now = __atomic_load_n(&child_word, __ATOMIC_SEQ_CST);

		if (!now)
			break;
		if (futex(&child_word, FUTEX_WAIT, (uint32_t)now, NULL, NULL, 0) < 0)
			need(errno == EAGAIN || errno == EINTR);
	}
	printf("ran %d, saw the word %d\n", ran, seen_parent_word == (uint32_t)tid);
	need(munmap(stack, STACK) == 0);
	printf("set_tid_address gives the id: %d\n",
	       syscall(SYS_set_tid_address, &child_word) == own_tid());
	return 0;
}
