/* SPDX-License-Identifier: MIT */
/* set_robust_list and get_robust_list, and what the end of a thread does to the words on its list.
 */
#include "guest-progs/futex.h"

struct node {
	struct robust_list link;
	uint32_t word;
};

static struct node nodes[4], pending;
static struct robust_list_head head;

static void *ends(void *arg)
{
	uint32_t tid = (uint32_t)own_tid();

	head.list.next = &nodes[0].link;
	nodes[0].link.next = &nodes[1].link;
	nodes[1].link.next = &nodes[2].link;
	nodes[2].link.next = &head.list;
	head.futex_offset = offsetof(struct node, word);
	head.list_op_pending = &pending.link;
	nodes[0].word = tid;
	nodes[1].word = tid | FUTEX_WAITERS;
	nodes[2].word = 1;   /* another's */
	nodes[3].word = tid; /* not on the list */
	pending.word = tid;
	say("set", syscall(SYS_set_robust_list, &head, sizeof(head)));
	return arg;
}

int main(void)
{
	struct robust_list_head *got = NULL, *before;
	size_t length = 0;
	pthread_t thread;

	say("get", syscall(SYS_get_robust_list, 0, &before, &length));
	printf("length %zu, there %d\n", length, before != NULL);
	say("length 23", syscall(SYS_set_robust_list, &head, 23));
	say("length 0", syscall(SYS_set_robust_list, &head, 0));
	say("length 25", syscall(SYS_set_robust_list, &head, 25));
	say("set NULL", syscall(SYS_set_robust_list, NULL, 24));
	say("get", syscall(SYS_get_robust_list, 0, &got, &length));
	printf("NULL %d\n", got == NULL);
	say("set a bad address", syscall(SYS_set_robust_list, (void *)1, 24));
	say("set again", syscall(SYS_set_robust_list, before, 24));
	say("get by own id", syscall(SYS_get_robust_list, own_tid(), &got, &length));
	printf("same %d\n", got == before);
	say("get of nobody", syscall(SYS_get_robust_list, 0x3ffffff, &got, &length));
	say("get into nowhere", syscall(SYS_get_robust_list, 0, (void *)8, &length));
	say("length into nowhere", syscall(SYS_get_robust_list, 0, &got, (void *)8));

	thread = start_thread(ends, NULL);
	pthread_join(thread, NULL);
	for (int i = 0; i < 3; i++)
		printf("word %d: owner died %d, waiters %d, tid %s\n", i,
		       (nodes[i].word & FUTEX_OWNER_DIED) != 0,
		       (nodes[i].word & FUTEX_WAITERS) != 0,
		       (nodes[i].word & FUTEX_TID_MASK) == 0   ? "0"
		       : (nodes[i].word & FUTEX_TID_MASK) == 1 ? "1"
							       : "kept");
	printf("pending: owner died %d\n", (pending.word & FUTEX_OWNER_DIED) != 0);
	printf("not on the list: owner died %d\n", (nodes[3].word & FUTEX_OWNER_DIED) != 0);
	return 0;
}
