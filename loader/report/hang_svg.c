/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "loader/report/hang_graph.h"
#include "loader/report/hang_read.h"
#include "loader/report/html.h"
#include "loader/report/log_read.h"

/* Units. Threads are left, locks right; what a thread waits for the end of is an arc at the side.
 */
#define SIDE	   44
#define BOX	   260
#define GAP	   190
#define HEIGHT	   50
#define ROW	   70
#define LOCKS	   (SIDE + BOX + GAP)
#define WIDTH	   (LOCKS + BOX + 6)
#define APART	   9 /* an arrow that leaves and one that comes, from the middle of a box */
#define TIP	   8

#define TEXT_SHOWN 36 /* as wide as a box */

static int middle(size_t row)
{
	return 4 + (int)row * ROW + HEIGHT / 2;
}

/* Runs level at both its ends, so that a tip is always a level one. */
static void put_arrow(const char *class, int x1, int y1, int x2, int y2, int bend, FILE *out)
{
	const int tip = bend < 0 ? TIP : x2 > x1 ? -TIP : TIP;
	const int end = bend < 0 ? x2 - TIP : x2 + tip;
	const int first = bend < 0 ? x1 + bend : x1 + (x2 - x1) * 45 / 100;
	const int last = bend < 0 ? x2 + bend : x2 - (x2 - x1) * 45 / 100;

	fprintf(out, "<path class=\"%s\" d=\"M%d %dC%d %d %d %d %d %d\"/>", class, x1, y1, first,
		y1, last, y2, end, y2);
	fprintf(out, "<path class=\"%s tip\" d=\"M%d %dL%d %dL%d %dz\"/>\n", class, x2, y2, end,
		y2 - 5, end, y2 + 5);
}

static void put_box(const char *class, int x, size_t row, FILE *out)
{
	fprintf(out,
		"<g class=\"%s\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"/>"
		"<text class=\"first\" x=\"%d\" y=\"%d\">",
		class, x, middle(row) - HEIGHT / 2, BOX, HEIGHT, x + 12, middle(row) - 5);
}

static void put_second_line(int x, size_t row, FILE *out)
{
	fprintf(out, "</text><text x=\"%d\" y=\"%d\">", x + 12, middle(row) + 15);
}

static void put_thread(const struct fx_graph *g, size_t row, FILE *out)
{
	struct json_object *thread = g->row[row].thread;
	const char *name = fx_log_string(thread, "name");
	struct fx_hang_row at;

	put_box("thread", SIDE, row, out);
	fprintf(out, "thread %" PRId64 " ", fx_log_int(thread, "tid", -1));
	fx_html_text_cut(out, name ? name : "", 20);
	put_second_line(SIDE, row, out);
	if (fx_hang_rows(thread, &at, 1)) {
		if (at.file) {
			fx_html_text_cut(out, at.file, 24);
			fprintf(out, ":%" PRId64 " ", at.line);
		}
		fx_html_text_cut(out, at.function ? at.function : "?", at.file ? 14 : TEXT_SHOWN);
	}
	fputs("</text></g>\n", out);
}

static void put_lock(const struct fx_graph *g, size_t row, FILE *out)
{
	const struct fx_graph_row *r = &g->row[row];
	size_t length = r->place ? (size_t)(r->place - r->lock) : strlen(r->lock);
	char name[TEXT_SHOWN + 2], place[TEXT_SHOWN + 2];

	/* Without its brackets. */
	snprintf(place, sizeof(place), "%.*s", r->place ? (int)strlen(r->place) - 2 : 0,
		 r->place ? r->place + 1 : "");
	while (length > 0 && r->lock[length - 1] == ' ')
		length--;
	if (length >= sizeof(name))
		length = sizeof(name) - 1;
	memcpy(name, r->lock, length);
	name[length] = '\0';
	put_box("lock", LOCKS, row, out);
	fx_html_text_cut(out, name, TEXT_SHOWN);
	put_second_line(LOCKS, row, out);
	if (r->place)
		fx_html_text_cut(out, place, TEXT_SHOWN);
	fputs("</text><title>", out);
	fx_html_text(out, r->lock);
	fputs("</title></g>\n", out);
}

static int64_t tid(const struct fx_graph *g, size_t row)
{
	return fx_log_int(g->row[row].thread, "tid", -1);
}

static void put_words(const struct fx_graph *g, FILE *out)
{
	for (size_t i = 0; i < g->rows; i++) {
		const struct fx_graph_row *r = &g->row[i];

		if (r->joins != FX_GRAPH_NONE)
			fprintf(out, "Thread %" PRId64 " waits for the end of thread %" PRId64 ". ",
				tid(g, i), tid(g, r->joins));
		if (r->waits == FX_GRAPH_NONE)
			continue;
		fprintf(out, "Thread %" PRId64 " waits for ", tid(g, i));
		fx_html_text(out, g->row[r->waits].lock);
		if (g->row[r->waits].holder != FX_GRAPH_NONE)
			fprintf(out, ", which thread %" PRId64 " holds",
				tid(g, g->row[r->waits].holder));
		fputs(". ", out);
	}
}

static void put_arrows(const struct fx_graph *g, FILE *out)
{
	for (size_t i = 0; i < g->rows; i++) {
		const struct fx_graph_row *r = &g->row[i];

		if (r->joins != FX_GRAPH_NONE)
			put_arrow("waits", SIDE, middle(i) + APART, SIDE, middle(r->joins) - APART,
				  -SIDE, out);
		if (r->waits != FX_GRAPH_NONE)
			put_arrow("waits", SIDE + BOX, middle(i) - APART, LOCKS,
				  middle(r->waits) - APART, 0, out);
		if (r->lock && r->holder != FX_GRAPH_NONE)
			put_arrow("held", LOCKS, middle(i) + APART, SIDE + BOX,
				  middle(r->holder) + APART, 0, out);
	}
}

static bool any_held(const struct fx_graph *g)
{
	for (size_t i = 0; i < g->rows; i++) {
		if (g->row[i].lock && g->row[i].holder != FX_GRAPH_NONE)
			return true;
	}
	return false;
}

void fx_graph_svg(const struct fx_graph *g, size_t n, FILE *out)
{
	fprintf(out,
		"<ul class=\"legend\"><li><i class=\"waits\"></i>waits for</li>%s</ul>\n"
		"<div class=\"wide\" role=\"region\" aria-label=\"Who waits for whom\" "
		"tabindex=\"0\">\n"
		"<svg class=\"graph\" viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-labelledby=\"graph-title-%zu graph-desc-%zu\">\n"
		"<title id=\"graph-title-%zu\">Who waits for whom</title>\n"
		"<desc id=\"graph-desc-%zu\">",
		any_held(g) ? "<li><i class=\"held\"></i>is held by</li>" : "", WIDTH,
		8 + (int)(g->rows - 1) * ROW + HEIGHT, n, n, n, n);
	put_words(g, out);
	fputs("</desc>\n", out);
	for (size_t i = 0; i < g->rows; i++) {
		put_thread(g, i, out);
		if (g->row[i].lock)
			put_lock(g, i, out);
	}
	put_arrows(g, out);
	fputs("</svg></div>\n", out);
}
