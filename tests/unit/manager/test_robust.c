/* SPDX-License-Identifier: MIT */
#include "tests/unit/manager/guest.h"

#define TID	   4711U
#define WAITERS	   0x80000000U
#define OWNER_DIED 0x40000000U

/* A guest's robust mutex and list head, as glibc lays them out in spirit: the word after the link.
 */
struct lock {
	uint64_t next;
	uint32_t word;
	uint32_t pad;
};

static struct {
	uint64_t next;
	uint64_t offset;
	uint64_t pending;
} head;

static struct lock locks[2100];

static uint64_t link_to(unsigned i)
{
	return (uint64_t)(uintptr_t)&locks[i];
}

/* A list of the first n locks, all owned by TID; nothing pending. */
static void list_of(unsigned n)
{
	unsigned i;

	head.next = n > 0 ? link_to(0) : (uint64_t)(uintptr_t)&head;
	head.offset = offsetof(struct lock, word);
	head.pending = 0;
	for (i = 0; i < n; i++) {
		locks[i].word = TID;
		locks[i].next = i + 1 < n ? link_to(i + 1) : (uint64_t)(uintptr_t)&head;
	}
}

static void exit_thread(void)
{
	fx_robust_exit(&manager, (uintptr_t)&head, TID, NULL);
}

static void queue_on_lock(struct fx_waiter *w, unsigned i, enum fx_key_class cls)
{
	ck_assert_int_eq(fx_wait_begin(&manager, w, (uintptr_t)&locks[i].word, cls, locks[i].word,
				       FX_BITSET_ANY),
			 0);
}

START_TEST(empty_list_does_nothing)
{
	list_of(0);
	exit_thread();
}
END_TEST

START_TEST(every_owned_lock_is_marked_and_keeps_its_waiters_bit)
{
	list_of(3);
	locks[1].word = TID | WAITERS | OWNER_DIED;
	exit_thread();
	ck_assert_uint_eq(locks[0].word, OWNER_DIED);
	ck_assert_uint_eq(locks[1].word, WAITERS | OWNER_DIED);
	ck_assert_uint_eq(locks[2].word, OWNER_DIED);
}
END_TEST

START_TEST(one_waiter_in_the_process_class_is_woken)
{
	struct fx_waiter w[3];

	list_of(1);
	locks[0].word = TID | WAITERS;
	queue_on_lock(&w[0], 0, FX_KEY_PRIVATE);
	queue_on_lock(&w[1], 0, FX_KEY_PROCESS);
	queue_on_lock(&w[2], 0, FX_KEY_PROCESS);
	exit_thread();
	expect_woken(&w[1]);
	expect_left(&w[2]);
	expect_left(&w[0]);
}
END_TEST

START_TEST(without_waiters_bit_nobody_is_woken)
{
	struct fx_waiter w;

	list_of(1);
	queue_on_lock(&w, 0, FX_KEY_PROCESS);
	exit_thread();
	ck_assert_uint_eq(locks[0].word, OWNER_DIED);
	expect_left(&w);
}
END_TEST

START_TEST(lock_of_another_thread_is_left_alone)
{
	struct fx_waiter w;

	list_of(3);
	locks[1].word = (TID + 1) | WAITERS;
	queue_on_lock(&w, 1, FX_KEY_PROCESS);
	exit_thread();
	ck_assert_uint_eq(locks[1].word, (TID + 1) | WAITERS);
	ck_assert_uint_eq(locks[2].word, OWNER_DIED);
	expect_left(&w);
}
END_TEST

START_TEST(priority_inheritance_lock_is_marked_but_not_woken)
{
	struct fx_waiter w;

	list_of(2);
	head.next |= 1;
	locks[0].word = TID | WAITERS;
	queue_on_lock(&w, 0, FX_KEY_PROCESS);
	exit_thread();
	ck_assert_uint_eq(locks[0].word, WAITERS | OWNER_DIED);
	ck_assert_uint_eq(locks[1].word, OWNER_DIED);
	expect_left(&w);
}
END_TEST

static const uint32_t unowned[] = {0, WAITERS, OWNER_DIED, WAITERS | OWNER_DIED};

START_TEST(pending_lock_without_owner_wakes_one_and_stays_as_it_is)
{
	struct fx_waiter w[2];

	list_of(0);
	head.pending = link_to(0);
	locks[0].word = unowned[_i];
	queue_on_lock(&w[0], 0, FX_KEY_PROCESS);
	queue_on_lock(&w[1], 0, FX_KEY_PROCESS);
	exit_thread();
	ck_assert_uint_eq(locks[0].word, unowned[_i]);
	expect_woken(&w[0]);
	expect_left(&w[1]);
}
END_TEST

START_TEST(pending_priority_inheritance_lock_without_owner_wakes_nobody)
{
	struct fx_waiter w;

	list_of(0);
	head.pending = link_to(0) | 1;
	locks[0].word = 0;
	queue_on_lock(&w, 0, FX_KEY_PROCESS);
	exit_thread();
	expect_left(&w);
}
END_TEST

START_TEST(listed_lock_without_owner_wakes_nobody)
{
	struct fx_waiter w;

	list_of(1);
	locks[0].word = 0;
	queue_on_lock(&w, 0, FX_KEY_PROCESS);
	exit_thread();
	ck_assert_uint_eq(locks[0].word, 0);
	expect_left(&w);
}
END_TEST

START_TEST(pending_lock_that_is_owned_is_marked)
{
	list_of(1);
	head.pending = link_to(5);
	locks[5].word = TID;
	exit_thread();
	ck_assert_uint_eq(locks[0].word, OWNER_DIED);
	ck_assert_uint_eq(locks[5].word, OWNER_DIED);
}
END_TEST

START_TEST(pending_lock_that_is_listed_is_handled_once)
{
	struct fx_waiter w[2];

	list_of(2);
	head.pending = link_to(1);
	locks[1].word = TID | WAITERS;
	queue_on_lock(&w[0], 1, FX_KEY_PROCESS);
	queue_on_lock(&w[1], 1, FX_KEY_PROCESS);
	exit_thread();
	ck_assert_uint_eq(locks[1].word, WAITERS | OWNER_DIED);
	expect_woken(&w[0]);
	expect_left(&w[1]);
}
END_TEST

START_TEST(walk_ends_after_2048_locks_and_then_does_the_pending_one)
{
	unsigned i, marked = 0;

	list_of(2100);
	head.pending = link_to(2099);
	exit_thread();
	for (i = 0; i < 2100; i++)
		marked += locks[i].word == OWNER_DIED;
	ck_assert_uint_eq(marked, 2048 + 1);
	ck_assert_uint_eq(locks[2047].word, OWNER_DIED);
	ck_assert_uint_eq(locks[2099].word, OWNER_DIED);
}
END_TEST

START_TEST(ring_that_never_meets_its_head_ends)
{
	list_of(3);
	locks[2].next = link_to(0);
	exit_thread();
	ck_assert_uint_eq(locks[2].word, OWNER_DIED);
}
END_TEST

START_TEST(unreadable_link_ends_the_walk_and_the_pending_one_is_not_done)
{
	list_of(3);
	locks[1].next = GUEST_HOLE;
	head.pending = link_to(5);
	locks[5].word = TID;
	exit_thread();
	ck_assert_uint_eq(locks[0].word, OWNER_DIED);
	ck_assert_uint_eq(locks[1].word, OWNER_DIED);
	ck_assert_uint_eq(locks[2].word, TID);
	ck_assert_uint_eq(locks[5].word, TID);
}
END_TEST

START_TEST(misaligned_lock_word_ends_the_walk)
{
	list_of(3);
	locks[0].next = link_to(1) + 2;
	exit_thread();
	ck_assert_uint_eq(locks[0].word, OWNER_DIED);
	ck_assert_uint_eq(locks[2].word, TID);
}
END_TEST

START_TEST(unreadable_head_does_nothing)
{
	fx_robust_exit(&manager, GUEST_HOLE, TID, NULL);
}
END_TEST

static void set_waiters_first_time(uint32_t *word)
{
	guest_before_cmpxchg = NULL;
	*word |= WAITERS;
}

START_TEST(waiter_that_arrives_while_its_owner_dies_is_woken)
{
	struct fx_waiter w;

	list_of(1);
	queue_on_lock(&w, 0, FX_KEY_PROCESS);
	guest_before_cmpxchg = set_waiters_first_time;
	exit_thread();
	ck_assert_uint_eq(locks[0].word, WAITERS | OWNER_DIED);
	expect_woken(&w);
}
END_TEST

static void unlock_first_time(uint32_t *word)
{
	guest_before_cmpxchg = NULL;
	*word = WAITERS | 1;
}

START_TEST(lock_that_changes_hands_meanwhile_is_left_alone)
{
	struct fx_waiter w;

	list_of(1);
	queue_on_lock(&w, 0, FX_KEY_PROCESS);
	guest_before_cmpxchg = unlock_first_time;
	exit_thread();
	ck_assert_uint_eq(locks[0].word, WAITERS | 1);
	expect_left(&w);
}
END_TEST

static uintptr_t woken_at;

static void note_wake(struct fx_manager *m, uintptr_t uaddr)
{
	ck_assert_ptr_eq(m, &manager);
	woken_at = uaddr;
}

START_TEST(caller_may_issue_the_wakes_itself)
{
	list_of(1);
	locks[0].word |= WAITERS;
	fx_robust_exit(&manager, (uintptr_t)&head, TID, note_wake);
	ck_assert_uint_eq(woken_at, (uintptr_t)&locks[0].word);
}
END_TEST

TCase *robust_cases(void)
{
	TCase *tc = tcase_create("robust");

	tcase_add_checked_fixture(tc, guest_setup, guest_teardown);
	tcase_add_test(tc, empty_list_does_nothing);
	tcase_add_test(tc, every_owned_lock_is_marked_and_keeps_its_waiters_bit);
	tcase_add_test(tc, one_waiter_in_the_process_class_is_woken);
	tcase_add_test(tc, without_waiters_bit_nobody_is_woken);
	tcase_add_test(tc, lock_of_another_thread_is_left_alone);
	tcase_add_test(tc, priority_inheritance_lock_is_marked_but_not_woken);
	tcase_add_loop_test(tc, pending_lock_without_owner_wakes_one_and_stays_as_it_is, 0, 4);
	tcase_add_test(tc, pending_priority_inheritance_lock_without_owner_wakes_nobody);
	tcase_add_test(tc, listed_lock_without_owner_wakes_nobody);
	tcase_add_test(tc, pending_lock_that_is_owned_is_marked);
	tcase_add_test(tc, pending_lock_that_is_listed_is_handled_once);
	tcase_add_test(tc, walk_ends_after_2048_locks_and_then_does_the_pending_one);
	tcase_add_test(tc, ring_that_never_meets_its_head_ends);
	tcase_add_test(tc, unreadable_link_ends_the_walk_and_the_pending_one_is_not_done);
	tcase_add_test(tc, misaligned_lock_word_ends_the_walk);
	tcase_add_test(tc, unreadable_head_does_nothing);
	tcase_add_test(tc, waiter_that_arrives_while_its_owner_dies_is_woken);
	tcase_add_test(tc, lock_that_changes_hands_meanwhile_is_left_alone);
	tcase_add_test(tc, caller_may_issue_the_wakes_itself);
	return tc;
}
