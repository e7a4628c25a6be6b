/* SPDX-License-Identifier: MIT */
#include "loader/report/locks/lock_log.h"

#include <json-c/json.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/log_read.h"

/* What no run has more of. */
#define IMAGES_MOST  65536
#define SPACES_MOST  4096
#define MODULES_MOST 4096
#define STACKS_MOST  16384

static const char *const register_names[FX_LOCK_REGISTERS] = {"rip", "rsp", "rbp", "rbx",
							      "r12", "r13", "r14", "r15"};

static uint64_t hex_of(struct json_object *record, const char *member)
{
	const char *s = fx_log_string(record, member);

	return s ? strtoull(s, NULL, 16) : 0;
}

/* The latest of this process, or FX_LOCK_UNKNOWN. */
static size_t find_image(struct fx_lock_log *l, unsigned run, int64_t pid)
{
	if (l->last < l->images && l->image[l->last].run == run && l->image[l->last].pid == pid)
		return l->last;
	for (size_t i = l->images; i-- > 0;) {
		if (l->image[i].run == run && l->image[i].pid == pid)
			return l->last = i;
	}
	return FX_LOCK_UNKNOWN;
}

static size_t add_image(struct fx_lock_log *l, unsigned run, int64_t pid, unsigned number)
{
	if (l->images == IMAGES_MOST)
		return FX_LOCK_UNKNOWN;
	l->image = fx_log_grow(l->image, l->images, sizeof(*l->image));
	l->image[l->images] = (struct fx_lock_image){run, pid, number};
	return l->last = l->images++;
}

static size_t image_of(struct fx_lock_log *l, unsigned run, int64_t pid)
{
	const size_t i = find_image(l, run, pid);

	return i != FX_LOCK_UNKNOWN ? i : add_image(l, run, pid, 0);
}

static void begin_program(struct fx_lock_log *l, unsigned run, int64_t pid)
{
	const size_t i = find_image(l, run, pid);

	if (i != FX_LOCK_UNKNOWN)
		add_image(l, run, pid, l->image[i].number + 1);
}

/* The latest of this image; of one that has none yet, a new one. */
static size_t space_of(struct fx_lock_log *l, size_t image)
{
	for (size_t i = l->spaces; i-- > 0;) {
		if (l->space[i].image == image)
			return i;
	}
	if (l->spaces == SPACES_MOST)
		return FX_LOCK_UNKNOWN;
	l->space = fx_log_grow(l->space, l->spaces, sizeof(*l->space));
	l->space[l->spaces].image = image;
	return l->spaces++;
}

static void put_module(struct fx_lock_space *s, uint64_t start, const char *path)
{
	char *copy = s->modules < MODULES_MOST ? strdup(path) : NULL;

	if (!copy)
		return;
	s->module = fx_log_grow(s->module, s->modules, sizeof(*s->module));
	s->module[s->modules++] = (struct fx_lock_module){start, copy};
}

/* Where another file lay before, from now on it is another memory, with the same files else. */
static size_t without(struct fx_lock_log *l, size_t old, uint64_t start)
{
	size_t new;

	if (l->spaces == SPACES_MOST)
		return FX_LOCK_UNKNOWN;
	l->space = fx_log_grow(l->space, l->spaces, sizeof(*l->space));
	new = l->spaces++;
	l->space[new].image = l->space[old].image;
	for (size_t i = 0; i < l->space[old].modules; i++) {
		if (l->space[old].module[i].start != start)
			put_module(&l->space[new], l->space[old].module[i].start,
				   l->space[old].module[i].path);
	}
	return new;
}

static void add_module(struct fx_lock_log *l, size_t image, struct json_object *record)
{
	const char *path = fx_log_string(record, "path");
	const uint64_t start = hex_of(record, "start");
	size_t space = space_of(l, image);

	if (!path || space == FX_LOCK_UNKNOWN) {
		l->left_out++;
		return;
	}
	for (size_t i = 0; i < l->space[space].modules; i++) {
		const struct fx_lock_module *m = &l->space[space].module[i];

		if (m->start != start)
			continue;
		if (strcmp(m->path, path) == 0)
			return;
		space = without(l, space, start);
		break;
	}
	if (space != FX_LOCK_UNKNOWN)
		put_module(&l->space[space], start, path);
}

/* `8:7f00.. 28:7f00..`: place and value. */
static void add_words(struct fx_lock_stack *s, const char *text)
{
	while (text && *text) {
		char *end;
		const unsigned long long at = strtoull(text, &end, 16);
		struct fx_lock_word w = {.at = (uint32_t)at};

		if (*end != ':' || at > FX_LOCK_SLICE - 8 || at % 8 ||
		    s->words == FX_LOCK_SLICE / 8)
			return;
		w.value = strtoull(end + 1, &end, 16);
		s->word = fx_log_grow(s->word, s->words, sizeof(w));
		s->word[s->words++] = w;
		text = end + strspn(end, " ");
	}
}

/* A stack is told in one record or more, of which others may stand between. */
static struct fx_lock_stack *begun(struct fx_lock_log *l, size_t image, uint64_t number)
{
	for (size_t i = l->stacks, n = 0; i-- > 0 && n < 64; n++) {
		if (l->stack[i].image == image && l->stack[i].number == number)
			return &l->stack[i];
	}
	return NULL;
}

static void add_stack(struct fx_lock_log *l, size_t image, struct json_object *record)
{
	const uint64_t number = hex_of(record, "stack");
	struct fx_lock_stack *s = begun(l, image, number);
	const size_t space = space_of(l, image);

	if (!number || (!s && l->stacks == STACKS_MOST) || space == FX_LOCK_UNKNOWN) {
		l->left_out++;
		return;
	}
	if (!s) {
		l->stack = fx_log_grow(l->stack, l->stacks, sizeof(*s));
		s = &l->stack[l->stacks++];
		*s = (struct fx_lock_stack){.image = image, .space = space, .number = number};
		for (int i = 0; i < FX_LOCK_REGISTERS; i++)
			s->reg[i] = hex_of(record, register_names[i]);
	}
	add_words(s, fx_log_string(record, "words"));
}

static int op_of(const char *name)
{
	static const struct {
		const char *name;
		int op;
	} ops[] = {{"FUTEX_WAIT_BITSET", FUTEX_WAIT_BITSET},
		   {"FUTEX_WAIT_REQUEUE_PI", FUTEX_WAIT_REQUEUE_PI},
		   {"FUTEX_WAIT", FUTEX_WAIT},
		   {"FUTEX_LOCK_PI2", FUTEX_LOCK_PI2},
		   {"FUTEX_LOCK_PI", FUTEX_LOCK_PI}};

	for (size_t i = 0; name && i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (strncmp(name, ops[i].name, strlen(ops[i].name)) == 0)
			return ops[i].op;
	}
	return -1;
}

static bool is_time(int64_t us)
{
	return us >= 0 && us <= FX_LOG_TIME_MAX;
}

static void add_wait(struct fx_lock_log *l, size_t image, struct json_object *record)
{
	struct fx_lock_wait w = {.image = image,
				 .tid = fx_log_int(record, "tid", -1),
				 .begin_us = fx_log_int(record, "began_us", -1),
				 .us = fx_log_int(record, "waited_us", -1),
				 .word = hex_of(record, "word"),
				 .value = (uint32_t)fx_log_int(record, "value", 0),
				 .number = hex_of(record, "stack"),
				 .op = op_of(fx_log_string(record, "op")),
				 .owner = fx_log_int(record, "owner", 0),
				 .waker = fx_log_int(record, "waker", 0),
				 .wake = fx_log_int(record, "wake", 0),
				 .failed = fx_log_string(record, "errno") != NULL};

	if (!is_time(w.us) || !is_time(w.begin_us)) {
		l->left_out++;
		return;
	}
	l->wait = fx_log_grow(l->wait, l->waits, sizeof(w));
	l->wait[l->waits++] = w;
}

static void add_wake(struct fx_lock_log *l, size_t image, struct json_object *record)
{
	const struct fx_lock_wake w = {.image = image,
				       .tid = fx_log_int(record, "tid", -1),
				       .wake = fx_log_int(record, "wake", 0),
				       .time_us = fx_log_int(record, "woke_us", -1),
				       .number = hex_of(record, "stack")};

	if (!w.wake || !is_time(w.time_us)) {
		l->left_out++;
		return;
	}
	l->wake = fx_log_grow(l->wake, l->wakes, sizeof(w));
	l->wake[l->wakes++] = w;
}

void fx_lock_log_add(struct fx_lock_log *l, unsigned run, struct json_object *record)
{
	static const struct {
		const char *type;
		void (*add)(struct fx_lock_log *l, size_t image, struct json_object *record);
	} kinds[] = {{"module", add_module},
		     {"stack", add_stack},
		     {"lock_wait", add_wait},
		     {"lock_wake", add_wake}};
	const char *type = fx_log_string(record, "type");
	const int64_t pid = fx_log_int(record, "pid", -1);

	if (type && strcmp(type, "exec") == 0)
		begin_program(l, run, pid);
	for (size_t i = 0; type && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t image;

		if (strcmp(type, kinds[i].type) != 0)
			continue;
		image = image_of(l, run, pid);
		if (image == FX_LOCK_UNKNOWN)
			l->left_out++;
		else
			kinds[i].add(l, image, record);
	}
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_number(const void *a, const void *b)
{
	const struct fx_lock_stack *x = a, *y = b;
	const int r = order(x->image, y->image);

	return r ? r : order(x->number, y->number);
}

static int by_wake(const void *a, const void *b)
{
	const struct fx_lock_wake *x = a, *y = b;
	int r = order(x->image, y->image);

	r = r ? r : order((uint64_t)x->tid, (uint64_t)y->tid);
	return r ? r : order((uint64_t)x->wake, (uint64_t)y->wake);
}

static size_t find_stack(const struct fx_lock_log *l, size_t image, uint64_t number)
{
	const struct fx_lock_stack key = {.image = image, .number = number};
	const struct fx_lock_stack *s =
		number && l->stacks ? bsearch(&key, l->stack, l->stacks, sizeof(key), by_number)
				    : NULL;

	return s ? (size_t)(s - l->stack) : FX_LOCK_UNKNOWN;
}

static size_t find_wake(const struct fx_lock_log *l, const struct fx_lock_wait *w)
{
	const struct fx_lock_wake key = {.image = w->image, .tid = w->waker, .wake = w->wake};
	const struct fx_lock_wake *k =
		w->wake && l->wakes ? bsearch(&key, l->wake, l->wakes, sizeof(key), by_wake) : NULL;

	return k ? (size_t)(k - l->wake) : FX_LOCK_UNKNOWN;
}

void fx_lock_log_settle(struct fx_lock_log *l)
{
	if (l->stacks)
		qsort(l->stack, l->stacks, sizeof(*l->stack), by_number);
	if (l->wakes)
		qsort(l->wake, l->wakes, sizeof(*l->wake), by_wake);
	for (size_t i = 0; i < l->wakes; i++)
		l->wake[i].stack = find_stack(l, l->wake[i].image, l->wake[i].number);
	for (size_t i = 0; i < l->waits; i++) {
		l->wait[i].stack = find_stack(l, l->wait[i].image, l->wait[i].number);
		l->wait[i].by = find_wake(l, &l->wait[i]);
	}
}

void fx_lock_log_free(struct fx_lock_log *l)
{
	for (size_t i = 0; i < l->spaces; i++) {
		for (size_t k = 0; k < l->space[i].modules; k++)
			free(l->space[i].module[k].path);
		free(l->space[i].module);
	}
	for (size_t i = 0; i < l->stacks; i++)
		free(l->stack[i].word);
	free(l->image);
	free(l->space);
	free(l->stack);
	free(l->wait);
	free(l->wake);
	*l = (struct fx_lock_log){0};
}
