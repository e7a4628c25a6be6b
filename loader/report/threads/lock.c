/* SPDX-License-Identifier: MIT */
/*
 * Two witnesses. A lock's owner is certain
 *
 *   if the stack says by a function's name what is waited for, and the lock's field has an owner;
 *   or if the kernel itself reads an owner there: a priority inheritance word, the word of
 *   clear_child_tid with the id of the thread that has it;
 *   or if the word says that something is being made, and the stack of exactly one thread that it
 *   is in the making: pthread_once, static variables of C++; of several within pthread_once, the
 *   one whose stack has the address of the word in that function's frame;
 *   or, where nothing has names (static and stripped), if every field of a glibc mutex is what it
 *   must be at once: the word is what was waited for and means "locked, with waiters", the owner
 *   is a thread of this process, users are as many as can be, the kind exists. A word that
 *   happens to have an id near it does not fulfil that: four words would have to agree.
 */
#include "loader/report/threads/lock.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>

#include "loader/report/threads/maker.h"

/* glibc's pthread_mutex_t. */
struct glibc_mutex {
	uint32_t lock, count, owner, users, kind;
};

#define KIND_TYPE   3U
#define KIND_ROBUST 0x10U
#define KIND_PI	    0x20U
#define KIND_MOST   0x3ffU /* with priority protection, shared, elision */
#define KIND_NONE   0x0cU  /* bits that no kind has */

/* glibc's pthread_rwlock_t. */
struct glibc_rwlock {
	uint32_t readers, writers, wrphase, writers_futex, pad3, pad4, writer, shared;
};

#define RW_WRPHASE	1U
#define RW_WRLOCKED	2U
#define RW_READER_SHIFT 3

struct glibc_barrier {
	uint32_t in, round, count;
};

/* The words of musl's pthread_mutex_t. */
struct musl_mutex {
	uint32_t type, lock, waiters;
};

#define MUSL_TYPE    3U
#define MUSL_ROBUST  4U
#define MUSL_PI	     8U
#define MUSL_PRIVATE 128U

static bool is_thread(const struct fx_threads *t, uint32_t tid)
{
	return tid && fx_dump_task_of(t->dump, tid) != NULL;
}

static bool is_futex(const struct fx_dump_thread *is, int op)
{
	return is->nr == SYS_futex && ((int)is->arg[1] & FUTEX_CMD_MASK) == op;
}

static bool is_pi(const struct fx_dump_thread *is)
{
	return is_futex(is, FUTEX_LOCK_PI) || is_futex(is, FUTEX_LOCK_PI2);
}

static void set_owner(const struct fx_threads *t, struct fx_wait *w, uint32_t tid)
{
	w->owner_tid = tid;
	w->owner = !tid ? FX_OWNER_UNKNOWN : is_thread(t, tid) ? FX_OWNER_THREAD : FX_OWNER_GONE;
}

static void set_by_word(const struct fx_threads *t, struct fx_wait *w, uint32_t word)
{
	set_owner(t, w, word & FUTEX_TID_MASK);
	if (word & FUTEX_OWNER_DIED && w->owner != FX_OWNER_THREAD)
		w->owner = FX_OWNER_DIED;
	else if (!w->owner_tid)
		w->owner = FX_OWNER_NOBODY;
}

static const char *type_name(uint32_t kind)
{
	static const char *const name[] = {NULL, "recursive", "error-checking", "adaptive"};

	if (kind & KIND_PI)
		return kind & KIND_ROBUST ? "robust, priority inheritance" : "priority inheritance";
	return kind & KIND_ROBUST ? "robust" : name[kind & KIND_TYPE];
}

static bool is_whole_mutex(const struct fx_threads *t, const struct glibc_mutex *m,
			   uint32_t expected)
{
	if (m->kind & ~KIND_MOST || m->kind & KIND_NONE || !is_thread(t, m->owner) ||
	    m->lock != expected || !m->users || m->users > t->threads)
		return false;
	if (m->kind & (KIND_ROBUST | KIND_PI))
		return m->lock & FUTEX_WAITERS && (m->lock & FUTEX_TID_MASK) == m->owner;
	return m->lock == 2;
}

static void glibc_mutex(const struct fx_threads *t, const struct fx_dump_thread *is,
			struct fx_wait *w)
{
	struct glibc_mutex m;

	w->object = is->uaddr;
	if (!fx_dump_load(t->dump, is->uaddr, &m, sizeof(m)))
		return;
	if (is_whole_mutex(t, &m, is->expected))
		w->by_fields = true;
	if (!w->by_function && !w->by_fields)
		return;
	w->kind = FX_WAIT_MUTEX;
	w->type = type_name(m.kind);
	if (m.kind & (KIND_ROBUST | KIND_PI))
		set_by_word(t, w, m.lock);
	else if (m.lock)
		set_owner(t, w, m.owner);
	else
		w->owner = FX_OWNER_NOBODY;
	w->certain = w->owner == FX_OWNER_THREAD || w->owner == FX_OWNER_GONE ||
		     w->owner == FX_OWNER_DIED;
}

/* Locked, as an unowned one has it, with waiters; the word before it is its type. */
#define MUSL_BUSY (16U | 0x80000000U)

static bool is_whole_musl_mutex(const struct fx_threads *t, const struct musl_mutex *m,
				uint32_t expected)
{
	if (m->type & ~(MUSL_TYPE | MUSL_ROBUST | MUSL_PI | MUSL_PRIVATE) || m->lock != expected ||
	    !m->waiters || m->waiters > t->threads)
		return false;
	if (!(m->type & MUSL_TYPE))
		return m->lock == MUSL_BUSY;
	return m->lock & FUTEX_WAITERS && is_thread(t, m->lock & FUTEX_TID_MASK);
}

static void musl_mutex(const struct fx_threads *t, const struct fx_dump_thread *is,
		       struct fx_wait *w)
{
	static const char *const type[] = {NULL, "recursive", "error-checking", NULL};
	struct musl_mutex m;

	if (!fx_dump_load(t->dump, is->uaddr - sizeof(m.type), &m, sizeof(m)))
		return;
	if (is_whole_musl_mutex(t, &m, is->expected))
		w->by_fields = true;
	if (!w->by_function && !w->by_fields)
		return;
	w->kind = FX_WAIT_MUTEX;
	w->object = is->uaddr - sizeof(m.type);
	w->type = m.type & MUSL_PI	 ? "priority inheritance"
		  : m.type & MUSL_ROBUST ? "robust"
					 : type[m.type & MUSL_TYPE];
	/* A normal one is marked as locked, and no more. */
	if (w->type)
		set_by_word(t, w, m.lock);
	else
		w->owner = m.lock ? FX_OWNER_UNKNOWN : FX_OWNER_NOBODY;
	w->certain = w->owner == FX_OWNER_THREAD || w->owner == FX_OWNER_GONE ||
		     w->owner == FX_OWNER_DIED;
}

/* The kernel gives such a word away by itself, so it knows whose it is. owner: 0: not known */
static void pi_mutex(const struct fx_threads *t, uint64_t word, uint32_t owner, struct fx_wait *w)
{
	w->kind = FX_WAIT_MUTEX;
	w->object = word - (t->modules->musl ? sizeof(uint32_t) : 0);
	w->by_fields = true;
	w->type = "priority inheritance";
	if (w->now_known)
		set_by_word(t, w, w->now);
	if (owner)
		set_owner(t, w, owner);
	w->certain = w->owner == FX_OWNER_THREAD || w->owner == FX_OWNER_GONE ||
		     w->owner == FX_OWNER_DIED;
}

/*
 * Linux does not wait where that would close a cycle, or the owner has ended; the library has the
 * thread sleep on a word of its own then, which nobody knows. No mutex is waited for until it is
 * other than free.
 */
static bool is_refused(const struct fx_dump_thread *is, const struct fx_wait *w)
{
	return w->by_function && w->library == FX_OF_PTHREAD && w->kind == FX_WAIT_MUTEX &&
	       w->place.where == FX_PLACE_STACK && is->nr == SYS_futex && is->expected == 0;
}

/* Without a name of the word it is a finding of its own: FX_FINDING_REFUSED. */
static void refused_mutex(const struct fx_threads *t, const struct fx_dump_thread *is,
			  struct fx_wait *w)
{
	const struct fx_place_stacks stacks = {t->stack, t->threads};

	w->refused = !is->refused || !fx_dump_load32(t->dump, is->refused, &w->now);
	if (w->refused)
		return;
	w->now_known = true;
	fx_place_find(t->modules, &stacks, is->refused, &w->place);
	pi_mutex(t, is->refused, 0, w);
}

static bool load_rwlock(const struct fx_threads *t, uint64_t at, struct glibc_rwlock *l)
{
	return fx_dump_load(t->dump, at, l, sizeof(*l)) && !l->pad3 && !l->pad4 &&
	       !(l->wrphase & ~3U) && !(l->writers_futex & ~3U) &&
	       (!l->writer || l->readers & RW_WRLOCKED);
}

/* Readers and writers wait on one of three of its words. */
static void glibc_rwlock(const struct fx_threads *t, const struct fx_dump_thread *is,
			 struct fx_wait *w)
{
	static const uint64_t read[] = {8, 0, 12}, write[] = {12, 8, 0};
	const uint64_t *offset = w->kind == FX_WAIT_WRITE ? write : read;
	struct glibc_rwlock l;

	for (int i = 0; i < 3; i++) {
		if (!load_rwlock(t, is->uaddr - offset[i], &l))
			continue;
		if (!w->by_function && !(is_thread(t, l.writer) && l.writers_futex))
			continue;
		/* A word that is none of its three as this thread saw it. */
		if (w->by_function && w->place.start != is->uaddr &&
		    w->place.start != is->uaddr - offset[i])
			continue;
		w->object = is->uaddr - offset[i];
		w->by_fields = is_thread(t, l.writer);
		if (!w->by_function)
			w->kind = FX_WAIT_READ;
		w->count = l.readers >> RW_READER_SHIFT;
		if (l.writer)
			set_owner(t, w, l.writer);
		w->certain = l.writer != 0;
		return;
	}
}

static void glibc_barrier(const struct fx_threads *t, const struct fx_dump_thread *is,
			  struct fx_wait *w)
{
	struct glibc_barrier b;

	w->object = is->uaddr - sizeof(b.in);
	if (!fx_dump_load(t->dump, w->object, &b, sizeof(b)) || b.in < b.round)
		return;
	w->count = b.count;
	w->arrived = b.in - b.round;
}

/* A static program without names may have either library. */
static bool may_be_musl(const struct fx_threads *t, const struct fx_wait *w)
{
	return t->modules->musl || (!t->modules->libc && !w->by_function);
}

#define MUSL_BLOCK    256 /* of a thread, from where its pointer points to */
#define MUSL_JOINABLE 2	  /* in it, until the thread has ended */

/* The word that the kernel clears when the thread has ended; musl has another in its block. */
static bool join(const struct fx_threads *t, const struct fx_dump_thread *is, struct fx_wait *w)
{
	for (size_t i = 0; i < t->threads; i++) {
		const struct fx_dump_task *other = &t->dump->task[i];
		const bool by_kernel = other->is.clear_child_tid == is->uaddr && w->now_known &&
				       w->now == (uint32_t)other->is.tid && is->expected == w->now;
		const bool by_block = may_be_musl(t, w) && is->expected == MUSL_JOINABLE &&
				      is->uaddr - other->regs.fs_base < MUSL_BLOCK;

		if (!by_kernel && !by_block)
			continue;
		w->kind = FX_WAIT_JOIN;
		w->by_fields = by_kernel;
		w->certain = true;
		set_owner(t, w, (uint32_t)other->is.tid);
		return true;
	}
	return false;
}

#define GLIBC_BLOCK 0x900 /* of a thread, at most; the word of clear_child_tid is in it */

static bool is_block_of(const struct fx_dump_task *task, uint64_t block)
{
	return task->regs.fs_base == block ||
	       (task->is.clear_child_tid > block && task->is.clear_child_tid - block < GLIBC_BLOCK);
}

/* stdio's, and others like it, have their owner's thread pointer behind word and count. */
static void internal(const struct fx_threads *t, const struct fx_dump_thread *is, struct fx_wait *w)
{
	uint64_t owner;

	if (t->modules->musl || !fx_dump_load(t->dump, is->uaddr + 8, &owner, sizeof(owner)))
		return;
	for (size_t i = 0; i < t->threads && owner; i++) {
		if (!is_block_of(&t->dump->task[i], owner))
			continue;
		set_owner(t, w, (uint32_t)t->dump->task[i].is.tid);
		w->certain = true;
	}
}

/* After a wait on a condition its mutex is taken again, by a function of the library's inside. */
static bool is_mutex_after_all(const struct fx_threads *t, const struct fx_dump_thread *is,
			       const struct fx_wait *w)
{
	return w->kind == FX_WAIT_COND && w->library == FX_OF_PTHREAD && !t->modules->musl &&
	       is_futex(is, FUTEX_WAIT) && is->expected == 2;
}

void fx_lock_read(const struct fx_threads *t, const struct fx_thread_report *r, struct fx_wait *w)
{
	const struct fx_dump_thread *is = &r->task->is;

	w->object = w->place.start;
	if (is_pi(is)) {
		pi_mutex(t, is->uaddr, is->owner, w);
		return;
	}
	if (is_refused(is, w)) {
		refused_mutex(t, is, w);
		return;
	}
	if (join(t, is, w))
		return;
	if (is_mutex_after_all(t, is, w))
		w->kind = FX_WAIT_MUTEX;
	if (w->kind == FX_WAIT_UNKNOWN && !t->modules->musl) {
		glibc_mutex(t, is, w);
		if (w->kind == FX_WAIT_UNKNOWN)
			glibc_rwlock(t, is, w);
	}
	if (w->kind == FX_WAIT_UNKNOWN && may_be_musl(t, w))
		musl_mutex(t, is, w);
	if (w->kind == FX_WAIT_ONCE || w->kind == FX_WAIT_GUARD) {
		set_owner(t, w,
			  w->kind == FX_WAIT_GUARD ? fx_maker_of_guard(t, r)
			  : t->once_maker	   ? t->once_maker
						   : fx_maker_of_once(t, is->uaddr));
		w->certain = w->owner == FX_OWNER_THREAD;
	}
	if (!w->by_function || w->library != FX_OF_PTHREAD)
		return;
	switch (w->kind) {
	case FX_WAIT_MUTEX:
		(t->modules->musl ? musl_mutex : glibc_mutex)(t, is, w);
		break;
	case FX_WAIT_READ:
	case FX_WAIT_WRITE:
		if (!t->modules->musl)
			glibc_rwlock(t, is, w);
		break;
	case FX_WAIT_BARRIER:
		if (!t->modules->musl)
			glibc_barrier(t, is, w);
		break;
	case FX_WAIT_INTERNAL:
		internal(t, is, w);
		break;
	default:
		break;
	}
}
