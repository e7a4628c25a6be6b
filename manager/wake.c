/* SPDX-License-Identifier: MIT */
#include "manager/wake.h"

#include <stdbool.h>

#include "manager/bucket.h"
#include "manager/lot.h"
#include "manager/manager.h"
#include "manager/queue.h"

struct fx_waiter *fx_observer_choose_first(struct fx_manager *m, struct fx_waiter *first,
					   uint32_t bitset)
{
	struct fx_waiter *w = first;

	(void)m;
	do {
		if (w->bitset & bitset || fx_waiter_for_owner(w))
			return w;
		w = w->next;
	} while (w != first);
	return NULL;
}

void fx_wake_list_add(struct fx_wake_list *list, struct fx_waiter *w)
{
	w->next = NULL;
	*list->end = w;
	list->end = &w->next;
}

static void take(struct fx_bucket *b, struct fx_waiter *w, struct fx_wake_list *list)
{
	fx_queue_remove(w);
	fx_bucket_retract(b);
	fx_wake_list_add(list, w);
}

static int take_chosen(struct fx_manager *m, struct fx_bucket *b, struct fx_key key, int nr,
		       uint32_t bitset, struct fx_wake_list *list)
{
	int n;

	for (n = 0; n < nr; n++) {
		struct fx_waiter *w = fx_queue_find(b, key);

		if (w)
			w = m->observer->choose(m, w, bitset);
		if (!w)
			break;
		if (fx_waiter_for_owner(w))
			return -FX_EINVAL;
		take(b, w, list);
		m->observer->wake(m, w);
	}
	return n;
}

int fx_wake_take(struct fx_manager *m, struct fx_bucket *b, struct fx_key key, int nr,
		 uint32_t bitset, struct fx_wake_list *list)
{
	struct fx_waiter *w, *next, *last;
	bool at_last;
	int n = 0;

	if (m->observer)
		return take_chosen(m, b, key, nr, bitset, list);
	w = fx_queue_find(b, key);
	if (!w)
		return 0;
	last = w->prev;
	do {
		next = w->next;
		at_last = w == last;
		if (fx_waiter_for_owner(w))
			return -FX_EINVAL;
		if (w->bitset & bitset) {
			take(b, w, list);
			n++;
		}
		w = next;
	} while (n < nr && !at_last);
	if (n != 0)
		b->woke_several = n > 1;
	return n;
}

static void release(struct fx_manager *m, struct fx_waiter *w, struct fx_lot_calls *calls)
{
	uint32_t place;

	/* Before w itself, whose thread then waits for w if it goes on now. */
	if (w->kind == FX_WAITER_VECTOR)
		fx_waiter_release(m, w->group);
	place = fx_waiter_release(m, &w->word);
	if (place)
		fx_lot_calls_note(calls, place);
}

void fx_wake_issue(struct fx_manager *m, const struct fx_wake_list *list)
{
	struct fx_waiter *w = list->first;
	struct fx_lot_calls calls;

	fx_lot_calls_init(&calls);
	while (w) {
		struct fx_waiter *next = w->next;

		if (w->kind == FX_WAITER_ASYNC) {
			/* Nobody waits for how long its function takes. */
			fx_lot_calls_make(m, &calls);
			fx_async_deliver(m, w);
		} else {
			release(m, w, &calls);
		}
		w = next;
	}
	fx_lot_calls_make(m, &calls);
}

/* Without FUTEX_PRIVATE_FLAG the kernel has to find the page, so it notices that there is none. */
int fx_wake_check_word(const struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls)
{
	uint32_t ignored;

	if (!fx_key_aligned(uaddr))
		return -FX_EINVAL;
	return cls == FX_KEY_PRIVATE ? 0 : m->memory->load32(uaddr, &ignored);
}

int fx_wake(struct fx_manager *m, uintptr_t uaddr, enum fx_key_class cls, int nr, uint32_t bitset)
{
	struct fx_key key = fx_key_make(uaddr, cls);
	struct fx_wake_list list;
	struct fx_bucket *b;
	int n;

	if (bitset == 0)
		return -FX_EINVAL;
	n = fx_wake_check_word(m, uaddr, cls);
	if (n != 0)
		return n;
	if (!fx_bucket_may_have_waiters(m, key))
		return 0;
	fx_wake_list_init(&list);
	b = fx_bucket_lock(m, key);
	n = fx_wake_take(m, b, key, nr > 0 ? nr : 1, bitset, &list);
	fx_bucket_unlock(m, b);
	fx_wake_issue(m, &list);
	return n;
}
