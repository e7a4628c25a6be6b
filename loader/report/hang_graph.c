/* SPDX-License-Identifier: MIT */
#include "loader/report/hang_graph.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/hang_read.h"
#include "loader/report/log_read.h"

/* Threads that may become rows; owners that wait for nothing are among them. */
struct choice {
	struct json_object *thread[FX_GRAPH_ROWS];
	size_t threads;
	bool more;
};

static bool same_object(struct json_object *a, struct json_object *b)
{
	const char *x = fx_log_string(a, "object"), *y = fx_log_string(b, "object");

	return x && y && strcmp(x, y) == 0;
}

static bool is_join(struct json_object *wait)
{
	const char *kind = fx_log_string(wait, "kind");

	return kind && strcmp(kind, "join") == 0;
}

static void choose(struct choice *c, struct json_object *thread)
{
	for (size_t i = 0; i < c->threads; i++) {
		if (c->thread[i] == thread)
			return;
	}
	if (c->threads < FX_GRAPH_ROWS)
		c->thread[c->threads++] = thread;
	else
		c->more = true;
}

static struct json_object *owner_of(struct json_object *hang, struct json_object *wait)
{
	const int64_t tid = fx_log_int(wait, "owner_tid", -1);

	return tid < 0 ? NULL : fx_hang_thread(hang, tid);
}

/* Threads and, of those that wait for one, locks. */
static size_t nodes(const struct choice *c)
{
	size_t n = c->threads;

	for (size_t i = 0; i < c->threads; i++) {
		struct json_object *wait = fx_hang_member(c->thread[i], "wait");
		size_t k = 0;

		if (!wait || is_join(wait))
			continue;
		while (k < i && !same_object(fx_hang_member(c->thread[k], "wait"), wait))
			k++;
		n += k == i;
	}
	return n;
}

static void choose_all(struct choice *c, struct json_object *hang)
{
	*c = (struct choice){0};
	for (size_t i = 0; i < fx_hang_count(hang, "threads") && !c->more; i++) {
		struct json_object *thread = fx_hang_at(hang, "threads", i);
		struct json_object *wait = fx_hang_member(thread, "wait"), *owner;

		if (!wait)
			continue;
		choose(c, thread);
		owner = owner_of(hang, wait);
		if (owner)
			choose(c, owner);
	}
}

static bool is_path(struct json_object *finding)
{
	static const char *const what[] = {"cycle", "self", "handler", "chain"};
	const char *is = fx_log_string(finding, "what");

	for (size_t i = 0; is && i < sizeof(what) / sizeof(what[0]); i++) {
		if (strcmp(is, what[i]) == 0)
			return true;
	}
	return false;
}

static void choose_path(struct choice *c, struct json_object *hang)
{
	struct json_object *finding = NULL;

	*c = (struct choice){0};
	for (size_t i = 0; i < fx_hang_count(hang, "findings") && !finding; i++) {
		finding = fx_hang_at(hang, "findings", i);
		if (!is_path(finding))
			finding = NULL;
	}
	/* A part of a circle is none. */
	if (!finding || fx_hang_count(finding, "threads") > FX_GRAPH_ROWS)
		return;
	for (size_t i = 0; i < fx_hang_count(finding, "threads"); i++) {
		struct json_object *thread = fx_hang_named(hang, finding, i);

		if (thread)
			choose(c, thread);
	}
	c->more = true;
}

static size_t row_of(const struct fx_graph *g, struct json_object *thread)
{
	for (size_t i = 0; i < g->rows; i++) {
		if (thread && g->row[i].thread == thread)
			return i;
	}
	return FX_GRAPH_NONE;
}

static bool chosen(const struct choice *c, struct json_object *thread)
{
	for (size_t i = 0; i < c->threads; i++) {
		if (c->thread[i] == thread)
			return true;
	}
	return false;
}

/* From a thread to the one that holds what it waits for, and so on: one below the other. */
static void walk(struct fx_graph *g, const struct choice *c, struct json_object *hang,
		 struct json_object *thread)
{
	while (thread && chosen(c, thread) && row_of(g, thread) == FX_GRAPH_NONE) {
		g->row[g->rows++] = (struct fx_graph_row){.thread = thread,
							  .waits = FX_GRAPH_NONE,
							  .joins = FX_GRAPH_NONE,
							  .holder = FX_GRAPH_NONE};
		thread = owner_of(hang, fx_hang_member(thread, "wait"));
	}
}

static bool is_waited_for(const struct choice *c, struct json_object *hang,
			  struct json_object *thread)
{
	for (size_t i = 0; i < c->threads; i++) {
		if (owner_of(hang, fx_hang_member(c->thread[i], "wait")) == thread)
			return true;
	}
	return false;
}

/* "mutex lock_b (abba.c:13)": the part in brackets at the end. */
static const char *place_in(const char *text)
{
	const char *open = strrchr(text, '(');

	return open && open > text && text[strlen(text) - 1] == ')' ? open : NULL;
}

static void make_lock(struct fx_graph *g, struct json_object *hang, size_t i)
{
	struct fx_graph_row *row = &g->row[i];
	struct json_object *wait = fx_hang_member(row->thread, "wait");

	if (!wait)
		return;
	if (is_join(wait)) {
		row->joins = row_of(g, owner_of(hang, wait));
		return;
	}
	for (size_t k = 0; k < i; k++) {
		if (g->row[k].lock && same_object(fx_hang_member(g->row[k].thread, "wait"), wait)) {
			row->waits = k;
			return;
		}
	}
	row->waits = i;
	row->lock = fx_log_string(wait, "text");
	row->lock = row->lock ? row->lock : "?";
	row->place = place_in(row->lock);
	row->holder = row_of(g, owner_of(hang, wait));
}

void fx_graph_make(struct fx_graph *g, struct json_object *hang)
{
	struct choice c;

	*g = (struct fx_graph){0};
	choose_all(&c, hang);
	if (c.more || nodes(&c) > FX_GRAPH_NODES)
		choose_path(&c, hang);
	for (size_t i = 0; i < c.threads; i++) {
		if (!is_waited_for(&c, hang, c.thread[i]))
			walk(g, &c, hang, c.thread[i]);
	}
	for (size_t i = 0; i < c.threads; i++)
		walk(g, &c, hang, c.thread[i]);
	for (size_t i = 0; i < g->rows; i++)
		make_lock(g, hang, i);
	g->more = c.more;
}
