/* SPDX-License-Identifier: MIT */
/* FUTEX_WAKE_OP: changes one word and wakes on two, in one step. */
#include <stdbool.h>

#include "manager/bucket.h"
#include "manager/manager.h"
#include "manager/wake.h"

/* The encoded operation, as futex(2) has it: op, cmp, oparg, cmparg. */
enum { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR, OP_UNKNOWN };
enum { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };

#define OPARG_SHIFT 8U /* in op: the argument is 1 << oparg */

/* The kernel's sign_extend32(bits, 11). */
static int32_t sign_extend(uint32_t bits)
{
	return (int32_t)((bits & 0xfff) ^ 0x800) - 0x800;
}

static uint32_t operand(uint32_t encoded)
{
	uint32_t arg = (uint32_t)sign_extend(encoded >> 12);

	return encoded >> 28 & OPARG_SHIFT ? 1U << (arg & 31) : arg;
}

static uint32_t operate(uint32_t op, uint32_t old, uint32_t arg)
{
	switch (op) {
	case OP_ADD:
		return old + arg;
	case OP_OR:
		return old | arg;
	case OP_ANDN:
		return old & ~arg;
	case OP_XOR:
		return old ^ arg;
	default:
		return arg;
	}
}

/* 0 or 1, or -ENOSYS. */
static int compare(uint32_t encoded, uint32_t value)
{
	int32_t old = (int32_t)value;
	int32_t arg = sign_extend(encoded);

	switch (encoded >> 24 & 15) {
	case CMP_EQ:
		return old == arg;
	case CMP_NE:
		return old != arg;
	case CMP_LT:
		return old < arg;
	case CMP_LE:
		return old <= arg;
	case CMP_GT:
		return old > arg;
	case CMP_GE:
		return old >= arg;
	default:
		return -FX_ENOSYS;
	}
}

/*
 * Changes the word, then compares its old value: an unknown comparison is
 * noticed only when the word has changed already (so Linux).
 */
static int change_and_compare(const struct fx_manager *m, uintptr_t uaddr, uint32_t encoded)
{
	uint32_t op = encoded >> 28 & 7;
	uint32_t arg = operand(encoded);
	uint32_t old, seen;

	if (op >= OP_UNKNOWN)
		return -FX_ENOSYS;
	if (m->memory->load32(uaddr, &seen) != 0)
		return -FX_EFAULT;
	do {
		old = seen;
		if (m->memory->cmpxchg32(uaddr, old, operate(op, old, arg), &seen) != 0)
			return -FX_EFAULT;
	} while (seen != old);
	return compare(encoded, old);
}

int fx_wake_op(struct fx_manager *m, uintptr_t uaddr1, uintptr_t uaddr2, enum fx_key_class cls1,
	       enum fx_key_class cls2, int nr_wake, int nr_wake2, uint32_t encoded)
{
	struct fx_key key1 = fx_key_make(uaddr1, cls1);
	struct fx_key key2 = fx_key_make(uaddr2, cls2);
	struct fx_bucket *b1, *b2;
	struct fx_wake_list list;
	int rc, n;

	rc = fx_wake_check_word(m, uaddr1, cls1);
	if (rc == 0)
		rc = fx_wake_check_word(m, uaddr2, cls2);
	if (rc != 0)
		return rc;
	fx_wake_list_init(&list);
	fx_bucket_lock_two(m, key1, key2, &b1, &b2);
	rc = change_and_compare(m, uaddr2, encoded);
	n = rc;
	if (rc >= 0)
		n = fx_wake_take(m, b1, key1, nr_wake > 0 ? nr_wake : 1, FX_BITSET_ANY, &list);
	if (rc > 0 && n >= 0) {
		rc = fx_wake_take(m, b2, key2, nr_wake2 > 0 ? nr_wake2 : 1, FX_BITSET_ANY, &list);
		n = rc < 0 ? rc : n + rc;
	}
	fx_bucket_unlock_two(m, b1, b2);
	fx_wake_issue(m, &list);
	return n;
}
