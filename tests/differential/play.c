/* SPDX-License-Identifier: MIT */
#include "tests/differential/play.h"

#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/differential/call.h"
#include "tests/differential/exit_list.h"
#include "tests/differential/record.h"
#include "tests/differential/worker.h"

static const struct sequence *sequence;
static uint32_t last_words[WORDS];
/*
 * When the first timeout that may expire within the sequence does, on the
 * monotonic clock. A step that ends later than that has raced it, and the whole
 * sequence is played again.
 */
static struct timespec medium;
static bool medium_of[MAX_WORKERS];
static bool medium_pending;

static void reset(const struct sequence *s)
{
	sequence = s;
	for (unsigned i = 0; i < WORDS; i++) {
		*memory_word(i) = s->initial[i];
		last_words[i] = s->initial[i];
	}
	*(uint32_t *)memory_place(PLACE_EDGE) = 0;
	memset(medium_of, 0, sizeof(medium_of));
	medium_pending = false;
}

static unsigned idle_count(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < sequence->workers; i++)
		n += !worker_get(i)->in_call;
	return n;
}

/* The first that is idle, or is not, from the step's own on; NULL: none. */
static struct worker *find_worker(const struct step *s, bool idle)
{
	for (unsigned i = 0; i < sequence->workers; i++) {
		struct worker *w = worker_get((s->worker + i) % sequence->workers);

		if (w->in_call != idle)
			return w;
	}
	return NULL;
}

static void record_words(bool exit)
{
	char text[40];

	for (unsigned i = 0; i < WORDS; i++) {
		uint32_t value = *(volatile uint32_t *)memory_word(i);

		if (value == last_words[i])
			continue;
		last_words[i] = value;
		memory_describe(value, exit || i >= PLAIN_WORDS, text, sizeof(text));
		record("   word%u is %s\n", i, text);
	}
}

static void record_result(struct worker *w)
{
	const char *early = w->early ? " early" : "";

	w->returned = false;
	medium_of[w->index] = false;
	if (w->result == -ABANDONED)
		record("   w%u left\n", w->index);
	else if (w->result < 0)
		record("   w%u: %s%s\n", w->index, strerrorname_np((int)-w->result), early);
	else
		record("   w%u: %ld%s\n", w->index, w->result, early);
}

/*
 * Waits until the step is over; first (or NULL) is whose call it was. exit: a
 * thread id may be in any word.
 */
static bool settle(struct worker *first, bool exit)
{
	if (!worker_settle(first)) {
		for (unsigned i = 0; i < MAX_WORKERS; i++)
			if (worker_get(i)->in_call)
				record("   w%u does not come back, or sleeps elsewhere\n", i);
		return false;
	}
	if (first && first->in_call)
		record("   w%u blocks\n", first->index);
	for (unsigned i = 0; i < MAX_WORKERS; i++)
		if (worker_get(i)->returned)
			record_result(worker_get(i));
	record_words(exit);
	return true;
}

static bool is_late(void)
{
	struct timespec now;

	if (!medium_pending)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > medium.tv_sec ||
	       (now.tv_sec == medium.tv_sec && now.tv_nsec >= medium.tv_nsec);
}

static void note_medium(const struct worker *w)
{
	medium_of[w->index] = true;
	if (medium_pending)
		return;
	medium_pending = true;
	/* Taken before the deadline itself is, so it is no later. */
	clock_gettime(CLOCK_MONOTONIC, &medium);
	medium.tv_nsec += MEDIUM_NSEC;
	if (medium.tv_nsec >= 1000000000L) {
		medium.tv_nsec -= 1000000000L;
		medium.tv_sec++;
	}
}

/* Without it all could be blocked, and the rest of the sequence would be idle. */
static bool would_block_last(const struct step *s)
{
	return op_has(s->row, 't') && idle_count() == 1 && s->timeout <= TIMEOUT_MEDIUM;
}

static void record_robust(struct worker *w)
{
	if (w->result != 0)
		return;
	if (w->nr == SYS_set_robust_list) {
		w->robust_now = w->arg[0];
	} else if (w->nr == SYS_get_robust_list) {
		int of = -1;

		for (int i = 0; i < MAX_WORKERS; i++)
			if (worker_get((unsigned)i)->robust_now == w->robust_head)
				of = i;
		record("   head of w%d, length %lu\n", of, (unsigned long)w->robust_length);
	}
}

static bool play_call(const struct step *original)
{
	struct worker *w = find_worker(original, true);
	struct step s = *original;

	if (!w)
		return true;
	if (would_block_last(&s))
		s.timeout = TIMEOUT_SHORT;
	record_aside("   w%u calls", w->index);
	call_describe(&s);
	record_aside("\n");
	if (s.timeout == TIMEOUT_MEDIUM && op_has(s.row, 't'))
		note_medium(w);
	call_prepare(w, &s);
	worker_call(w);
	if (!settle(w, false))
		return false;
	record_robust(w);
	return true;
}

static bool play_store(const struct step *s)
{
	uint32_t value = s->value;

	if (s->value_is_tid)
		value = (uint32_t)worker_get(s->target % sequence->workers)->tid |
			(value & FUTEX_WAITERS);
	*(volatile uint32_t *)memory_place(s->first) = value;
	record_words(false);
	return true;
}

static bool play_signal(const struct step *s)
{
	struct worker *w = find_worker(s, false);

	if (!w)
		return true;
	record_aside("   %s to w%u\n",
		     s->signal == SIGUSR1 ? "a signal with SA_RESTART"
					  : s->signal == SIGURG ? "an ignored signal" : "a signal",
		     w->index);
	worker_signal(w, s->signal);
	return settle(w, false);
}

static bool play_exit(const struct step *s)
{
	struct worker *w = find_worker(s, true);
	bool ok;

	if (!w)
		return true;
	record_aside("   w%u exits\n", w->index);
	worker_exit(w, exit_list_make(w, s->seed));
	ok = settle(NULL, true);
	exit_list_record(w);
	worker_start(w);
	record_words(false);
	return ok;
}

static bool play_expire(void)
{
	record_aside("   timeouts expire\n");
	for (unsigned i = 0; i < MAX_WORKERS; i++)
		if (medium_of[i])
			worker_get(i)->must_return = true;
	medium_pending = false;
	return settle(NULL, false);
}

static bool play_step(const struct step *s)
{
	switch (s->kind) {
	case STEP_CALL:
		return play_call(s);
	case STEP_STORE:
		return play_store(s);
	case STEP_SIGNAL:
		return play_signal(s);
	case STEP_EXIT:
		return play_exit(s);
	default:
		return play_expire();
	}
}

static bool any_blocked(void)
{
	return idle_count() < sequence->workers;
}

/* Who is still queued where: one wake for each word and class, so that it shows. */
static bool drain(void)
{
	for (int place = 0; place < PLACES_TO_WAIT && any_blocked(); place++) {
		for (int flag = 0; flag <= FUTEX_PRIVATE_FLAG; flag += FUTEX_PRIVATE_FLAG) {
			long n = syscall(SYS_futex, memory_place((enum place)place), FUTEX_WAKE | flag,
					 INT_MAX);

			record("   left at %s%s: %ld\n", memory_place_name((enum place)place),
			       flag ? ", private" : "", n);
			if (!settle(NULL, false))
				return false;
		}
	}
	for (unsigned i = 0; i < MAX_WORKERS; i++) {
		struct worker *w = worker_get(i);

		if (w->in_call) {
			worker_abandon(w);
			if (!settle(w, false))
				return false;
		}
		if (w->robust_now != w->robust_first) {
			w->nr = SYS_set_robust_list;
			w->arg[0] = w->robust_now = w->robust_first;
			w->arg[1] = sizeof(struct robust_list_head);
			w->must_return = true;
			worker_call(w);
			if (!settle(w, false))
				return false;
		}
	}
	return true;
}

enum play_result play(const struct sequence *s, uint32_t dropped)
{
	reset(s);
	record_aside("%u workers\n", s->workers);
	for (unsigned i = 0; i < s->steps; i++) {
		if (dropped >> i & 1)
			continue;
		record_aside("%u\n", i);
		if (!play_step(&s->step[i]))
			return PLAY_HANG;
		if (is_late()) {
			medium_pending = false;
			return drain() ? PLAY_LATE : PLAY_HANG;
		}
	}
	record_aside("end\n");
	if (medium_pending && !play_expire())
		return PLAY_HANG;
	return drain() ? PLAY_DONE : PLAY_HANG;
}
