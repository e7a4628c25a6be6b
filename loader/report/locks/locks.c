/* SPDX-License-Identifier: MIT */
#include "loader/report/locks/locks.h"

#include <inttypes.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "loader/exit_status.h"
#include "loader/report/log_read.h"
#include "loader/report/threads/called.h"
#include "loader/report/threads/threads.h"

#define NAME_MOST    1024
#define WORDS_OF_ONE 64

/* What is known of a lock by one word of it, before words of one thing are put together. */
struct word {
	size_t image;
	uint64_t word;
	size_t wait;  /* the first that tells its stack; or FX_LOCK_UNKNOWN */
	size_t next;  /* of the same stack, as an index; or FX_LOCK_UNKNOWN */
	uint64_t key; /* where the thing begins that it is a part of */
	enum fx_wait_kind kind;
	char *name;
	size_t lock;
};

struct making {
	struct fx_locks *l;
	struct word *word;
	size_t words;
	size_t *order;	  /* waits by word */
	size_t *wait_of;  /* of each stack, one that has it; or FX_LOCK_UNKNOWN */
	size_t *words_of; /* of each stack: the first word that is looked at there */
	unsigned char slice[FX_LOCK_SLICE];
};

static void *allocate(size_t count, size_t size)
{
	void *new = calloc(count + 1, size);

	if (!new) {
		perror("fxbox");
		exit(FX_EXIT_FAILED);
	}
	return new;
}

static char *copy(const char *text)
{
	char *new = strdup(text);

	if (!new) {
		perror("fxbox");
		exit(FX_EXIT_FAILED);
	}
	return new;
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_word(const void *a, const void *b, void *arg)
{
	const struct fx_lock_log *log = arg;
	const struct fx_lock_wait *x = &log->wait[*(const size_t *)a];
	const struct fx_lock_wait *y = &log->wait[*(const size_t *)b];
	int r = order(x->image, y->image);

	r = r ? r : order(x->word, y->word);
	return r ? r : order(*(const size_t *)a, *(const size_t *)b);
}

/* Sets fx_lock_wait.lock to the index of its word, for the time being. */
static void find_words(struct making *k)
{
	struct fx_lock_log *log = k->l->log;

	k->order = allocate(log->waits, sizeof(*k->order));
	for (size_t i = 0; i < log->waits; i++)
		k->order[i] = i;
	qsort_r(k->order, log->waits, sizeof(*k->order), by_word, log);
	for (size_t i = 0; i < log->waits; i++) {
		struct fx_lock_wait *w = &log->wait[k->order[i]];
		struct word *last = k->words ? &k->word[k->words - 1] : NULL;

		if (!last || last->image != w->image || last->word != w->word) {
			k->word = fx_log_grow(k->word, k->words, sizeof(*k->word));
			last = &k->word[k->words++];
			*last = (struct word){.image = w->image,
					      .word = w->word,
					      .key = w->word,
					      .wait = FX_LOCK_UNKNOWN,
					      .next = FX_LOCK_UNKNOWN};
		}
		w->lock = (size_t)(last - k->word);
		if (last->wait == FX_LOCK_UNKNOWN && w->stack != FX_LOCK_UNKNOWN)
			last->wait = k->order[i];
	}
}

static void find_looks(struct making *k)
{
	const struct fx_lock_log *log = k->l->log;

	k->wait_of = allocate(log->stacks, sizeof(*k->wait_of));
	k->words_of = allocate(log->stacks, sizeof(*k->words_of));
	for (size_t i = 0; i < log->stacks; i++)
		k->wait_of[i] = k->words_of[i] = FX_LOCK_UNKNOWN;
	for (size_t i = 0; i < log->waits; i++) {
		if (log->wait[i].stack != FX_LOCK_UNKNOWN)
			k->wait_of[log->wait[i].stack] = i;
	}
	for (size_t i = 0; i < k->words; i++) {
		size_t stack;

		if (k->word[i].wait == FX_LOCK_UNKNOWN)
			continue;
		stack = log->wait[k->word[i].wait].stack;
		k->word[i].next = k->words_of[stack];
		k->words_of[stack] = i;
	}
}

/* The stack as a dump has it: of its words all that were not told are 0. */
static void lay_out(struct making *k, const struct fx_lock_stack *s, struct fx_dump *dump)
{
	memset(k->slice, 0, sizeof(k->slice));
	for (size_t i = 0; i < s->words; i++)
		memcpy(k->slice + s->word[i].at, &s->word[i].value, sizeof(s->word[i].value));
	dump->area[0].start = s->reg[FX_LOCK_RSP] & ~7ULL;
	dump->area[0].end = dump->area[0].start + sizeof(k->slice);
	/* A forged one may lie anywhere. */
	dump->areas = dump->area[0].start < dump->area[0].end;
	fx_dump_memory(dump, k->slice, sizeof(k->slice));
}

static void set_task(const struct fx_lock_stack *s, const struct fx_lock_wait *w,
		     struct fx_dump_task *task)
{
	*task = (struct fx_dump_task){
		.is = {.tid = w && w->tid > 0 && w->tid <= INT32_MAX ? (int32_t)w->tid : 1,
		       .state = w ? FX_DUMP_WAITS : FX_DUMP_RUNS,
		       .nr = w && w->op >= 0 ? SYS_futex : -1,
		       .left_ns = -1},
		.regs = {.rip = s->reg[FX_LOCK_RIP],
			 .rsp = s->reg[FX_LOCK_RSP],
			 .rbp = s->reg[FX_LOCK_RBP],
			 .rbx = s->reg[FX_LOCK_RBX],
			 .r12 = s->reg[FX_LOCK_R12],
			 .r13 = s->reg[FX_LOCK_R13],
			 .r14 = s->reg[FX_LOCK_R14],
			 .r15 = s->reg[FX_LOCK_R15]},
	};
	if (!w)
		return;
	task->is.uaddr = w->word;
	task->is.expected = w->value;
	task->is.arg[0] = w->word;
	task->is.arg[1] = w->op >= 0 ? (uint64_t)w->op : 0;
	task->is.arg[2] = w->value;
}

static uint64_t hash(uint64_t h, const char *s)
{
	for (; s && *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	return (h ^ 0xff) * 0x100000001b3ULL;
}

static void add_frame(struct fx_threads *t, const struct fx_frame *f, const char *known,
		      struct fx_lock_path *path)
{
	const uint64_t at = fx_frame_at(f);
	const struct fx_module *module = fx_module_of(t->modules, at);
	const char *symbol = known ? known : fx_threads_function(t, f), *file;
	struct fx_lock_frame new = {.guessed = f->how == FX_FRAME_SCANNED};
	char text[NAME_MOST];
	int line;

	if (symbol)
		fx_wait_function_name(symbol, text, sizeof(text));
	else if (module)
		snprintf(text, sizeof(text), "%s+0x%" PRIx64, fx_place_base(module->path),
			 at - module->start);
	else
		snprintf(text, sizeof(text), "0x%" PRIx64, at);
	new.name = copy(text);
	if (module && !module->libc && fx_module_line(t->modules, at, &file, &line)) {
		snprintf(text, sizeof(text), "%s:%d", fx_place_base(file), line);
		new.where = copy(text);
	}
	path->frame = fx_log_grow(path->frame, path->frames, sizeof(new));
	path->frame[path->frames++] = new;
	path->hash = hash(hash(path->hash, new.name), new.where);
}

/* From the function that the program called on: what that does inside is left out. */
static void make_path(struct fx_threads *t, struct fx_lock_path *path)
{
	const struct fx_thread_report *r = &t->thread[0];
	size_t i = r->wait.user;

	*path = (struct fx_lock_path){.hash = 0xcbf29ce484222325ULL};
	if (i > 0) {
		const char *name = r->wait.function;

		if (!name && !r->stack.frame[i].exact)
			name = fx_called_name(t->modules, r->stack.frame[i].pc);
		add_frame(t, &r->stack.frame[i - 1], name, path);
	}
	for (; i < r->stack.frames; i++)
		add_frame(t, &r->stack.frame[i], NULL, path);
}

static void free_path(struct fx_lock_path *path)
{
	for (size_t i = 0; i < path->frames; i++) {
		free(path->frame[i].name);
		free(path->frame[i].where);
	}
	free(path->frame);
}

/* Its index; one that is there already is freed. */
static size_t keep_path(struct fx_locks *l, struct fx_lock_path *path)
{
	for (size_t i = 0; i < l->paths; i++) {
		if (l->path[i].hash == path->hash && l->path[i].frames == path->frames) {
			free_path(path);
			return i;
		}
	}
	l->path = fx_log_grow(l->path, l->paths, sizeof(*l->path));
	l->path[l->paths] = *path;
	return l->paths++;
}

static void name_word(struct fx_threads *t, struct word *w)
{
	const struct fx_place_stacks stacks = {t->stack, t->threads};
	const struct fx_wait *wait = &t->thread[0].wait;
	char text[FX_PLACE_TEXT];
	struct fx_place p;

	fx_place_find(t->modules, &stacks, w->word, &p);
	w->kind = wait->kind;
	if (p.where == FX_PLACE_HEAP)
		snprintf(text, sizeof(text), "0x%" PRIx64 ", in memory without a name", w->word);
	else
		fx_place_text(&p, text, sizeof(text));
	w->name = copy(text);
	if (p.name[0])
		w->key = p.start;
	/* glibc's have two, side by side, for waiters of two times. */
	else if (w->kind == FX_WAIT_COND && wait->library == FX_OF_PTHREAD && !t->modules->musl)
		w->key = w->word & ~7ULL;
}

static void read_stack(struct making *k, struct fx_dump *dump, struct fx_modules *modules,
		       size_t index)
{
	struct fx_lock_stack *s = &k->l->log->stack[index];
	const size_t wait = k->wait_of[index];
	struct fx_lock_path path;
	struct fx_threads t;

	lay_out(k, s, dump);
	set_task(s, wait == FX_LOCK_UNKNOWN ? NULL : &k->l->log->wait[wait], dump->task);
	fx_threads_read(&t, dump, modules);
	make_path(&t, &path);
	s->path = keep_path(k->l, &path);
	for (size_t i = k->words_of[index]; i != FX_LOCK_UNKNOWN; i = k->word[i].next)
		name_word(&t, &k->word[i]);
	fx_threads_free(&t);
}

static int by_start(const void *a, const void *b)
{
	const struct fx_dump_file *x = a, *y = b;

	return order(x->start, y->start);
}

/* All stacks of one memory, so that its files are read once. */
static void read_space(struct making *k, size_t space, const size_t *stack, size_t stacks)
{
	const struct fx_lock_space *s = &k->l->log->space[space];
	struct fx_dump_file *file = allocate(s->modules, sizeof(*file));
	struct fx_dump_area area = {0};
	struct fx_dump_task task = {0};
	static struct fx_dump dump;
	struct fx_modules modules = {0};
	struct fx_refusal why;

	for (size_t i = 0; i < s->modules; i++)
		file[i] = (struct fx_dump_file){.start = s->module[i].start,
						.end = s->module[i].start + 1,
						.name = s->module[i].path};
	if (s->modules)
		qsort(file, s->modules, sizeof(*file), by_start);
	dump = (struct fx_dump){.fd = -1,
				.task = &task,
				.tasks = 1,
				.file = file,
				.files = s->modules,
				.area = &area};
	if (fx_modules_open(&modules, &dump, &why) == 0) {
		/* Without files there is nothing to unwind by: the places alone are told. */
		fx_stack_attach(&modules, &why);
		for (size_t i = 0; i < stacks; i++)
			read_stack(k, &dump, &modules, stack[i]);
	}
	fx_modules_free(&modules);
	free(file);
}

static int by_space(const void *a, const void *b, void *arg)
{
	const struct fx_lock_log *log = arg;
	const size_t x = *(const size_t *)a, y = *(const size_t *)b;
	const int r = order(log->stack[x].space, log->stack[y].space);

	return r ? r : order(x, y);
}

static void read_stacks(struct making *k)
{
	struct fx_lock_log *log = k->l->log;
	size_t *stack = allocate(log->stacks, sizeof(*stack));

	for (size_t i = 0; i < log->stacks; i++) {
		stack[i] = i;
		log->stack[i].path = FX_LOCK_UNKNOWN;
	}
	qsort_r(stack, log->stacks, sizeof(*stack), by_space, log);
	for (size_t i = 0, end; i < log->stacks; i = end) {
		const size_t space = log->stack[stack[i]].space;

		for (end = i; end < log->stacks && log->stack[stack[end]].space == space; end++)
			;
		read_space(k, space, stack + i, end - i);
	}
	free(stack);
}

/* The words of one thing are one lock: where it begins, of which kind. They lie side by side. */
static size_t lock_of(struct making *k, size_t index)
{
	struct fx_locks *l = k->l;
	struct word *w = &k->word[index];
	struct fx_lock *new;

	for (size_t i = index; i-- > 0 && index - i <= WORDS_OF_ONE;) {
		const struct word *o = &k->word[i];

		if (o->image == w->image && o->key == w->key && o->kind == w->kind)
			return o->lock;
	}
	l->lock = fx_log_grow(l->lock, l->locks, sizeof(*l->lock));
	new = &l->lock[l->locks++];
	*new = (struct fx_lock){.image = w->image, .word = w->word, .kind = w->kind};
	if (w->name) {
		new->name = copy(w->name);
	} else {
		char text[64];

		snprintf(text, sizeof(text), "0x%" PRIx64, w->word);
		new->name = copy(text);
	}
	return l->locks - 1;
}

static void add(int64_t *sum, int64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = INT64_MAX;
}

static int by_time(const void *a, const void *b, void *arg)
{
	const struct fx_lock *lock = arg;
	const size_t x = *(const size_t *)a, y = *(const size_t *)b;
	const int r = order((uint64_t)lock[y].total_us, (uint64_t)lock[x].total_us);

	return r ? r : order(x, y);
}

static void sort_locks(struct fx_locks *l)
{
	size_t *old = allocate(l->locks, sizeof(*old)), *new = allocate(l->locks, sizeof(*new));
	struct fx_lock *sorted = allocate(l->locks, sizeof(*sorted));

	for (size_t i = 0; i < l->locks; i++)
		old[i] = i;
	qsort_r(old, l->locks, sizeof(*old), by_time, l->lock);
	for (size_t i = 0; i < l->locks; i++) {
		sorted[i] = l->lock[old[i]];
		new[old[i]] = i;
	}
	for (size_t i = 0; i < l->log->waits; i++)
		l->log->wait[i].lock = new[l->log->wait[i].lock];
	free(l->lock);
	free(old);
	free(new);
	l->lock = sorted;
}

void fx_locks_make(struct fx_locks *l, struct fx_lock_log *log)
{
	struct making *k = allocate(1, sizeof(*k));

	*l = (struct fx_locks){.log = log};
	k->l = l;
	fx_lock_log_settle(log);
	find_words(k);
	find_looks(k);
	read_stacks(k);
	for (size_t i = 0; i < k->words; i++)
		k->word[i].lock = lock_of(k, i);
	for (size_t i = 0; i < log->waits; i++) {
		struct fx_lock_wait *w = &log->wait[i];
		struct fx_lock *lock = &l->lock[k->word[w->lock].lock];

		w->lock = k->word[w->lock].lock;
		lock->waits++;
		lock->failed += w->failed;
		add(&lock->total_us, w->us);
		if (w->us > lock->longest_us)
			lock->longest_us = w->us;
	}
	sort_locks(l);
	for (size_t i = 0; i < k->words; i++)
		free(k->word[i].name);
	free(k->word);
	free(k->order);
	free(k->wait_of);
	free(k->words_of);
	free(k);
}

void fx_locks_free(struct fx_locks *l)
{
	for (size_t i = 0; i < l->paths; i++)
		free_path(&l->path[i]);
	for (size_t i = 0; i < l->locks; i++)
		free(l->lock[i].name);
	free(l->path);
	free(l->lock);
	*l = (struct fx_locks){0};
}

const struct fx_lock_path *fx_locks_path(const struct fx_locks *l, size_t stack)
{
	const size_t path = stack == FX_LOCK_UNKNOWN ? stack : l->log->stack[stack].path;

	return path == FX_LOCK_UNKNOWN ? NULL : &l->path[path];
}

bool fx_lock_is_held(enum fx_wait_kind kind)
{
	switch (kind) {
	case FX_WAIT_COND:
	case FX_WAIT_SEM:
	case FX_WAIT_BARRIER:
	case FX_WAIT_JOIN:
	case FX_WAIT_PARK:
		return false;
	default:
		return true;
	}
}
