/* SPDX-License-Identifier: MIT */
#include "shim/hang/long_wait.h"

#include "manager/errno.h"
#include "manager/observer.h"
#include "manager/waiter.h"
#include "shim/audit/clock.h"
#include "shim/audit/log.h"
#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/decode/decode.h"
#include "shim/decode/decode_names.h"
#include "shim/hang/call_path.h"
#include "shim/hang/owner.h"
#include "shim/threads/guest_registers.h"
#include "shim/threads/thread.h"

#define LONG_US 20
/* To be woken takes time, too: who wakes cannot know how long the wait will have been. */
#define LONG_AT_WAKE_US 10

/* What a part of a wait, on one word, is told with. */
struct part {
	uintptr_t word;
	int64_t began_us, us;
	const struct fx_thread_waker *by;
	int result;
};

/* All waiters of the shim's lie on the shim stack of the thread that waits. */
static struct fx_thread *thread_of(const struct fx_waiter *w)
{
	return (struct fx_thread *)(fx_block_base(w) + FX_THREAD);
}

static void wait_begin(struct fx_manager *m, const struct fx_waiter *w)
{
	struct fx_thread_wait *wait = &thread_of(w)->wait;

	(void)m;
	(void)w;
	*wait = (struct fx_thread_wait){.began_us = fx_clock_us()};
}

/*
 * What the calling thread has spent since then on telling of waits. Who waited for it meanwhile did
 * so for fxbox, not for the program; counted, one long wait would make the next one long.
 */
static int64_t telling_since(int64_t since_us)
{
	const struct fx_thread *self = fx_thread_self();
	int64_t from = self->tells_us > since_us ? self->tells_us : since_us;

	return self->has_told_us > from ? self->has_told_us - from : 0;
}

/* The calling thread wakes or moves one that has waited since then, *told_us of it for fxbox. */
static struct fx_thread_waker self_as_waker(int64_t since_us, int64_t now_us, int64_t *told_us)
{
	struct fx_thread *self = fx_thread_self();

	*told_us = telling_since(since_us);
	if (now_us - since_us - *told_us < LONG_AT_WAKE_US)
		return (struct fx_thread_waker){self->host_tid, 0};
	if (!self->woke) {
		self->woke = true;
		self->woke_us = now_us;
		self->wakes++;
	}
	return (struct fx_thread_waker){self->host_tid, self->wakes};
}

static void wake(struct fx_manager *m, const struct fx_waiter *w)
{
	struct fx_thread_wait *wait = &thread_of(w)->wait;

	(void)m;
	wait->by = self_as_waker(wait->moved_us ? wait->moved_us : wait->began_us, fx_clock_us(),
				 &wait->told_us);
}

/* What it waited for before is one thing, what it waits for now another. */
static void requeue(struct fx_manager *m, const struct fx_waiter *w, struct fx_key from)
{
	struct fx_thread_wait *wait = &thread_of(w)->wait;
	int64_t now = fx_clock_us();

	(void)m;
	/* Of several moves the first word is told, and the last. */
	if (!wait->moved_us) {
		wait->moved_from = fx_key_uaddr(from);
		wait->moved_by = self_as_waker(wait->began_us, now, &wait->moved_told_us);
	}
	wait->moved_us = now;
}

static void put_operation(struct fx_text *x, const struct fx_call *c)
{
	fx_text_put(x, ",\"op\":\"");
	if (c->nr == __NR_futex)
		fx_decode_futex_op(x, (int)c->arg[1]);
	else
		fx_decode_name(x, c->nr);
	fx_text_char(x, '"');
}

static void put_result(struct fx_text *x, int result)
{
	const char *name = fx_errno_name(result == -FX_EBAIL ? FX_EINTR : -result);

	if (result < 0 && name)
		fx_json_str(x, "errno", name);
}

static void tell(const struct fx_thread *t, const struct fx_call *c, const struct part *p,
		 uint64_t path)
{
	char line[FX_LOG_LINE];
	struct fx_text x;

	fx_log_begin(&x, line, "lock_wait");
	fx_json_int(&x, "tid", t->host_tid);
	put_operation(&x, c);
	fx_json_hex(&x, "word", p->word);
	if (c->nr == __NR_futex)
		fx_json_int(&x, "value", (uint32_t)c->arg[2]);
	fx_json_int(&x, "began_us", fx_clock_wall_us(p->began_us));
	fx_json_int(&x, "waited_us", p->us);
	put_result(&x, p->result);
	if (t->wait.owner)
		fx_json_int(&x, "owner", t->wait.owner);
	if (p->by->tid)
		fx_json_int(&x, "waker", p->by->tid);
	if (p->by->wake)
		fx_json_int(&x, "wake", p->by->wake);
	if (path)
		fx_json_hex(&x, "stack", path);
	fx_log_end_gathered(&x);
}

/* Of several words of one call only that which was woken is told. */
static void wait_end(struct fx_manager *m, const struct fx_waiter *w, int result)
{
	struct fx_thread *t = thread_of(w);
	const struct fx_thread_wait *wait = &t->wait;
	const struct fx_call *c = fx_guest_call(t);
	int64_t now = fx_clock_us(), last = wait->moved_us ? wait->moved_us : wait->began_us;
	const struct part first = {wait->moved_from, wait->began_us,
				   wait->moved_us - wait->began_us, &wait->moved_by, 0};
	const struct part second = {fx_key_uaddr(w->key), last, now - last, &wait->by, result};
	const bool first_long = wait->moved_us && first.us - wait->moved_told_us > LONG_US;
	const bool second_long = second.us - wait->told_us > LONG_US;
	uint64_t path;

	(void)m;
	if ((!first_long && !second_long) || !c || t->own_process)
		return;
	if (w->kind == FX_WAITER_VECTOR && result != 0)
		return;
	t->tells_us = now;
	path = fx_call_path_tell(t, c);
	if (first_long)
		tell(t, c, &first, path);
	if (second_long)
		tell(t, c, &second, path);
	t->has_told_us = fx_clock_us();
}

void fx_long_wait_sleeps(struct fx_thread *t)
{
	t->wait.owner = fx_owner_of_wait(t);
}

void fx_long_wait_woke(struct fx_thread *t)
{
	const struct fx_call *c = fx_guest_call(t);
	char line[FX_LOG_LINE];
	struct fx_text x;
	uint64_t path;

	t->woke = false;
	if (t->own_process || !c)
		return;
	t->tells_us = fx_clock_us();
	path = fx_call_path_tell(t, c);
	fx_log_begin(&x, line, "lock_wake");
	fx_json_int(&x, "tid", t->host_tid);
	fx_json_int(&x, "wake", t->wakes);
	fx_json_int(&x, "woke_us", fx_clock_wall_us(t->woke_us));
	if (path)
		fx_json_hex(&x, "stack", path);
	fx_log_end_gathered(&x);
	t->has_told_us = fx_clock_us();
}

const struct fx_observer fx_long_wait_observer = {
	.wait_begin = wait_begin,
	.wake = wake,
	.requeue = requeue,
	.wait_end = wait_end,
	.choose = fx_observer_choose_first,
};
