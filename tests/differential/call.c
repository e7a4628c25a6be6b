/* SPDX-License-Identifier: MIT */
#include "tests/differential/call.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/differential/record.h"

#define FAR_SECONDS 1000

static bool on_realtime(const struct step *s)
{
	if (op_has(s->row, 'C'))
		return s->clock == CLOCK_REALTIME;
	return !s->row->relative && (s->realtime || s->row->op == FUTEX_LOCK_PI);
}

static void add(struct timespec *t, time_t sec, long nsec)
{
	t->tv_sec += sec;
	t->tv_nsec += nsec;
	if (t->tv_nsec >= 1000000000L) {
		t->tv_nsec -= 1000000000L;
		t->tv_sec++;
	}
}

static void from_now(struct worker *w, const struct step *s, time_t sec, long nsec)
{
	w->has_deadline = true;
	w->deadline_clock = on_realtime(s) ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	clock_gettime(w->deadline_clock, &w->deadline);
	add(&w->deadline, sec, nsec);
	w->timeout = s->row->relative ? (struct timespec){sec, nsec} : w->deadline;
}

static void other_clock(struct worker *w, const struct step *s)
{
	bool realtime = on_realtime(s);

	clock_gettime(realtime ? CLOCK_MONOTONIC : CLOCK_REALTIME, &w->timeout);
	add(&w->timeout, FAR_SECONDS, 0);
	w->must_return = realtime; /* 1970 and some days */
}

static void past(struct worker *w, const struct step *s)
{
	w->must_return = true;
	w->timeout = (struct timespec){0, 1};
	if (s->row->relative || s->junk & 1)
		return;
	clock_gettime(on_realtime(s) ? CLOCK_REALTIME : CLOCK_MONOTONIC, &w->timeout);
	w->timeout.tv_sec--;
}

static uintptr_t bad_timeout(enum timeout timeout)
{
	switch (timeout) {
	case TIMEOUT_UNMAPPED:
		return memory_place(PLACE_UNMAPPED);
	case TIMEOUT_NO_ACCESS:
		return memory_place(PLACE_NO_ACCESS);
	case TIMEOUT_CROSSING:
		return memory_place(PLACE_EDGE) - 4;
	default:
		return memory_place(PLACE_KERNEL);
	}
}

static uintptr_t prepare_timeout(struct worker *w, const struct step *s)
{
	switch (s->timeout) {
	case TIMEOUT_NONE:
		return 0;
	case TIMEOUT_LONG:
		from_now(w, s, FAR_SECONDS, 0);
		break;
	case TIMEOUT_HUGE:
		w->timeout = (struct timespec){INT64_MAX, 999999999};
		break;
	case TIMEOUT_MEDIUM:
		from_now(w, s, 0, MEDIUM_NSEC);
		break;
	case TIMEOUT_SHORT:
		from_now(w, s, 0, SHORT_NSEC);
		w->must_return = true;
		break;
	case TIMEOUT_ZERO:
		w->timeout = (struct timespec){0, 0};
		w->must_return = true;
		break;
	case TIMEOUT_PAST:
		past(w, s);
		break;
	case TIMEOUT_OTHER_CLOCK:
		other_clock(w, s);
		break;
	case TIMEOUT_BAD_NSEC:
		w->timeout = (struct timespec){1, 1000000000L};
		break;
	case TIMEOUT_NEGATIVE_NSEC:
		w->timeout = (struct timespec){1, -1};
		break;
	case TIMEOUT_NEGATIVE_SEC:
		w->timeout = (struct timespec){-1, 0};
		break;
	default:
		return bad_timeout(s->timeout);
	}
	return (uintptr_t)&w->timeout;
}

static uint32_t value_for(enum place place, bool different)
{
	return memory_value(place) ^ (different ? 1U : 0U);
}

static uintptr_t prepare_vector(struct worker *w, const struct step *s, unsigned length)
{
	for (unsigned i = 0; i < length; i++) {
		const struct vector_entry *e = &s->vector[i];

		w->vector[i].val = value_for(e->place, e->different);
		w->vector[i].uaddr = memory_place(e->place);
		w->vector[i].flags = e->flags;
		w->vector[i].reserved = e->reserved;
	}
	return (uintptr_t)w->vector;
}

static int futex_op(const struct step *s)
{
	return s->row->op | (s->private ? FUTEX_PRIVATE_FLAG : 0) |
	       (s->realtime ? FUTEX_CLOCK_REALTIME : 0) | s->unknown_flags;
}

static uintptr_t thread_id(unsigned target)
{
	switch (target) {
	case MAX_WORKERS:
		return 0;
	case MAX_WORKERS + 1:
		return DEAD_TID;
	case MAX_WORKERS + 2:
		return (uintptr_t)-1;
	default:
		return (uintptr_t)worker_get(target % MAX_WORKERS)->tid;
	}
}

/* Pointers are not to be written over the words: they differ from run to run. */
static uintptr_t pointer_out(enum place place, void *good)
{
	bool writable = place < PLACES_TO_WAIT || place == PLACE_MISALIGNED || place == PLACE_CROSSING;

	return writable && place != PLACE_READ_ONLY ? (uintptr_t)good : memory_place(place);
}

static uintptr_t prepare_argument(struct worker *w, const struct step *s, char kind)
{
	/* The kernel takes 32 bits of these. */
	uintptr_t upper = s->junk & 0xffffffff00000000UL;

	switch (kind) {
	case 'a':
	case 'h':
		return memory_place(s->first);
	case 'A':
		return memory_place(s->second);
	case 'o':
		return (uint32_t)futex_op(s) | upper;
	case 'v':
		/* futex_wait(2) takes a long. */
		return value_for(s->first, s->different) | (s->row->nr == SYS_futex ? upper : 0);
	case 'n':
		return (uint32_t)s->count1 | upper;
	case 'm':
		return (uint32_t)s->count2 | upper;
	case 't':
		return prepare_timeout(w, s);
	case 'b':
		return s->bitset | (s->row->nr == SYS_futex ? upper : 0);
	case 'e':
		return s->encoded | upper;
	case 'V':
		return prepare_vector(w, s, s->vector_length);
	case 'N':
		return s->junk & 1 ? (s->junk >> 1) % 2 * 129 : s->vector_length;
	case 'R':
		return prepare_vector(w, s, 2);
	case '0':
		return s->call_flags | upper;
	case 'f':
		return s->flags2 | upper;
	case 'C':
		return (uint32_t)s->clock;
	case 'l':
		return s->length;
	case 'p':
		return thread_id(s->target);
	case 'H':
		return pointer_out(s->first, &w->robust_head);
	case 'L':
		return pointer_out(s->second, &w->robust_length);
	default:
		return s->junk;
	}
}

void call_prepare(struct worker *w, const struct step *s)
{
	w->nr = s->row->nr;
	w->must_return = false;
	w->has_deadline = false;
	w->robust_head = 1;
	w->robust_length = 1;
	memset(w->arg, 0, sizeof(w->arg));
	for (unsigned i = 0; i < 6 && s->row->arguments[i]; i++)
		w->arg[i] = prepare_argument(w, s, s->row->arguments[i]);
}

static void describe_vector(const struct step *s, unsigned length)
{
	for (unsigned i = 0; i < length; i++) {
		const struct vector_entry *e = &s->vector[i];

		record_aside(" {%s%s flags=%#x%s}", memory_place_name(e->place),
			     e->different ? " != " : "", e->flags, e->reserved ? " reserved" : "");
	}
}

static void describe_argument(const struct step *s, char kind)
{
	switch (kind) {
	case 'a':
	case 'h':
		record_aside(" %s", memory_place_name(s->first));
		break;
	case 'A':
		record_aside(" second=%s", memory_place_name(s->second));
		break;
	case 'o':
		record_aside("%s%s", s->private ? "|PRIVATE" : "", s->realtime ? "|REALTIME" : "");
		if (s->unknown_flags)
			record_aside("|%#x", (unsigned)s->unknown_flags);
		break;
	case 'v':
		record_aside(" value=%s", s->different ? "other" : "same");
		break;
	case 'n':
		record_aside(" count=%d", s->count1);
		break;
	case 'm':
		record_aside(" count2=%d", s->count2);
		break;
	case 't':
		record_aside(" timeout=%s", sequence_timeout_name(s->timeout));
		break;
	case 'b':
		record_aside(" bitset=%#x", s->bitset);
		break;
	case 'e':
		record_aside(" encoded=%#x", s->encoded);
		break;
	case 'V':
		describe_vector(s, s->vector_length);
		break;
	case 'N':
		if (s->junk & 1)
			record_aside(" length=%u", (unsigned)((s->junk >> 1) % 2 * 129));
		break;
	case 'R':
		describe_vector(s, 2);
		break;
	case '0':
		record_aside(" flags=%#x", s->call_flags);
		break;
	case 'f':
		record_aside(" flags=%#x", s->flags2);
		break;
	case 'C':
		record_aside(" clock=%d", s->clock);
		break;
	case 'l':
		record_aside(" length=%#llx", (unsigned long long)s->length);
		break;
	case 'p':
		record_aside(" of=%u", s->target);
		break;
	case 'H':
		record_aside(" head=%s", memory_place_name(s->first));
		break;
	case 'L':
		record_aside(" length=%s", memory_place_name(s->second));
		break;
	default:
		break;
	}
}

void call_describe(const struct step *s)
{
	record_aside(" %s", s->row->name);
	/* The flags first: they belong to the name. */
	if (op_has(s->row, 'o'))
		describe_argument(s, 'o');
	for (const char *c = s->row->arguments; *c; c++)
		if (*c != 'o')
			describe_argument(s, *c);
	if (s->junk)
		record_aside(" junk");
}
