/* SPDX-License-Identifier: MIT */
/* Who waits for whom, of a `hang` record: threads and locks in rows, and the picture of that. */
#ifndef LOADER_REPORT_HANG_GRAPH_H
#define LOADER_REPORT_HANG_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;

#define FX_GRAPH_NODES                                                                             \
	12		 /* if there are more, only what the first circle or chain names is drawn */
#define FX_GRAPH_ROWS 16 /* of that */
#define FX_GRAPH_NONE SIZE_MAX

/* A row: a thread, and beside it the lock that it is the first to wait for. */
struct fx_graph_row {
	struct json_object *thread;
	size_t waits;	  /* the row whose lock it waits for, or FX_GRAPH_NONE */
	size_t joins;	  /* the row whose end it waits for, or FX_GRAPH_NONE */
	const char *lock; /* this row's: what it is; NULL: it has none */
	const char
		*place; /* where that is declared, a part of `lock` to its end; NULL: not known */
	size_t holder;	/* the row that holds it, or FX_GRAPH_NONE */
};

struct fx_graph {
	struct fx_graph_row row[FX_GRAPH_ROWS];
	size_t rows;
	bool more; /* threads wait that are not in it */
};

/* Strings live as long as the record. No rows: nothing can be drawn, or not so that it is read. */
void fx_graph_make(struct fx_graph *g, struct json_object *hang);

/* hang_svg.c: the picture, number `n` of the page. Of rows, one at least. */
void fx_graph_svg(const struct fx_graph *g, size_t n, FILE *out);

#endif
