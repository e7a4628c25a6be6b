/* SPDX-License-Identifier: MIT */
/*
 * The kernel translates each instruction of a filter when it is installed, and that was the longest
 * step of a start. libseccomp gives each number of a system call a test of its own, and each
 * comparison of an argument two loads; what it decides needs far less.
 *
 * A program is run for one number, with the arguments unknown: what is left is a tree of tests of
 * arguments with actions as its leaves. Equal trees are made once. Numbers between two that the
 * program compares with are all decided alike, so it is run for one of each such stretch;
 * neighbours with the same tree are joined. Written out, that is a binary search for the number,
 * and behind it the tests.
 */
#include "loader/shorten_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_AT    offsetof(struct seccomp_data, nr)
#define ARCH_AT	     offsetof(struct seccomp_data, arch)
#define ALL	     0xffffffffU
#define NODES_MOST   1024
#define STRETCH_MOST 4096

/* Of 32 bits of an argument: whether any of k is set (BPF_JSET), or those of mask are k (BPF_JEQ).
 */
struct test {
	uint32_t offset, mask, op, k;
};

/* An action, or a test and what is done if it holds, and if not. */
struct node {
	struct node *yes, *no; /* NULL: an action */
	struct test test;
	uint32_t action;
	bool seen;
	bool loads;    /* somebody comes here without its argument in the accumulator */
	size_t at;     /* where it is written, */
	size_t loaded; /* and where who has loaded its argument already enters */
};

/* What the accumulator holds: a number, or bits of an argument. */
struct value {
	bool known;
	uint32_t number;
	uint32_t offset, mask;
};

/* What is known of the arguments on a way through the program. */
struct fact {
	struct test test;
	bool holds;
	const struct fact *before;
};

struct stretch {
	uint32_t first; /* number; the last is before the first of the next */
	struct node *node;
};

/* Where a jump leads: to a node, or an instruction of the search. */
struct target {
	const struct node *node;
	size_t at;
};

/* One of the new program; both targets only of a jump. */
struct line {
	struct sock_filter code;
	bool jumps;
	struct target yes, no;
};

struct shortened {
	const struct sock_filter *code;
	size_t length;
	bool failed;
	struct node node[NODES_MOST];
	size_t nodes;
	struct stretch stretch[STRETCH_MOST];
	size_t stretches;
	struct node *order[NODES_MOST]; /* who leads to another is behind it */
	size_t ordered;
	struct line line[FX_FILTER_SHORT];
	size_t lines;
};

static struct node *fail(struct shortened *s)
{
	s->failed = true;
	return &s->node[0];
}

static bool same_test(const struct test *a, const struct test *b)
{
	return a->offset == b->offset && a->mask == b->mask && a->op == b->op && a->k == b->k;
}

static bool same_node(const struct node *a, const struct node *b)
{
	return a->yes == b->yes && a->no == b->no && a->action == b->action &&
	       same_test(&a->test, &b->test);
}

/* The one like it, made if there is none. */
static struct node *node_like(struct shortened *s, struct node like)
{
	for (size_t i = 0; i < s->nodes; i++) {
		if (same_node(&s->node[i], &like))
			return &s->node[i];
	}
	if (s->nodes == NODES_MOST)
		return fail(s);
	s->node[s->nodes] = like;
	return &s->node[s->nodes++];
}

static struct node *decide(struct shortened *s, size_t pc, struct value a, uint32_t number,
			   const struct fact *facts);

static bool compare(const struct sock_filter *f, uint32_t number)
{
	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		return number == f->k;
	case BPF_JGT:
		return number > f->k;
	default:
		return number >= f->k;
	}
}

/*
 * Of an argument libseccomp tests masked equality alone. One bit, or none of some, is a BPF_JSET,
 * which needs no mask before; *other: of what that says the opposite.
 */
static struct test test_of(const struct value *a, uint32_t k, bool *other)
{
	*other = k == 0;
	if (k == 0 || (k == a->mask && !(k & (k - 1))))
		return (struct test){a->offset, ALL, BPF_JSET, a->mask};
	return (struct test){a->offset, a->mask, BPF_JEQ, k};
}

static struct node *decide_by_argument(struct shortened *s, size_t pc, struct value a,
				       uint32_t number, const struct fact *facts)
{
	const struct sock_filter *f = &s->code[pc];
	struct node node = {0};
	bool other;

	if (BPF_OP(f->code) != BPF_JEQ)
		return fail(s);
	/* What was masked away cannot be equal. */
	if (f->k & ~a.mask)
		return decide(s, pc + 1 + f->jf, a, number, facts);
	node.test = test_of(&a, f->k, &other);
	for (const struct fact *fact = facts; fact; fact = fact->before) {
		if (same_test(&fact->test, &node.test))
			return decide(s, pc + 1 + (fact->holds != other ? f->jt : f->jf), a, number,
				      facts);
	}
	node.yes = decide(s, pc + 1 + (other ? f->jf : f->jt), a, number,
			  &(struct fact){node.test, true, facts});
	node.no = decide(s, pc + 1 + (other ? f->jt : f->jf), a, number,
			 &(struct fact){node.test, false, facts});
	return node.yes == node.no ? node.yes : node_like(s, node);
}

/* What becomes of this number from here on. */
static struct node *decide(struct shortened *s, size_t pc, struct value a, uint32_t number,
			   const struct fact *facts)
{
	for (; pc < s->length && !s->failed; pc++) {
		const struct sock_filter *f = &s->code[pc];

		switch (f->code) {
		case BPF_RET | BPF_K:
			return node_like(s, (struct node){.action = f->k});
		case BPF_LD | BPF_W | BPF_ABS:
			a = (struct value){.known = f->k == NUMBER_AT || f->k == ARCH_AT,
					   .number = f->k == NUMBER_AT ? number : AUDIT_ARCH_X86_64,
					   .offset = f->k,
					   .mask = ALL};
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			/* Of a number nothing is masked, so that stretches are all there is of
			 * them. */
			if (a.known)
				return fail(s);
			a.mask &= f->k;
			a.known = a.mask == 0;
			a.number = 0;
			break;
		case BPF_JMP | BPF_JA:
			pc += f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
			if (!a.known)
				return decide_by_argument(s, pc, a, number, facts);
			pc += compare(f, a.number) ? f->jt : f->jf;
			break;
		default:
			return fail(s);
		}
	}
	return fail(s);
}

static int by_number(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

/* Between two numbers that are compared with, or are behind such a one, all are decided alike. */
static void find_stretches(struct shortened *s)
{
	uint32_t first[STRETCH_MOST];
	size_t count = 0;

	first[count++] = 0;
	for (size_t i = 0; i < s->length; i++) {
		const struct sock_filter *f = &s->code[i];

		if (BPF_CLASS(f->code) != BPF_JMP || BPF_OP(f->code) == BPF_JA)
			continue;
		if (count + 2 > STRETCH_MOST) {
			s->failed = true;
			return;
		}
		first[count++] = f->k;
		if (f->k != ALL)
			first[count++] = f->k + 1;
	}
	qsort(first, count, sizeof(*first), by_number);
	for (size_t i = 0; i < count; i++) {
		struct node *node = decide(s, 0, (struct value){.known = true}, first[i], NULL);

		if (s->stretches == 0 || s->stretch[s->stretches - 1].node != node)
			s->stretch[s->stretches++] = (struct stretch){first[i], node};
	}
}

static struct line *add_line(struct shortened *s, struct sock_filter code)
{
	if (s->lines == FX_FILTER_SHORT) {
		s->failed = true;
		return &s->line[0];
	}
	s->line[s->lines] = (struct line){.code = code};
	return &s->line[s->lines++];
}

static struct line *add_jump(struct shortened *s, uint32_t op, uint32_t k)
{
	struct line *line =
		add_line(s, (struct sock_filter)BPF_JUMP(BPF_JMP | op | BPF_K, k, 0, 0));

	line->jumps = true;
	return line;
}

/* Of the stretches from low to before high. */
static struct target write_search(struct shortened *s, size_t low, size_t high)
{
	size_t middle = low + (high - low) / 2, at = s->lines;
	struct line *line;

	if (high - low == 1)
		return (struct target){.node = s->stretch[low].node};
	line = add_jump(s, BPF_JGE, s->stretch[middle].first);
	line->no = write_search(s, low, middle);
	line->yes = write_search(s, middle, high);
	return (struct target){.at = at};
}

/* Behind all that lead to it; backwards. */
static void put_in_order(struct shortened *s, struct node *node)
{
	if (node->seen)
		return;
	node->seen = true;
	if (node->yes) {
		put_in_order(s, node->yes);
		put_in_order(s, node->no);
	}
	s->order[s->ordered++] = node;
}

static bool has_loaded(const struct node *from, const struct node *to)
{
	return from->yes && to->yes && from->test.mask == ALL &&
	       from->test.offset == to->test.offset;
}

static void note_loads(struct shortened *s)
{
	for (size_t i = 0; i < s->stretches; i++)
		s->stretch[i].node->loads = true;
	for (size_t i = 0; i < s->nodes; i++) {
		const struct node *node = &s->node[i];

		if (node->yes && !has_loaded(node, node->yes))
			node->yes->loads = true;
		if (node->yes && !has_loaded(node, node->no))
			node->no->loads = true;
	}
}

static void write_node(struct shortened *s, struct node *node)
{
	struct line *line;

	node->at = s->lines;
	if (!node->yes) {
		add_line(s, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, node->action));
		return;
	}
	if (node->loads)
		add_line(s,
			 (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, node->test.offset));
	node->loaded = s->lines;
	if (node->test.mask != ALL)
		add_line(s,
			 (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, node->test.mask));
	line = add_jump(s, node->test.op, node->test.k);
	line->yes = (struct target){.node = node->yes, .at = has_loaded(node, node->yes)};
	line->no = (struct target){.node = node->no, .at = has_loaded(node, node->no)};
}

/* How far it is to there; of a node, at says whether its argument is loaded. */
static uint8_t distance(struct shortened *s, size_t from, const struct target *to)
{
	size_t at = to->at;

	if (to->node)
		at = to->at ? to->node->loaded : to->node->at;
	if (at <= from || at - from - 1 > UINT8_MAX) {
		s->failed = true;
		return 0;
	}
	return (uint8_t)(at - from - 1);
}

static void write_all(struct shortened *s)
{
	for (size_t i = 0; i < s->stretches; i++)
		put_in_order(s, s->stretch[i].node);
	note_loads(s);
	add_line(s, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NUMBER_AT));
	write_search(s, 0, s->stretches);
	while (s->ordered-- > 0)
		write_node(s, s->order[s->ordered]);
	for (size_t i = 0; i < s->lines && !s->failed; i++) {
		struct line *line = &s->line[i];

		if (line->jumps) {
			line->code.jt = distance(s, i, &line->yes);
			line->code.jf = distance(s, i, &line->no);
		}
	}
}

size_t fx_shorten_filter(const struct sock_filter *code, size_t length,
			 struct sock_filter out[static FX_FILTER_SHORT])
{
	struct shortened *s = calloc(1, sizeof(*s));
	size_t lines = 0;

	if (!s)
		return 0;
	s->code = code;
	s->length = length;
	find_stretches(s);
	/* With one stretch there is nothing to search for: not worth a case of its own. */
	if (!s->failed && s->stretches > 1)
		write_all(s);
	else
		s->failed = true;
	if (!s->failed) {
		lines = s->lines;
		for (size_t i = 0; i < lines; i++)
			out[i] = s->line[i].code;
	}
	free(s);
	return lines;
}
