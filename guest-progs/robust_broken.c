/* SPDX-License-Identifier: MIT */
/*
 * Robust lists that are too long, never end, lead nowhere or lie: how far Linux walks them at
 * the end of a thread, and which words it marks. With an argument a forked child has the list in
 * memory that it shares with its parent, and is killed.
 */
#include <signal.h>
#include <sys/mman.h>

#include "guest-progs/futex.h"

#define NODES 2100
#define LIMIT 2048 /* ROBUST_LIST_LIMIT */

struct node {
	struct robust_list link;
	uint32_t word;
	uint32_t extra; /* what a misaligned word reaches into */
};

static struct lists {
	struct robust_list_head head;
	struct node node[NODES];
	int ready;
} * l;

static void link_to(int from, int to)
{
	l->node[from].link.next = to < 0 ? &l->head.list : &l->node[to].link;
}

/* Nodes 0 to n - 1, back to the head; tid owns them all. */
static void chain(int n, uint32_t tid)
{
	l->head.list.next = &l->node[0].link;
	l->head.futex_offset = offsetof(struct node, word);
	l->head.list_op_pending = NULL;
	for (int i = 0; i < NODES; i++) {
		l->node[i].word = tid;
		l->node[i].extra = 0;
		link_to(i, i + 1 < n ? i + 1 : -1);
	}
}

enum broken {
	AT_THE_LIMIT,
	BEYOND_THE_LIMIT,
	RING,
	SELF,
	EMPTY,
	LEADS_NOWHERE,
	BEGINS_NOWHERE,
	WORD_NOWHERE,
	MISALIGNED,
	PENDING_IN_LIST,
	PENDING_ALONE,
	PENDING_NOWHERE,
	PENDING_PI,
	NEGATIVE_OFFSET,
	HEAD_NOWHERE,
	HEAD_HALF,
	KINDS
};

static const char *const name[KINDS] = {
	"2048 entries",
	"2049 entries",
	"a ring without its head",
	"an entry that is its own next",
	"empty",
	"leads nowhere",
	"begins nowhere",
	"a word nowhere",
	"a misaligned word",
	"pending is in the list",
	"pending alone",
	"pending is nowhere",
	"pending and PI",
	"negative offset",
	"no head",
	"half a head",
};

static char *nowhere;

static const void *make(enum broken kind, uint32_t tid)
{
	/* The last 16 bytes before memory that is not there. */
	struct robust_list_head *half = (void *)(nowhere - 16);

	chain(3, tid);
	l->head.list_op_pending = &l->node[10].link;
	switch (kind) {
	case AT_THE_LIMIT:
		chain(LIMIT, tid);
		break;
	case BEYOND_THE_LIMIT:
		chain(LIMIT + 1, tid);
		l->head.list_op_pending = &l->node[LIMIT + 5].link;
		break;
	case RING:
		link_to(2, 1);
		break;
	case SELF:
		link_to(0, 0);
		break;
	case EMPTY:
		chain(0, tid);
		l->head.list.next = &l->head.list;
		break;
	case LEADS_NOWHERE:
		l->node[1].link.next = (void *)nowhere;
		break;
	case BEGINS_NOWHERE:
		l->head.list.next = (void *)nowhere;
		break;
	case WORD_NOWHERE:
		/* The entry can be read, its word cannot. */
		l->node[1].link.next = (void *)(nowhere - 8);
		*(void **)(nowhere - 8) = &l->head.list;
		break;
	case MISALIGNED:
		l->node[0].link.next = (void *)((uintptr_t)&l->node[1].link + 2);
		break;
	case PENDING_IN_LIST:
		l->head.list_op_pending = &l->node[1].link;
		break;
	case PENDING_ALONE:
		l->head.list.next = &l->head.list;
		break;
	case PENDING_NOWHERE:
		l->head.list_op_pending = (void *)nowhere;
		break;
	case PENDING_PI:
		l->head.list_op_pending = (void *)((uintptr_t)&l->node[10].link | 1);
		break;
	case NEGATIVE_OFFSET:
		l->head.futex_offset =
			(long)offsetof(struct node, word) - (long)sizeof(struct node);
		l->head.list.next = &l->node[5].link;
		link_to(5, -1);
		break;
	case HEAD_NOWHERE:
		return nowhere;
	case HEAD_HALF:
		half->list.next = &l->node[0].link;
		half->futex_offset = offsetof(struct node, word);
		return half;
	case KINDS:
		break;
	}
	return &l->head;
}

static void *ends(void *arg)
{
	const void *head = make((enum broken)(long)arg, (uint32_t)own_tid());

	need(syscall(SYS_set_robust_list, head, sizeof(l->head)) == 0);
	return arg;
}

static void is_killed(enum broken kind)
{
	pid_t child = fork();

	if (child == 0) {
		ends((void *)(long)kind);
		kill(getpid(), SIGKILL);
	}
	need(waitpid(child, NULL, 0) == child);
}

static void say_marked(const char *what)
{
	int marked = 0, first = -1, last = -1;

	for (int i = 0; i < NODES; i++) {
		if (!(l->node[i].word & FUTEX_OWNER_DIED))
			continue;
		need(l->node[i].word == FUTEX_OWNER_DIED);
		first = first < 0 ? i : first;
		last = i;
		marked++;
	}
	printf("%s: %d marked, from %d to %d\n", what, marked, first, last);
}

int main(int argc, char **argv)
{
	(void)argv;
	l = mmap(NULL, sizeof(*l), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	nowhere = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(l != MAP_FAILED && nowhere != MAP_FAILED);
	nowhere += 4096;
	need(mprotect(nowhere, 4096, PROT_NONE) == 0);
	for (enum broken kind = 0; kind < KINDS; kind++) {
		if (argc > 1)
			is_killed(kind);
		else
			pthread_join(start_thread(ends, (void *)(long)kind), NULL);
		say_marked(name[kind]);
	}
	return 0;
}
